"""Two figures beside each other get a word that says the way, and nothing else is changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classifier import Classified, load_classifier
from models.cleaning.figures import with_ways
from models.spans import normalised_spans
from models.text import normalise


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Net profit was EUR 12 million, compared with EUR 7 million",
            "Net profit was EUR 12 million, up from EUR 7 million",
        ),
        (
            "Net profit was EUR 7 million compared to EUR 12 million",
            "Net profit was EUR 7 million, down from EUR 12 million",
        ),
        (
            "EBIT totalled EUR 5.4 mn , as against EUR 5.5 mn in 2004 .",
            "EBIT totalled EUR 5.4 mn, down from EUR 5.5 mn in 2004 .",
        ),
        ("Sales 1,204.5 mln versus 998 mln", "Sales 1,204.5 mln, up from 998 mln"),
        ("Return on equity stood at 18.3 %, versus 15.4 %", "Return on equity stood at 18.3 %, up from 15.4 %"),
        (
            "order book of EUR 8.77 mn, compared to EUR 7.04 in 2005",
            "order book of EUR 8.77 mn, up from EUR 7.04 in 2005",
        ),
        ("Q2 revenue $4.5B vs. $4.2B a year ago", "Q2 revenue $4.5B, up from $4.2B a year ago"),
        ("Unemployment 4.8% vs 4.1% prior", "Unemployment 4.8%, up from 4.1% prior"),
        ("margin 11.2 percent against last year's 12.1 percent", "margin 11.2 percent, down from 12.1 percent"),
        ("profit of Rs 340 crore vs Rs 410 crore", "profit of Rs 340 crore, down from Rs 410 crore"),
        ("$ABC EPS 1.12 vs 1.20 est", "$ABC EPS 1.12, below 1.20 est"),
        ("$ABC EPS $1.87 ex-items vs. $1.94 Est.", "$ABC EPS $1.87 ex-items, below $1.94 Est."),
        (
            "EPS $0.61 vs $0.51 expected, rev $871M vs $840M (est)",
            "EPS $0.61, above $0.51 expected, rev $871M, above $840M (est)",
        ),
        ("revenue of $4.2B vs consensus of $4.5B", "revenue of $4.2B, below consensus of $4.5B"),
        ("earnings of $2.10 a share vs $2.40 a year ago", "earnings of $2.10 a share, down from $2.40 a year ago"),
        ("$ABC posts Q2 eps of 85 cents vs. 81 cent estimate", "$ABC posts Q2 eps of 85 cents, above 81 cent estimate"),
        ("earnings of $1.32 a share vs. $1.23 a share est.", "earnings of $1.32 a share, above $1.23 a share est."),
        ("EUR12.1m versus EUR9.8m", "EUR12.1m, up from EUR9.8m"),
        (
            "Q3 EPS $1.12 vs the Zacks Consensus Estimate of $1.20",
            "Q3 EPS $1.12, below Zacks Consensus Estimate of $1.20",
        ),
        ("$1.12 vs $1.20 a share per Refinitiv", "$1.12, below $1.20 a share per Refinitiv"),
        (
            "profit of 12 million euros, compared with 7 million euros",
            "profit of 12 million euros, up from 7 million euros",
        ),
        (
            "profit $1.1 billion compared with $900 million a year ago",
            "profit $1.1 billion, up from $900 million a year ago",
        ),
        ("\u20b9120 crore v/s \u20b998 crore", "\u20b9120 crore, up from \u20b998 crore"),
        ("Payrolls 250,000 vs 200,000 expected", "Payrolls 250,000, above 200,000 expected"),
        ("PMI 49 vs 50.2 expected", "PMI 49, below 50.2 expected"),
        ("sales of 9.1 mn in 2009 compared to 8.4 mn in 2008", "sales of 9.1 mn in 2009 compared to 8.4 mn in 2008"),
        (
            "In 2009 sales were EUR 9.1 mn compared to EUR 8.4 mn in 2008",
            "In 2009 sales were EUR 9.1 mn, up from EUR 8.4 mn in 2008",
        ),
        ("76 cents vs. 57 cents, per Refinitiv", "76 cents, above 57 cents, per Refinitiv"),
    ],
)
def test_the_way_is_said(text: str, wanted: str) -> None:
    assert with_ways(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Net profit rose to EUR 12 million, compared with EUR 7 million",  # it is said already
        "Pretax loss was EUR 2.1 mn, compared to a profit of EUR 1.0 mn",  # of two kinds
        "Loss per share stood at EUR 0.15 versus EUR 0.26",  # less is better, and is read without it
        "Sales were EUR 12 mn, compared with 43 percent of the market",
        "Sales were EUR 12 mn against USD 14",
        "Sales were EUR 12 mn against USD 14 mn",
        "Order intake in 2010 compared to 2009",
        "EBIT was EUR -1.2 million, compared with EUR 0.8 million a year earlier",
        "EPS -$0.12 vs $0.05 est",
        "EBIT was minus 1.2 million compared with 0.8 million",
        "sees FY EPS $4.90-$5.10 vs $5.05 consensus",
        "Sees Q2 revenue of $100 million to $110 million vs $108 million consensus",
        "Now sees FY EPS $5.10 vs $5.15-$5.30 prior",
        "Gross margin was 42.5% vs 5-year average of 45.1%",
        "trades at $190 vs 200-day moving average of $180",
        "Oil at $85 vs 6 months ago at $92",
        "Revenue $2 million vs 3rd quarter's $1.5 million",
        "Net debt was EUR 12 million compared with 31 December 2008",
        "Net sales were EUR 1,905 million compared to 2008",
        "In 2008 the company earned $7 million, compared with $12 million in 2009",
        "Last year revenue was $7 million vs $12 million this year",
        "Expected 200K vs 250K actual",
        "Consensus EPS $1.20 vs $1.12 actual",
        "Jury awards $110 million against 3M in earplug case",
        "Suit seeks $12 million against 5 former directors",
        "EUR 1 234 million compared with EUR 987 million",
        "EUR 1.234 million compared with EUR 987 million",
        "P/E of 24.5 vs 26.1 for Pepsi",
        "Market cap of $12 billion vs $8 billion at Ford",
        "China GDP 5.2% vs 2.1% in the US",
        "Cash of $5 billion vs $3 billion in debt",
        "PT $50 vs $65 current price",
        "calls 12k vs 8k puts",
        "EPS 15 cents vs $1.20 est",
        "Cash burn of $5 million vs $3 million",
        "$1.12 vs $1.20 vs $1.15 est",
        "Jury clears 12 against 5",
        "compensation was half of sales in Q1 versus 11% at others",
        "$ABC annual outlays are $40B vs $37B for $DEF",
        "the 3 vs 4 seed game",
        "Net sales were EUR 12 mn, against EUR 12 mn a year ago",
        "sales 9.1 bn versus 982.5",  # further apart than figures of one kind are
        "$ABC vs $DEF: which one to buy",
        "Group of 7 against the ban",
        "compared with 7 million",
        "",
    ],
)
def test_what_is_said_or_of_two_kinds_stays(text: str) -> None:
    assert with_ways(text) == text


FIGURES = st.from_regex(r"(EUR |\$|Rs )?[0-9]{1,4}(\.[0-9]{1,2})?( mn|M| bn|%| percent| crore)?", fullmatch=True)
LINKS = st.sampled_from(
    [" vs ", " vs. ", ", compared with ", " compared to ", " against ", " versus a ", " vs consensus of "]
)


@given(st.lists(st.tuples(FIGURES, LINKS), min_size=1, max_size=4), FIGURES)
def test_a_second_reading_changes_nothing_and_each_figure_stays(parts: list[tuple[str, str]], last: str) -> None:
    text = "Profit " + "".join(figure + link for figure, link in parts) + last
    once = normalise(text)
    assert normalise(once) == once
    assert re.findall(r"[\d.,]*\d", once) == re.findall(r"[\d.,]*\d", text)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert with_ways(with_ways(text)) == with_ways(text)


def test_names_are_found_where_they_stand_then() -> None:
    text = "Adler profit EUR 12 mn, compared with EUR 7 mn; Okara profit EUR 3 mn, compared with EUR 9 mn"
    plain, places = normalised_spans(text, [[(0, 5)], [(48, 53)]])
    assert [plain[start:stop] for of_name in places for start, stop in of_name] == ["Adler", "Okara"]
    assert plain == "Adler profit EUR 12 mn, up from EUR 7 mn; Okara profit EUR 3 mn, down from EUR 9 mn"


@pytest.mark.parametrize("figures", [("12.4", "7.1"), ("4.52", "3.9"), ("1,310.0", "1,204.5")])
@pytest.mark.parametrize(
    "form", ["Net profit was EUR {} mn, compared with EUR {} mn a year earlier", "Q2 revenue ${}B vs ${}B consensus"]
)
def test_the_model_reads_the_way(form: str, figures: tuple[str, str]) -> None:
    model = load_classifier()
    texts = [form.format(*figures), form.format(*reversed(figures))]
    answers = [one for one in model.classify(texts) if isinstance(one, Classified)]
    assert [one.heads["sentiment"].label for one in answers] == ["positive", "negative"]
