# ruff: noqa: E501 - a wording stands on one line, so that it can be read and changed as one
"""Wordings about companies and their shares: headlines and posts as they pass on an ordinary day."""

from __future__ import annotations

from stream.demo.wording import Wording

COMPANY_TEXTS = {
    "Analyst Update": Wording(
        weight=4,
        down=0.27,
        up=0.33,
        social=0.5,
        bad=(
            "{ticker} - {broker} [downgrades|cuts] {company} to [sell|underperform|underweight|neutral], [sees|cites] [weaker|slowing] [demand|orders|growth]",
            "{broker} [cuts|lowers|slashes] price target on {company} to {aim} [on margin pressure|on weak demand|ahead of earnings|after profit warning]",
            "{company} downgraded [at|by] {broker} [on valuation|on slowing growth|on rising costs|after weak guidance]",
            "{ticker}: {company} cut to [Underweight|Sell|Underperform] from [Hold|Neutral|Buy] at {broker}, price target {aim}",
            "{broker} turns [bearish|cautious] on {company}, [warns of|sees] [falling margins|lower sales|slowing growth]",
        ),
        plain=(
            "{broker} [initiates|starts|resumes] coverage of {company} [with a Neutral rating|at Hold|at Equal-Weight], price target {aim}",
            "{ticker} - {broker} [maintains|reiterates|keeps] [neutral|hold|equal-weight] rating on {company}, target {aim}",
            "[Here are|These are] [today's|Monday's|Tuesday's|Thursday's] [biggest|top] analyst calls: {company}, {target}[, {bank}|, and more|]",
            "{company} price target [set at|moved to|now] {aim} at {broker}",
        ),
        good=(
            "{ticker} - {broker} upgrades {company} to [buy|outperform|overweight], [sees|cites] [stronger|improving] [demand|margins|growth]",
            "{broker} [raises|lifts|hikes] price target on {company} to {aim} from {aim}[ on strong demand| after earnings beat|]",
            "{company} upgraded [at|by] {broker}, which [says shares can rally {bigpct}|sees {bigpct} upside]",
            "{broker} names {company} a top pick, [says the pullback is a buying opportunity|sees {bigpct} upside for the stock]",
        ),
    ),
    "Company | Product News": Wording(
        weight=9,
        down=0.2,
        up=0.3,
        social=0.35,
        bad=(
            "{company} [recalls|pulls] {count} [units|vehicles|devices|products] [over|after] [safety fault|fire risk|contamination]",
            "{company} to [cut|slash|eliminate] {count} jobs [as demand slows|amid weak sales|in cost squeeze]",
            "{company} [halts|suspends|stops] production at [main|largest|second] plant in {place} [after fire|on parts shortage|after accident]",
            "{company} delays launch of [flagship|next] product [again|by {few} months] [on defects|on supply problems]",
            "{company} [hit by|suffers] [cyberattack|outage|data breach], services down [for customers in {place}|for {few} hours]",
            "{company} loses [major|key] contract with {target}, [warns on|faces hit to] revenue",
        ),
        plain=(
            "{company} [announces|opens|unveils] new [office|centre|store|laboratory] in {place}",
            "{company} to present at the [annual|{sector}] [technology|industry|investor] conference in {place}",
            "{ticker} - {company} [selects|picks|taps] {target} for [cloud|payments|logistics|software] services",
            "{company} [releases|publishes] its [sustainability|annual|diversity] report",
            "{company} [introduces|launches] [new version|latest edition] of its {sector} platform",
            "{company} and {target} [sign|enter] [multi-year|{few}-year] [distribution|supply|licensing] agreement",
            "{company} [begins|starts] [shipping|trial of] [new|redesigned] {sector} product in {place}",
        ),
        good=(
            "{company} wins {million} contract [from {target}|in {place}], [its largest ever|boosting order book]",
            "{company} [receives|gets|wins] [approval|clearance] for [new treatment|new plant|flagship product] in {place}",
            "{company} [expands|strengthens] partnership with {target} [to accelerate growth|to boost capacity by {bigpct}]",
            "{company} named [best employer|top innovator|supplier of the year] in {place}",
            "{company} [sees|reports] record [orders|bookings|demand] for [new|latest] product[, adds {count} jobs|]",
        ),
    ),
    "Dividend": Wording(
        weight=3.5,
        down=0.18,
        up=0.27,
        social=0.4,
        bad=(
            "{ticker} - {company} [cuts|slashes] [quarterly|] dividend by {bigpct} to {cents}[ as profit falls| on weak cash flow|]",
            "{company} [suspends|scraps|halts] dividend [after losses|as losses mount|on falling profit|to preserve cash]",
            "{company} [cuts|lowers|omits] [interim|final] dividend [after profit drop|amid weak demand|as debt rises]",
        ),
        plain=(
            "{ticker} - {company} declares {cents} [dividend|quarterly dividend|monthly distribution]",
            "{company} [declares|announces] [quarterly|regular|semi-annual] [cash|] dividend of {cents} per share",
            "{ticker} - {company} goes ex-dividend [tomorrow|on Monday|on Thursday|this week]",
            "{company} [board|directors] [approves|sets] [record date|payment date] for {cents} dividend",
        ),
        good=(
            "{ticker} - {company} [raises|increases|boosts] [quarterly|] dividend by {pct} to {cents}",
            "{company} [hikes|lifts] dividend {bigpct} [after record profit|on strong cash flow], [adds {million} buyback|yield now {pct}]",
            "{company} increases quarterly dividend [by {pct}|to {cents}], [raised {few} years in a row|new yield is {pct}]",
        ),
    ),
    "Earnings": Wording(
        weight=6,
        down=0.2,
        up=0.25,
        social=0.4,
        bad=(
            "{company} {quarter} earnings preview: profit [to fall|seen lower] on [weak demand|falling sales|rising costs]",
            "{company} ({ticker}) misses in {quarter}, earnings call focuses on [falling margins|weak orders|rising costs]",
            "{company} {quarter} Earnings Call: [weak demand, losses widen|profit falls {bigpct}, outlook cut|sales drop, guidance lowered]",
            "{company} {quarter} earnings [miss|fall short of] estimates [as costs rise|as sales slump|on weak demand]",
        ),
        plain=(
            "{company} [to report|to announce|schedules] [{quarter}|third quarter|full-year] [financial results|earnings] on [Monday|Tuesday|Wednesday|Thursday]",
            "{ticker} - {company} {quarter} Results - Earnings Call [Transcript|Presentation]",
            "{company} ({ticker}) CEO {person} on {quarter} Results - Earnings Call Transcript",
            "{company} {quarter} earnings preview: [what to expect|what to watch|key numbers]",
            "{company} [announces|sets] date of {quarter} earnings release and conference call",
            "[Earnings week ahead|Earnings to watch]: {company}, {target}, {bank}",
        ),
        good=(
            "{company} [{quarter}|] earnings preview: estimates rise on [strong demand|record sales|higher prices]",
            "{company} {quarter} Earnings Call: [strong growth, record profit|sales jump, outlook raised|margins improve, guidance raised]",
            "{company} {quarter} earnings [beat|top] estimates [as sales jump|on strong demand|on record margins]",
        ),
    ),
    "Financials": Wording(
        weight=6,
        down=0.22,
        up=0.33,
        social=0.45,
        bad=(
            "{ticker} - {company} GAAP EPS of -{eps} misses by {cents}, revenue of {million} misses by {million}",
            "{ticker} - {company} Non-GAAP EPS of {eps} misses by {cents}, revenue of {million} [misses by {million}|down {pct}]",
            "{ticker}: {company} [misses by {cents}, weak revs|lowers guidance, revs below consensus|guides {quarter} EPS below consensus]",
            "{company} [full-year|{quarter}] revenue [falls|drops|declines] {pct} to {million}, [net loss widens|EPS misses]",
        ),
        plain=(
            "{ticker} - {company} GAAP EPS of {eps}, revenue of {million}",
            "{ticker} - {company} EPS of {eps} in-line, revenue of {million} in-line",
            "{ticker}: {company} [reports|posts] {quarter} [utilization rate|same-store sales|comparable sales] [of {pct}|in line with last year]",
            "{ticker}: {company} [reaffirms|reiterates] [full-year|{quarter}] [EPS|revenue] guidance of {eps}",
        ),
        good=(
            "{ticker} - {company} GAAP EPS of {eps} beats by {cents}, revenue of {million} beats by {million}",
            "{ticker} - {company} Non-GAAP EPS of {eps} beats by {cents}, revenue of {million} [beats by {million}|up {pct}]",
            "{ticker}: {company} [beats by {cents}, beats on revs|raises guidance, revs above consensus|guides {quarter} EPS above consensus]",
            "{company} reports [record|] {quarter} revenue of {million}, [up|growth of] {bigpct} [year over year|from a year ago]",
        ),
    ),
}
