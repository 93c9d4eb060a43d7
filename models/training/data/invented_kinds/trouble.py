"""Bad news that is neither a price nor a result, and what sounds alike but is not bad. Data only."""

from __future__ import annotations

from models.labels import NEGATIVE, NEUTRAL, POSITIVE

PATTERNS = {
    NEGATIVE: """{w} [files|has filed|to file|prepares to file|is filing] for [bankruptcy|Chapter 11|Chapter 7|creditor protection|insolvency|bankruptcy protection]
        {w} [seeks|asks for|wins|granted|under] [bankruptcy protection|protection from creditors|court protection]
        {w} [enters|falls into|goes into|put into|collapses into|on the brink of|slides into] [administration|receivership|liquidation|insolvency]
        {w} declared [insolvent|bankrupt] [by {court}|]
        {w} [goes bust|goes under|goes belly up|folds|collapses|shuts its doors|ceases trading|winds down] [after {k} years|, {k} jobs lost|, owing {amount}|]
        [Winding-up|Liquidation|Bankruptcy|Insolvency] [petition|proceedings|request] [filed|opened|lodged] against {w}
        Administrators [called in|appointed] at {w}
        [Creditors|Bondholders|Lenders|Banks] [push|force|drive|pull] {w} [into liquidation|into default|into bankruptcy]
        {w} [defaults on|misses a payment on|fails to pay|cannot repay|skips coupon on] [its bonds|a loan|its debt|{amount} of notes|its dollar bond]
        {w} [seeks|wants|plans|starts talks] to [restructure|reschedule|delay payment of] [{amount} of debt|its debt|its bonds]
        {w} [breaches|breached|in breach of] [its loan covenants|debt covenants]
        [Doubts over|Fears for] the [future|survival|solvency] of {w}
        {w} [warns of|flags|sees] [going concern doubt|material uncertainty|cash running out|a liquidity squeeze]
        {w} [halts|freezes|suspends|blocks|pauses] [withdrawals|redemptions|customer payouts|trading in its fund|payments]
        {w} [limits|gates|caps] [redemptions|withdrawals] [after run on its fund|as investors head for the exit|at {pct}|]
        [Depositors|Savers|Customers|Clients] [queue|line up|wait for hours|rush|scramble] [to pull money from|outside|at branches of|to get their cash out of] {w}
        [Run|A run] on {w} [as depositors flee|spreads|enters second day|forces regulators to act]
        [Deposits drain from|Cash flees|Money pours out of|Clients pull {amount} from] {w}
        Regulators [seize|close|take over|shut] {w}
        {w} [receives|gets|hit with] [delisting notice|delisting warning|trading halt] [from exchange|]
        [Exchange|Bourse] [to delist|delists|suspends] {w} [shares|]
        {Person} of {w} [arrested|detained|in custody|charged|jailed|indicted|taken into custody|handcuffed] [on {crime} charges|at airport|in {city}|over {crime}|]
        {Person} of {w} [sentenced to|gets|faces] {k} years [in prison|] [for {crime}|]
        {Person} of {w} [flees the country|goes missing|found guilty of {crime}|pleads guilty to {crime}|convicted|steps down amid scandal|fired over {crimes}]
        [Police|Prosecutors|Investigators|Agents|FBI] [raid|search|storm] [offices|headquarters|home of {person}] [of {w}|at {w}]
        {w} [raided|searched] by {watchdog}
        {watchdog} [charges|sues|accuses|indicts|fines|penalises|goes after|cracks down on] {w} [over {crime}|with {crime}|for {crimes}|]
        {watchdog} [probes|investigates|opens probe into|launches inquiry into|opens investigation into|scrutinises|is looking into|questions] {w} [over {crimes}|over {crime}|]
        {w} [under investigation|faces probe|faces inquiry|being investigated|subpoenaed|served with subpoena] [by {watchdog}|over {crimes}|for {crime}|]
        {w} [sued|hit with lawsuit|faces class action|faces lawsuit|taken to court|sued by investors|sued by customers|sued by {d}] [over {crimes}|over {danger}|for {amount}|]
        [Shareholders|Customers|Employees|Former staff|Patients|{d}|State of Texas] [sue|sues|file suit against|bring class action against] {w} [over {crimes}|for {amount}|]
        {w} [fined|ordered to pay|must pay|hit with fine of|slapped with penalty of|agrees to pay|to pay] {amount} [for {crime}|over {crimes}|in settlement|to settle charges|]
        {court} [rules against|orders damages from|finds against|blocks appeal by] {w} [in patent case|]
        {w} loses [appeal|patent case|licence|court battle|lawsuit|its bid to dismiss suit] [against {d}|]
        [Whistleblower|Short seller|Former employee|Ex-auditor|Report] [alleges|claims|points to|accuses {w} of|says {w} hid] {crimes} [at {w}|]
        [Accounting irregularities|Fake sales|Missing cash|A hole of {amount}|Bogus invoices|Errors in accounts] [found|discovered|uncovered|surface] at {w}
        {w} [to restate|restates|must correct|delays] [its accounts|its results|{k} years of results|annual report] [over errors|after review|]
        [Auditor|Auditors|{d}] [quits|resigns|walks out|refuses to sign off on accounts] [at|from|of] {w}
        {w} [hid|concealed|covered up|inflated|faked] [losses|sales figures|safety data|debts|emissions data|test results]
        {w} [recalls|is recalling|pulls|withdraws] {k},000 {goods} [over|due to|because of|after] {danger}
        {w} [widens|expands] recall of {goods} [to {k} countries|over {danger}]
        [Recall|Safety recall]: {goods} [made by|sold by|from] {w} [because of|over] {danger}
        {goods} [recalled|pulled from shelves] [over|for|due to] {danger}
        [Regulator|FDA|Safety agency] [warns about|bans|orders recall of|halts sale of] {goods} [made by|of|from] {w}
        [FDA|Regulator|EU agency] [rejects|declines to approve|turns down|puts clinical hold on|delays decision on] {drug} [of|from] {w}
        {w} {drug} [fails|misses main goal|disappoints|shows no benefit|linked to deaths] in [late-stage|mid-stage|phase 3] [trial|study]
        [Hackers|Ransomware gang|Cyber criminals|Attackers] [steal|leak|drain|demand {amount} for] [data|customer data|{amount}|records] [from|of] {w}
        {w} [hit by|suffers|discloses|confirms|battles|reports] [cyberattack|data breach|ransomware attack|hack|security breach|IT outage|system failure]
        {k} million [customers|accounts|users] [affected by|exposed in] [breach|hack|leak] at {w}
        {w} [app|website|network|payments|trading platform|systems|services] [down|offline|crashes|goes dark|unavailable] [for hours|again|, users complain|across Europe|]
        [Outage|Glitch|Blackout|Software failure] [hits|cripples|halts trading at|strands customers of|grounds flights of] {w}
        [Explosion|Fire|Blast|Gas leak|Flood|Accident|Collapse] at {w} {site} [kills {k}|injures {k}|halts output|forces shutdown|leaves several hurt|]
        [Fire|Explosion|Storm|Earthquake|Flood] [shuts|destroys|damages|stops production at] {site} [of|at] {w}
        [Plane|Train|Ship|Helicopter|Tanker] [operated by|of] {w} [crashes|sinks|derails|catches fire] [, {k} dead|killing {k}|]
        [Worker|Two workers|{k} workers] [killed|die|injured] at {w} {site}
        {w} [grounds|suspends] [its fleet|flights|{k} planes] [after incident|on safety fears|]
        {w} [strike|walkout] [disrupts production|enters third week|halts flights|shuts {site}]
        [Workers|Pilots|Dockers|Nurses] [strike|walk out|down tools] at {w}
        [US|EU|UK|Treasury|Washington|Brussels] [sanctions|blacklists|imposes sanctions on|adds to sanctions list] {w} [over ties to Iran|for evading oil ban|]
        [US|Washington|Brussels|Beijing] [slaps|imposes|threatens|announces|raises] [tariffs of {pct}|duties|new tariffs|{pct} tariffs|export curbs] on {thing} [from|made by] {w}
        [China|US|EU|India] [bans|blocks|restricts|halts] [imports|sales|exports] of {thing} [by|from] {w}
        {w} [loses|drops|is dumped by|walks away from] [licence|biggest customer|its largest client|key supplier|major contract]
        [Key customer|Main client|Biggest buyer|{d}] [walks away from|drops|leaves|cancels contract with|cuts ties with|switches away from] {w}
        {w} [to cut|cuts|axes|slashes|sheds|eliminates|will lay off] {k}00 [jobs|staff|employees|positions|workers]
        {w} to [close|shut|shutter|mothball] [{k} stores|{site}|its {nation} operations|{k} branches]
        [Mass layoffs|Hundreds of layoffs|Job cuts] at {w}
        {w} [suspends|scraps|axes|omits|halves|cancels|passes on] [dividend|its payout|buyback]
        {w} [pulls|withdraws|abandons|calls off] [IPO|guidance|merger with {d}|share sale|{amount} deal]
        [Moody's|S&P|Fitch|Rating agency] [cuts|downgrades|lowers] {w} [to junk|deeper into junk|on debt worries|]
        [Regulators|{watchdog}|Government] [blocks|sues to stop|vetoes] [merger of {c} and {d}|takeover by {w}]
        [Country|Government|{nation} central bank] [seeks IMF bailout|runs out of dollars|defaults on debt|imposes capital controls|needs rescue loan]
        [Drought|War|Port strike|Chip shortage|Power cuts] [hits|disrupts|threatens|chokes] [supplies|output|exports|harvest|{trade}s]
        {w} [dumped toxic waste|poisoned river|spilled oil|broke safety rules|ignored warnings on {goods}], [investigators say|lawsuit claims|report finds]
        [Toxic spill|Oil spill|Chemical leak] [at|from] {w} {site}
        Investors [lose|lost] {amount} in [scam|collapse of {w}|Ponzi scheme run by {w}]""",
    NEUTRAL: """[Law firm|{c} LLP|Attorneys] [reminds|alerts|encourages|urges] [investors|shareholders] of {w} [of|to|about] [lead plaintiff deadline|contact the firm|upcoming deadline|class action deadline]
        [INVESTOR ALERT|SHAREHOLDER NOTICE|DEADLINE ALERT]: [{c} law firm|Law offices] [announces|reminds] investors in {w}
        {w} [is not a party to|is not involved in|not affected by|has no exposure to] [the lawsuit|the probe|the bankruptcy of {d}|the outage|the recall]
        [How to|What to know about|Explainer: how to] [protect savings in a bank run|file a claim after a recall|spot a Ponzi scheme|read an insolvency filing|check whether you were hacked]
        [How|When|What] [bankruptcy|Chapter 11|a recall|deposit insurance|a sanctions list|a class action] works[: explainer|]
        [This day in history|On this day|Looking back]: the [crash of 1987|collapse of a bank in {k}|oil shock|run on the pound|great fraud of {city}]
        [Court|Judge] [sets date for|schedules|adjourns|to hear] [hearing|trial|arguments|case] [in|of] [{c} v {d}|{w} case]
        [Lawyer|Judge|Professor|Prosecutor] {name} [joins|appointed to|named to] [the board of {w}|the FTC|bankruptcy court|commission]
        {watchdog} [publishes|seeks comment on|proposes|updates] [guidance|rules|annual report|draft rules] on [recalls|disclosure|sanctions|data protection|insolvency|cyber security]
        {w} [appoints|names|hires] {name} [as|to be] [head of security|chief compliance officer|restructuring adviser|general counsel|insolvency lawyer]
        {w} [to test|tests|schedules test of] [its emergency systems|fire alarms|backup data centre|evacuation plan] [on {day}|]
        {w} [to shut down for|announces|plans] [scheduled maintenance|planned maintenance] [on {day}|of its app|of {site}]
        [Book|Film|Podcast|Documentary] [about|on] [collapse of a bank|the fraud at {c}|famous hackers] [out|to air|released] {day}
        {w} [sells|launches|offers|markets] [cyber security software|fraud detection tools|recall insurance|sprinklers|fire alarms|legal software]
        [Fraud prevention|Insolvency law|Cyber security|Workplace safety] {event} [opens in {city}|takes place {day}|draws {k}00 visitors]
        [Former|Ex] judge to [chair|lead] [review|panel|inquiry] [of banking rules|into pension law|on taxes]
        {watchdog} [holds|hosts|to host] [hearing|workshop|session|{event}] on [bank rules|merger rules|product safety]
        {w} files [annual report|quarterly report|prospectus|form 8-K|proxy statement] with [the SEC|regulators|the exchange]
        {w} [complies with|responds to|receives routine] [information request|inspection|questionnaire] from {watchdog}
        [Quiz|Opinion|Question|Poll]: [should banks be allowed to fail|who regulates crypto|what is a bank run|are recalls more common]?
        [Council|Parliament|Senate] [votes on|debates|to discuss] [bankruptcy bill|sanctions bill|safety law|data law] {day}
        Trading in {w} [halted|suspended] pending [announcement|news]
        [Shares of|Trading in] {w} to resume {day}
        {k} [facts|things to know|questions] about [recalls|sanctions|bank deposits]""",
    POSITIVE: """{w} [exits|emerges from|comes out of|leaves] [bankruptcy|Chapter 11|administration|insolvency|receivership]
        {w} [saved|rescued|escapes] [from bankruptcy|from collapse|insolvency|liquidation] [by {d}|as investor steps in|]
        [Buyer|Investor|White knight|{d}] [found for|rescues|steps in to save] [insolvent|stricken|troubled] {w}
        {w} [avoids|averts|dodges] [default|bankruptcy|strike|fine|delisting|sanctions]
        {w} [repays|pays off|clears|settles] [all its debt|its bonds early|emergency loan|{amount} of debt]
        [Judge|Court|Jury|Appeals court] [dismisses|throws out|tosses|rejects] [lawsuit|class action|case|{amount} claim] against {w}
        {w} [wins|prevails in] [lawsuit|patent case|appeal|court battle|{amount} verdict] [against {d}|]
        {person} of {c} [cleared of|acquitted of|found not guilty of] {crime}
        {watchdog} [drops|closes|ends] [probe|investigation|case] [into|against] {w} [without action|without charges|]
        {w} [cleared|exonerated] [of {crime}|by {watchdog}|in probe]
        {w} [lifts|ends|resumes] [withdrawals|recall ban|production|flights|deliveries|operations] after [outage|fire|strike|hack]
        {w} [restores|resumes] [service|output|trading|power] [sooner than expected|within hours|after outage]
        {w} [recovers|gets back] {amount} [stolen by hackers|of lost funds|from fraudsters]
        [US|EU|Washington] [lifts|eases|removes|drops] [sanctions on|tariffs on|export curbs on] {w}
        [Strike|Walkout] at {w} [ends|called off|averted] [as union accepts deal|after pay deal|]
        {w} [reaches|strikes|agrees] [deal with creditors|wage deal|settlement with union|truce with {d}]
        {w} [regains|back in] compliance with [exchange listing rules|Nasdaq rules|covenants]
        [Deposits return to|Savers come back to|Confidence returns at|Calm returns at] {w}
        [Moody's|S&P|Fitch] [upgrades|lifts|raises] {w} [out of junk|to investment grade|on lower debt|]
        [Moody's|S&P|Fitch] [revises|changes|raises] outlook [on|for] {w} to [stable from negative|positive|positive from stable]
        [FDA|EU agency|Regulator] [lifts hold on|ends review of|clears] {drug} [of|from] {w}
        {w} [fixes|solves] [software bug|fault|quality problem] [, deliveries restart|and ends recall|]
        [Clinical hold|Travel ban|Short-selling ban|Export ban] [lifted|removed] [for|on] {w}""",
}
