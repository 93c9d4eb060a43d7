# ruff: noqa: E501 - a wording stands on one line, so that it can be read and changed as one
"""Wordings about deals, people, courts and shares."""

from __future__ import annotations

from stream.demo.wording import Wording

DEAL_TEXTS = {
    "IPO": Wording(
        weight=3,
        down=0.2,
        up=0.22,
        social=0.4,
        bad=(
            "{target} [shelves|postpones|pulls|withdraws] IPO [amid market slump|as demand falls|on weak demand]",
            "{target} [shares fall|falls|sinks] {bigpct} [below IPO price in debut|on first day after IPO|in weak IPO debut]",
            "{target} [slashes|cuts] IPO price range [on weak demand|as investors balk|amid losses]",
            "IPO market [slumps|dries up|falls] as [volatility|losses] [scares off investors|forces {target} to delay]",
        ),
        plain=(
            "{target} files [F-1|S-1] for IPO; size and pricing not yet determined",
            "{target} files for [proposed|{million}] IPO[ of common shares|, plans to list under new ticker| with {bank} as lead underwriter]",
            "IPO Update: {target} [readies|proposes terms for] {million} IPO",
            "{target} is [planning|considering|exploring] an IPO in [{place}|New York|London] [next year|by {year}], sources say",
            "{target} sets terms for {million} IPO, [prices|to sell] {count},000 shares at {price}",
        ),
        good=(
            "{target} [jumps|soars|surges] {bigpct} in [market|trading|stock] debut after {million} IPO",
            "{target} prices IPO [above|at top of] range, raises {million} [on strong demand|amid strong demand]",
            "{target} IPO [oversubscribed {few} times|sees strong demand], [raises {million}|to price above range]",
        ),
    ),
    "Legal | Regulation": Wording(
        weight=5,
        down=0.15,
        up=0.12,
        social=0.4,
        bad=(
            "{company} [sued|faces lawsuit|faces class action] over [defective products|unpaid wages|misleading statements|pollution], [losses feared|faces {million} in damages]",
            "{company} [fined|hit with] {million} [fine|penalty|by regulator] [over|for] [misleading investors|data breach|safety failures]",
            "[SHAREHOLDER ALERT|INVESTOR ALERT]: law firm [files class action against|investigates] {company} [over losses|on behalf of investors with losses]",
            "{company} [loses|fails to overturn] [patent|antitrust|tax] [case|ruling], [must pay {million}|faces {million} damages]",
            "Prosecutors [raid|search] {company} offices in {place} in [fraud|bribery] probe",
        ),
        plain=(
            "{company} [asks|urges] [judge|court] to [dismiss|move] [lawsuit|suit] [brought by|filed by] {target}",
            "[Regulator|Watchdog|Competition authority] [opens|begins] [review|consultation] [on|of] {sector} [rules|mergers|fees] in {place}",
            "Judge [sets|schedules] [trial date|hearing] in {company} [patent|contract|antitrust] case",
            "{target} [v.|vs.] {company}: [court hears arguments|appeal filed|hearing adjourned]",
            "Lawmakers in {place} [debate|publish] [draft|proposed] [rules|bill] on [{sector} data|crypto assets|payments]",
        ),
        good=(
            "{company} [wins|prevails in] [patent|antitrust|tax] [case|appeal] against {target}",
            "{company} [settles|resolves] lawsuit with {target}, [shares rise|stock gains]",
            "Judge [dismisses|throws out] [class action|lawsuit] against {company}, [shares gain|a win for the company]",
            "Regulators [approve|clear] {company} [plan|application], [clearing way for growth|a boost for the company]",
        ),
    ),
    "M&A | Investments": Wording(
        weight=5,
        down=0.15,
        up=0.25,
        social=0.4,
        bad=(
            "{company} scraps [acquisition of|merger with] {target} as [profit falls|market slumps|losses mount]",
            "{company} sells {target} stake at a loss of {million}",
            "{company} [merger with|deal for] {target} falls through on [regulatory concerns|weak market|falling sales]",
        ),
        plain=(
            "{company} invests {million} in {target}, [takes board seat|joins {bank} as shareholder]",
            "{ticker} - {company} acquires {target}, terms not disclosed",
            "{company} to [sell|divest] [its|] {place} [unit|business] to {target} for {million}",
            "{company} [in talks|said to be in talks|holds talks] to [buy|acquire] {target}",
            "{ticker}: {company}: {target} discloses {pct} stake",
            "{bank} [takes|buys] minority stake in {target}",
            "{company} completes acquisition of {target}",
        ),
        good=(
            "{company} to acquire {target} [for {million}|] to boost growth and earnings",
            "{company} gains {pct} stake in {target}, [boosting profit|lifting growth outlook]",
            "{target} [soars|jumps|surges] {bigpct} on [takeover|buyout] [offer|bid] from {company}",
        ),
    ),
    "Personnel Change": Wording(
        weight=4,
        down=0.17,
        up=0.12,
        social=0.3,
        bad=(
            "{company} loses [finance chief|head of sales|chief operating officer] {person} as losses mount, [third|second|fourth] exit this year",
            "{company} [CEO|CFO] {person} to leave as losses deepen[ in {place}|]",
            "{company} [CEO|CFO] {person} ousted as [shares slump|losses widen]",
        ),
        plain=(
            "{company} [names|appoints|hires] {person} as [chief financial officer|chief executive|CEO|CFO|chief marketing officer|general counsel]",
            "{ticker} - {company} names {person} as [interim CFO|new CEO|chair]",
            "{person} [elected|appointed|joins] to [Board of Directors|board] of {company}",
            "{company} [CEO|CFO|chief operating officer] {person} to [retire|step down] [at the end of the year|in {few} months]",
            "{bank} [hires|poaches] {person} from {broker} to [lead|run] [{sector} banking|wealth management]",
            "{company} [welcomes|announces appointment of] {person} as [Senior Vice President|Chief Technology Officer|Head of {place}]",
        ),
        good=(
            "{company} board [strengthened|boosted] as {person} joins after record [growth|year]",
            "{company} shares [rise|gain] {pct} as {person} named [CEO|finance chief]",
            "{company} [promotes|elevates] {person} to [president|CEO] after [record year|strong growth]",
        ),
    ),
    "Stock Commentary": Wording(
        weight=8,
        down=0.23,
        up=0.3,
        social=0.95,
        bad=(
            "{ticker} [broke down below|lost] the {few}0-day, [looks weak|lower lows from here|downtrend intact]",
            "{ticker} chart looks [weak|bearish|terrible], [stopped out for a loss|I'm out|next support {price}]",
            "{ticker} - {company}: [Downside Ahead|Falling Growth, Avoid|Overvalued, Sell|More Pain Ahead]",
            "{ticker} [failed breakout|weak bounce], [downtrend intact|bearish], [short below {price}|expecting lower]",
            "{ticker} [falling|dropping] again, [bears in control|looks weak|ugly close] [below {price}|under the {few}0-day]",
        ),
        plain=(
            "{ticker} [watching|on watch at] {price} [level|pivot], [inside day|no position yet|waiting]",
            "{ticker} {few}-day chart, [levels to watch|range] {price} to {price}",
            "{ticker} [sold half at|trimmed at|entry] {price}, [stop at {price}|{few} contracts|flat into the close]",
            "{ticker} - {company}: [Fairly Valued For Now|A Closer Look|What The Market Is Pricing|Hold]",
            "[Watchlist|On my screen] for [today|tomorrow|the week]: {ticker}, {company}, {target}",
            "[anyone|who else is] still holding {ticker} [here|into the print|over the weekend]?",
        ),
        good=(
            "{ticker} breaking out [on volume|above {price}|of the base], [looks strong|uptrend intact|higher from here]",
            "{ticker} - {company}: [Attractive Valuation And Growth|A Strong Buy|Undervalued With Upside|Upside Ahead]",
            "[long|added to] {ticker} [here|at {price}], [strong base|higher lows], [target {price}|great setup]",
            "{ticker} [bullish|strong] [above {price}|into the close], [bulls in control|love this chart|higher soon]",
        ),
    ),
    "Stock Movement": Wording(
        weight=6,
        down=0.38,
        up=0.5,
        social=0.5,
        bad=(
            "{company} [shares|stock] [falls|drops|slides|slips] {pct} [after weak guidance|on downgrade|after earnings miss|on profit warning]",
            "{ticker} (-{pct} pre) {company} stock [drops|slides] [after {broker} downgrade|on weak outlook|after earnings]",
            "{ticker}: {company} shares -{pct} [after guidance cut|after recall|after {broker} downgrade]",
            "{ticker} {company} [sinks|tumbles] {pct} [in late trading|premarket|at the open] [on weak sales|on outlook]",
        ),
        plain=(
            "{company} [shares|stock] [little changed|flat|steady] [after results|ahead of results|in early trading]",
            "{company} [shares|stock] [resume trading|to resume trading|halted] [pending news|after news pending halt]",
        ),
        good=(
            "{company} [shares|stock] [rises|gains|jumps|climbs] {pct} [after raised guidance|on upgrade|after earnings beat|on strong sales]",
            "{ticker} (+{pct} pre) {company} stock [rises|jumps] [on {broker} upgrade|on strong outlook|after earnings]",
            "{ticker}: {company} shares +{pct} [after earnings beat|after raising guidance|on contract win]",
            "{ticker} {company} [soars|surges|pops] {pct} [in late trading|premarket|at the open] [on takeover talk|on results]",
        ),
    ),
}
