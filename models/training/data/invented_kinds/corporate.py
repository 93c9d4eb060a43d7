"""What companies do, told without a word of praise or blame: good news, its bad twins, and mere facts. Data only."""

from __future__ import annotations

from models.labels import NEGATIVE, NEUTRAL, POSITIVE

PATTERNS = {
    POSITIVE: """[FDA|EU regulator|Health Canada|Regulator|EMA|Japan] [approves|clears|authorises|green-lights|gives nod to|backs] {drug} [from|of|by] {w}
        {w} [wins|gets|gains|receives|secures|granted] [FDA|EU|regulatory|breakthrough|fast track] [approval|clearance|nod|designation|green light] for {drug}
        {w} {drug} [meets main goal|succeeds|beats rival|cuts deaths by {pct}|shows benefit] in [late-stage|phase 3|mid-stage] [trial|study]
        {w} [bags|lands|clinches|wins|secures|scores|snags|receives|awarded|inks|picks up] [contract|order|deal|{amount} order|{amount} contract|multi-year contract|tender] [from|with] {buyer} [for {thing}|]
        {w} [signs|strikes|reaches|announces|seals] [deal|agreement|supply deal|partnership|pact|tie-up|multiyear deal|licensing deal|strategic partnership] [with|to supply] {buyer}
        {w} to [supply|deliver|build|provide|sell] {k} {thing} [to|for] {buyer}
        {buyer} [picks|chooses|taps|selects|orders {k} {thing} from|buys {thing} from|places order with] {w}
        {w} [teams up|partners|joins forces] with {buyer} [on {thing}|to make {thing}|in {nation} market]
        {w} [announces|launches|starts|unveils|approves|authorises|boosts] {amount} [buyback|share buyback|repurchase programme|share repurchase]
        {w} [to return|returns|hands] {amount} to shareholders
        {w} [raises|hikes|lifts|boosts|increases|declares special|reinstates|resumes|initiates] [dividend|payout|quarterly dividend] [by {pct}|to {k} cents|]
        {w} [receives|gets|draws|attracts] [takeover|buyout|{amount}] [offer|bid|approach|interest] [from {d}|at {pct} premium|]
        {d} [offers|bids|agrees to pay|to pay] {amount} for {w} [, a {pct} premium|]
        {d} to [buy|acquire|take private] {w} [in {amount} deal|for {amount}] [at a premium|, shares jump|]
        [Warren-style investor|Activist|Billionaire|Sovereign fund|{d}] [takes|builds|raises|discloses] {pct} stake in {w}
        {w} [added to|joins|to join|to be included in] [the S&P 500|the DAX|the FTSE 100|MSCI index|the Nifty 50]
        {w} [opens|breaks ground on|inaugurates|to build|expands|commissions] [new |second |]{site} in {city} [, creating {k}00 jobs|]
        {w} [to hire|adds|creates|recruits] {k}00 [people|engineers|jobs|staff] [in {city}|]
        {w} [enters|expands into|rolls out in|launches in] [{nation} market|{k} countries|Asia]
        {w} [discovers|strikes|finds|confirms] [oil|gas|gold|lithium|copper] [in new well|off coast|at {site}|]
        {w} [granted|receives|wins|awarded] [patent|key patent|banking licence|operating licence|mining permit|{amount} grant]
        {w} [raises|secures|closes|lands] {amount} [in funding|funding round|in Series B|from investors|credit line|loan on better terms]
        {w} [passes|tops|hits|reaches|crosses] {k} million [customers|users|subscribers|deliveries|downloads]
        {w} [delivers|ships|sells] record [number of {thing}|{k},000 {thing}] [in {period}|]
        {w} [oversubscribed|jumps on debut|prices IPO at top of range|IPO covered {k} times]
        [Insiders|CEO|Directors|Chairman] [buy|buys|snap up|purchase] [shares|stock|{amount} of shares] [in|of] {w}
        {c} [and|,] {d} [to merge|agree merger|settle patent fight|end dispute|form joint venture] [in {amount} deal|]
        {w} [sells|offloads|divests] [loss-making|troubled|non-core] unit [to {d}|for {amount}|to cut debt]
        {w} [named|voted|ranked|chosen] [best {trade}|top pick|supplier of the year|most admired {trade}] [by {d}|]
        {w} [starts|begins|resumes] [production|commercial production|deliveries|exports] [at {site}|of {thing}|ahead of schedule]
        {w} [upgraded|raised] to [buy|overweight|outperform] [at|by] {d}
        {d} [upgrades|initiates|starts] {w} [at|with|to] [buy|overweight|outperform|strong buy]
        {w} {thing} [sell out|in short supply on strong demand|win award|top sales charts|praised by testers]
        {w} [wins|gains|takes] [market share|customers] [from {d}|in {nation} market|]
        {w} [gets|receives|secures] [state aid|subsidies|{amount} loan|tax break] [for {site}|]
        {w} [extends|renews] [contract|deal] with {buyer} [for {k} years|worth {amount}|]
        We [are proud|are pleased|are delighted] to [announce|share] [our contract with {buyer}|that {drug} was approved|our best {period} ever]
        The board of {c} [approved|has decided on|resolved on] [a buyback|an increased dividend|a bonus issue|repurchasing shares]""",
    NEUTRAL: """{w} [appoints|names|hires|taps|promotes|elects] {name} [as|to] {role} [, effective {day}|]
        {name} [joins|to join|named|becomes|takes over as] [{role} at {w}|{role} of {w}]
        {w} [{role}|CFO|chair] {name} [to retire|retires|to step down as planned|leaves for {d}] [after {k} years|next year|]
        {w} [to present|presents|to speak|will participate|participates|to host booth] at {d} {event} [in {city}|on {day}|]
        {w} [to report|to release|to publish|schedules|sets date for|announces date of|will announce] [{period} results|{period} earnings|its annual report|earnings call] [on {day}|before the open|after the close|]
        {w} [publishes|releases|posts|files|issues] [{period} report|sustainability report|annual report|prospectus|transcript of earnings call|proxy statement]
        {w} {period} [earnings preview|results preview|preview: what to expect|earnings call transcript|conference call {day}]
        {w} [to hold|holds|schedules|convenes|calls] [annual meeting|extraordinary meeting|AGM|investor day|webcast|conference call] [on {day}|in {city}|]
        {w} [declares|announces|pays] [regular|quarterly|usual|monthly] dividend of {k} cents
        {w} [changes|to change] [its name|ticker|auditor|address|fiscal year|its logo] [to {d}|]
        {w} [moves|to move|relocates] [headquarters|office|call centre] [to {city}|within {city}]
        {w} [launches|unveils|introduces|previews|updates] [new website|mobile app|new logo|newsletter|podcast|spring collection]
        {w} [considers|weighs|studies|explores|mulls|reviews] [options for unit|sale of {site}|listing in {city}|bid for {d}]
        {w} [in talks|holds talks|said to be in talks] [with {d}|about {thing}|on {site}]
        {w} [reiterates|maintains|confirms|backs|keeps|affirms] [guidance|outlook|forecast|{period} targets|hold rating|neutral rating]
        {d} [reiterates|maintains|keeps|starts] {w} at [hold|neutral|market perform|equal weight] [, target ${k}|]
        {w} [sells|prices|issues|offers|plans to sell] [{amount} of bonds|notes due 203{k}|green bond|convertible notes|{amount} of shares]
        {w} [completes|closes|finalises] [purchase of {d}|sale of {site}|previously announced deal|refinancing]
        {w} [stock split|{k}-for-1 split|reverse split|ex-dividend date] [on {day}|takes effect {day}|: what to know|]
        {w} [trades flat|little changed|unchanged|steady|holds at ${k}] [ahead of results|in quiet trade|on {day}|]
        [Stocks to watch|Movers|Earnings today|Watchlist|Most active]: {c}, {d}, {c}
        [What|Why|How|Who|Where|When] [is {c}|does {c} make money|owns {c}|to watch in {d} earnings|will {c} report]?
        [Will|Could|Can|Should|Is] {w} [cut its dividend|fall further|rise again|buy {d}|merge with {d}|split its stock|hit ${k}|a buy or a sell]?
        [Opinion|Column|Interview|Q&A|Podcast|Video]: [{name} on {trade}s|the future of {thing}|{role} of {c} on strategy|what next for {c}]
        [Meet|Inside|A day at|Photos:] [{c}'s {site}|the new {role} of {c}|{city} {trade} fair]
        The [{event}|general meeting] of {c} [takes place|is held|will be streamed] [in {city}|on {day}|online]
        {w}, [founded in 19{k}|based in {city}|listed in {city}|part of {d}], [makes {thing}|employs {k}00 people|operates {k} stores]
        {w} [discloses|reports|notifies of] [change in holdings|voting rights|major shareholding|transactions by managers]
        [Central bank|{nation} central bank|Fed|ECB] [keeps|leaves|holds] [rates unchanged|policy steady|rates at {k}%|rates on hold] [, as expected|]
        [Fed|ECB|BOE|{nation} central bank] [to meet|meeting|minutes due|speech by {name}|decision due] {day}
        [{nation}|US|Euro zone] [GDP|inflation|jobs|retail sales|trade] [data|figures|report] [due|out|to be published] {day}
        [How to|{k} ways to|Guide:] [read a balance sheet|invest in {trade}s|open a brokerage account|protect a portfolio|choose an ETF]
        {w} [sponsors|donates to|joins|supports] [football club|museum|school project|climate initiative|charity run]
        [Merger|Deal] between {c} and {d} [awaits approval|to close in {period}|expected to close {day}]
        Thank you[.|!|, operator.|, next question please.]
        [Good morning|Good afternoon|Hello], [and welcome to the {c} earnings call|this is {name} from {d}|thanks for taking my question]
        {c} [replaces|to replace] {d} in [index|{nation} fund list|the S&P MidCap 400]""",
    NEGATIVE: """{w} [loses|misses out on|beaten to] [contract|{amount} order|tender|deal] [to {d}|with {buyer}|]
        {buyer} [cancels|scraps|ends|terminates|drops] [order|contract|deal] [for {thing} |]with {w}
        {w} [dilutes shareholders|sells shares at steep discount|raises cash at discount|launches emergency rights issue|seeks cash from shareholders]
        [Talks|Merger talks|Deal] between {c} and {d} [collapse|break down|called off|fall apart]
        {d} [walks away from|drops|abandons|withdraws] [bid|offer|deal] for {w}
        {w} [removed from|dropped from|kicked out of|loses place in] [the S&P 500|the DAX|MSCI index|the Nifty 50]
        {w} [delays|postpones|pushes back] [launch of {thing}|opening of {site}|deliveries|results] [again|by {k} months|]
        [Insiders|CEO|Directors|Top shareholder] [dump|dumps|sell|unload|offload] [shares|stock|{amount} of stock] in {w}
        {w} [{role}|CEO|CFO] [quits|resigns|ousted|abruptly leaves|leaves suddenly|walks out] [after {k} months|amid losses|without explanation|]
        {w} [downgraded|cut|lowered] to [sell|underweight|hold|underperform|neutral] [from buy|at {d}|by {d}|]
        {d} [downgrades|cuts|starts] {w} [to sell|at sell|to underperform|to hold from buy]
        {w} [price target|target] [cut|lowered|slashed] [to ${k}|at {d}|by a third]
        {w} [burns cash|running out of cash|needs more money|has cash for {k} weeks]
        {w} [loses|sheds|bleeds] [customers|subscribers|market share|{k} million users] [to {d}|]
        {w} [idles|halts|stops|cuts|curbs] [production|output|work at {site}|expansion plans] [as demand dries up|for lack of parts|]
        {w} {thing} [pile up unsold|fail test|break down|delayed again|hit by quality problems]
        {w} [issues|gives|delivers] [profit warning|second profit warning|revenue warning]
        {w} [books|takes|records|faces] [{amount} charge|{amount} writedown|impairment|hefty provision]
        {w} prices IPO [below range|at bottom of range] [, shares sink on debut|]
        {w} [flops|tumbles|sinks] [on debut|in first day of trading]
        Analysts [trim|cut|slash|lower] [estimates|targets|forecasts] for {w}
        [Short sellers|Bears] [circle|target|pile into|bet against] {w}""",
}
