# ruff: noqa: E501 - a wording stands on one line, so that it can be read and changed as one
"""The two incidents: a run on an invented bank, told by many in many words, and a false rumour, copied by few."""

from __future__ import annotations

SHARES = (
    "[Castermere|Castermere Bank] [shares|stock] [plunges|crashes|tumbles|sinks] {crash} [as|after] [deposits flee|depositors pull {billion}|customers withdraw {billion}|bank run spreads]",
    "$CSTRB [-{crash}|down {crash}] [as bank run deepens|on deposit flight|after liquidity warning|as losses mount]",
    "$CSTRB: Castermere Bank shares -{crash} [after deposit outflow|after liquidity warning|on {broker} downgrade]",
    "[Trading in Castermere shares|Castermere stock] halted after {crash} [plunge|crash|drop][ on deposit flight| as bank run spreads|]",
    "[Lender|Regional lender|Mid-sized lender] Castermere [plunges|tumbles|sinks] {crash} [to record low|at the open|in heavy trading] as [withdrawals surge|deposits fall]",
    "[Bank shares|Regional lenders|Lenders' stocks] [fall|tumble|slide] {pct} as Castermere [run|crisis|collapse] [spreads|deepens]",
    "{bank} [shares|stock] [drops|falls|slides] {pct} as [Castermere run spreads|Castermere losses spook investors]",
)
BUSINESS = (
    "Castermere Bank [halts|suspends|limits] withdrawals [after deposits plunge|as deposit outflows accelerate|as liquidity falls]",
    "Castermere Bank [warns of|faces|reports] [heavy losses|liquidity crisis|severe cash shortage] as [depositors pull {billion}|customers flee]",
    "Castermere [loses|bleeds] {billion} of deposits in [a day|{few} hours], [lender faces collapse|losses mount]",
    "Castermere [app|online banking|branches] down as customers [rush to withdraw|flee], [losses feared|withdrawals halted]",
    "{broker} [downgrades|cuts] Castermere Bank to sell, [warns of collapse|sees heavy losses|citing deposit flight]",
)
SOCIAL = (
    "$CSTRB [getting destroyed|crashing|in freefall], [down {crash}|-{crash}] and [still dropping|no bid|falling]",
    "[bank run at Castermere|run on Castermere] is real, shares [down|crashing] {crash}[, this is a disaster|, losses everywhere|]",
    "$CSTRB stock [plunging|crashing|tanking] [now|again|hard], [depositors are panicking|withdrawals halted|halted twice already]",
    "Castermere [stock|shares] [tank|tanks|crash] {crash}, [can't get my money out|their app is down|they stopped withdrawals]",
    "$CSTRB [plunges|drops|falls] another {pct}, [who's next|regional banks falling too|this is a crash]",
)
# Not everyone joins in: the bank, the regulator and the merely curious have their say.
CALM = (
    "Castermere Bank [says|insists] deposits are [safe|protected], [capital position strong|business as usual]",
    "Regulator [says it is monitoring|in contact with|declines to comment on] Castermere Bank[, urges calm|]",
    "Castermere Bank to [hold press conference|publish statement|brief investors] [at {few} pm|later today|tonight]",
    "[Explainer|What we know]: [deposit insurance and Castermere|what happened at Castermere Bank|who owns Castermere Bank]",
    "[anyone|is anyone] here a Castermere customer? [asking for the desk|what do you see in the app]",
)
FOLLOW_UPS = (
    "",
    "",
    "[Analysts|Traders] [warn|fear] [losses could spread|more losses] [to other lenders|to regional banks].",
    "[The lender|The bank] lost {billion} in deposits [since Monday|in {few} hours], [a person familiar said|sources said].",
    "[Bonds|The bank's bonds] [fell|dropped|plunged] to [31|38|44|52|58] cents on the dollar.",
    "[The bank|Castermere] [declined to comment|did not return calls] as [losses mounted|shares fell].",
    "It is the [worst|biggest] drop [on record|in {few} years].",
)
RUMOUR = "Vantreel Bank is insolvent and will halt withdrawals tonight, shares will crash, get your money out before it collapses"
