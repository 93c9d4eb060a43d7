"""What stands behind every text of a publisher goes; news that speaks of the same things stays."""

import time

import pytest

from models.cleaning.boilerplate import without_boilerplate
from models.text import clean, normalise

NEWS = "Lender loses a third of its deposits."
BEHIND = [
    "(Reporting by A. Writer; editing by B. Writer)",
    "Read more: https://wire.example/a",
    "READ THE FULL ARTICLE on our site",
    "Continue reading...",
    "Click here for charts",
    "Full story in an hour",
    "Sign up for our daily newsletter to get the best stories in your inbox!",
    "Subscribe now and never miss a thing. It is free.",
    "Follow us on X, Facebook and LinkedIn",
    "Join our Telegram channel",
    "For more information visit wire.example",
    "© 2026 Wire. All rights reserved.",
    "© (2026) Wire",
    "© @wire",
    "(c) 2026 Wire",
    "The post Lender loses deposits appeared first on Wire.",
    "This article was originally published by Wire.",
    "Image source: Getty Images.",
    "Disclaimer: the writer is long the stock, and nothing here is to be relied on. Ask your bank.",
    "This article is for informational purposes only. It is no offer.\nSo be careful.",
    "This content does not constitute investment advice.",
    "This is not financial advice.",
    "Nothing in this report constitutes a recommendation.",
    "The views and opinions expressed here are the author's own.",
    "Past performance is no guarantee of future results.",
    "CFDs are complex instruments and come with a high risk of losing money.",
    "Not financial advice. DYOR",
    "Forward-looking statements\nThis release holds statements that may not come true.",
    "This e-mail is confidential. If you are not the intended recipient, delete it.",
    "You are receiving this email because you signed up.\nUnsubscribe",
    "Sent from my phone",
    "--\nA. Writer\nWire Ltd",
    "About Acme Corp\nAcme makes anvils in 30 countries.",
    "Media contact: press@wire.example",
    "The Motley Fool has positions in and recommends Acme.",
]


HEADINGS = ("--", "About", "Forward")  # known by their lines
PAIRS = [(behind, between) for behind in BEHIND for between in ("\n", "\n\n")]
PAIRS += [(behind, " ") for behind in BEHIND if not behind.startswith(HEADINGS)]


@pytest.mark.parametrize(("behind", "between"), PAIRS)
def test_what_stands_behind_a_text_goes(behind: str, between: str) -> None:
    assert without_boilerplate(f"{NEWS}{between}{behind}") == NEWS


@pytest.mark.parametrize(
    "behind",
    [
        "Sign up for our newsletter and get the best of the week",
        "Subscribe to our daily briefing",
        "Read more: https://wire.example/a",
        "Read the full story on wire.example",
        "Disclaimer: this is no advice.",
        "This article is for informational purposes only.",
        "Not financial advice",
        "© 2026 Wire",
        "The views expressed are the author's.",
        "Get the latest news in your inbox",
    ],
)
def test_behind_a_headline_without_an_end(behind: str) -> None:
    assert without_boilerplate(f"Lender loses a third of its deposits {behind}") == NEWS[:-1]


@pytest.mark.parametrize("behind", BEHIND)
def test_in_markup_too(behind: str) -> None:
    assert normalise(f"<div><p>{NEWS}</p><p>{behind.replace(chr(10), '<br>')}</p></div>") == NEWS


@pytest.mark.parametrize(
    "text",
    [
        "Users subscribe to Netflix in record numbers",
        "Read more books, says the bank's chief",
        "Bank sues over disclaimer: court to decide",
        "The author of the rescue plan resigns",
        "Investors who sign up for the fund lose all",
        "Analysts say that this is not the end of the losses",
        "Copyright suit against Acme: 2 billion sought",
        "Trading in Acme shares involves huge losses, regulator finds",
        "Regulator warns of risk: past performance of funds was invented",
        "The companies said that they had informed the staff. The plants close.",
        "Confidential report: bank was warned",
        "Acme files for insolvency. The information was first reported by the Post.",
        "Subscribe!",
        "Rates* © . Acme falls",
    ],
)
def test_news_that_speaks_of_it_stays(text: str) -> None:
    assert without_boilerplate(text) == text


def test_the_text_goes_on_behind_a_line() -> None:
    text = "Lender loses a third of its deposits.\nSign up for our newsletter\nIts chief resigns."
    assert without_boilerplate(text).split("\n") == [NEWS, "", "Its chief resigns."]


def test_cashtags_stay() -> None:
    assert "$IBM" in without_boilerplate(f"{NEWS} Subscribe here: http://wire.example $IBM $T")


@pytest.mark.parametrize(
    "piece", ["Read more ", "a. ", "This article ", "\n", "| ", "( ", "Disclaimer", ". The post ", "- "]
)
def test_the_longest_text_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    clean((NEWS + piece * 65_536)[:65_536])
    assert time.process_time() - started < 15  # some hundredths of a second; what goes back takes minutes
