"""Who says something in a text is not whom it is about: the forms of analysts' calls, and what they must not be."""

from __future__ import annotations

import re

import pytest

from stream.pipeline.documents.sources import is_source


def told(marked: str) -> bool:
    """Whether the name within <> is a source; other names stand within {}."""
    text = re.sub(r"[<>{}]", "", marked)
    places = {
        sign: [(place.start(1), place.end(1)) for place in re.finditer(pattern, marked)]
        for sign, pattern in (("<", r"<(.*?)>"), ("{", r"\{(.*?)\}"))
    }

    def moved(at: int) -> int:
        return at - len(re.findall(r"[<>{}]", marked[:at]))

    (place,) = [(moved(start), moved(end)) for start, end in places["<"]]
    return is_source(text, place, [(moved(start), moved(end)) for start, end in places["{"]])


@pytest.mark.parametrize(
    "text",
    [
        "Gold sinks, says analyst at <Bank X>",
        "Gold sinks, says chief economist of the <Bank X>",
        "Analysts at <Bank X> expect gold to fall",
        "According to <Bank X>, gold will fall",
        "Gold to fall, a note by <Bank X> says",
        "Acme to fall further - <Bank X>",
        "Acme to fall further | <Bank X>",
        "<Bank X> analyst sees gold rising",
        "<Bank X>'s strategists prefer gold",
        "Gold to fall, <Bank X> says",
        "Gold to fall, said <Bank X>.",
        "<Goldman> Downgrades Acme",
        "Buy {Acme}: <Deutsche Bank>",
        "Sell Acme: <Citi>",
        "Hold Acme - <UBS>",
        "Buy Acme, target 100: <Bank X>",
        "Reiterate 'Buy' on Infosys for target of Rs 3250: <Prabhudas Lilladher>",
        "Neutral on Reliance: <Kimeng Securities>",
        "Oil to rise: <Nomura>",
        "Acme to benefit from budget | <Bank X>",
        "Acme is overvalued, says <Bank X>",
        "Acme is overvalued, <Bank X> says",
        "Acme is overvalued, according to <Bank X>",
        "Acme sinks, says analyst at <Bank X>",
        "Acme sinks, says John Miller, strategist at <Bank X>",
        "<Bank X> analyst cuts Acme",
        "<Bank X>'s chief economist expects recession",
        "<Bank X> raises target on Acme",
        "<Bank X> raises its price target on Acme to 100",
        "<Bank X> downgrades Acme",
        "<Bank X> upgrades Acme to buy",
        "<Bank X> cuts Acme to underweight",
        "<Bank X> initiates Acme with buy",
        "<Bank X> maintains 'Buy' on Acme",
        "<Bank X> sees nearly 20% upside in Acme",
        "<Bank X> says {Acme} will fall",
        "<Bank X> sees {Acme} at 300",
        "<Bank X> says oil to fall",
        "<Bank X> bullish on Acme",
        "<Bank X>: Buy Acme, target 100",
        "Acme downgraded by <Bank X>",
        "Acme downgraded to sell by <Bank X>",
        "Acme cut to sell by <Bank X>",
        "Acme rated buy at <Bank X>",
        "Acme price target raised to 100 by <Bank X>",
        "Acme upgraded at <Bank X> on valuation",
        "Profit may halve at Acme. Source: <Bank X>",
        "Fitch may cut it, a report by <Bank X> shows",
        "<Moody's> downgrades Tata Steel UK's rating by one notch",
        "<Kim Eng India> recommends Buy on HDIL",
        "<Credit Suisse> trims Nifty price targets",
        "<BofA-ML> starts coverage of Acme with sell",
    ],
)
def test_who_says_it_is_a_source(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text",
    [
        "<X> downgraded by Y",
        "<X> downgraded to sell by Bank Y",
        "<X> upgraded to buy",
        "<X>: profit falls",
        "<X>: Buy with a target of 100",
        "<X> says profit fell 10%",
        "<X> says it will cut 500 jobs",
        "<X> cuts its forecast",
        "<X> raises sales target to 5bn",
        "<X> upgrades FY15 revenue guidance",
        "<X> upgrades its factory",
        "<X> cuts price of phones",
        "Profit falls: <X>",
        "Profit warning - <Deutsche Bank>",
        "Stocks to watch: <X>",
        "Q1 earnings analysis: <X>",
        "<X> raises $500 million in bonds",
        "<X> raises stake in Acme to 12%",
        "<X> sees big sell-off post plans to merge Grindwell",
        "<X> says {Apple} ends its contract with it",
        "<X> expects to raise Rs 47 crore",
        "<X> keeps dividend",
        "<X> maintains growth",
        "<X> directs brokers to cut risk",
        "All is not lost; <IT> is analysts' best bet",
        "Brokerages up target price for <Tech Mahindra>",
        "What brokers are expecting from <Infosys> results",
        "<X> launches brokerage services",
        "What analysts say of <X>",
        "<X> shares fall, say analysts",
        "Buy <X>: Deutsche Bank",
        "Acme sues <X>",
        "Deutsche Bank says <X> will fall",
        "Deutsche Bank raises target on <X>",
        "Dividend raised by <X>",
        "Stake in Acme cut by <X>",
        "<X> wins order, shares rise",
        "Shares slide at <X>",
        "Acme takes over <X>",
        "<X> gives up on merger",
        "<X> has strong hold over market",
        "<X> puts phone unit up for sale",
        "<China funds> raise equity allocations as buy-in opportunities rise",
        "<IDFC> sees potential of 30-40% upside in 6-9 months",
        "<Acme> Downgrades Outlook",
        "<Acme> raises guidance, target price up",
    ],
)
def test_whom_it_is_about_is_no_source(text: str) -> None:
    assert not told(text)
