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
    "The information provided on this website does not constitute investment advice.",
    "The information contained in this article is for informational purposes only.",
    "Disclosure: I have no positions in any stocks mentioned.",
    "Disclosure: None.",
    "The author has no position in any of the stocks mentioned.",
    "Trading involves substantial risk of loss.",
    "Investing involves risk, including the possible loss of principal.",
    "Opinions expressed by contributors are their own.",
    "Important Information: This material is not an offer or solicitation.",
    "Important notice\nThis e-mail is intended only for the addressee, no liability is accepted.",
    "Risk warning: your capital is at risk.",
    "Safe Harbor Statement\nThis press release contains statements.",
    "Forward-looking statements involve risks and uncertainties.",
    "About Acme\nHeadquartered in Ulm, the company provides anvils.",
    "About Acme Corp.\nAcme Corp. is a leading provider of anvils.",
    "Contact: Jane Doe, +1 212 555 0100",
    "Photo by John Doe/Getty Images",
    "Copyright (c) 2026 Wire",
    "Copyright of Wire Ltd 2026",
    "Full article here",
    "NFA, DYOR",
    "--\nJane Doe\nHead of Research\nWire Ltd\nwww.wire.example",
    "---\nYou are receiving this newsletter because you subscribed.",
]


HEADINGS = ("--", "About", "Important notice", "Safe Harbor")  # known by their lines
PAIRS = [(behind, between) for behind in BEHIND for between in ("\n", "\n\n")]
PAIRS += [
    (behind, " ")
    for behind in BEHIND
    if not (behind.startswith(HEADINGS) or behind.startswith("Forward-looking statements\n"))
]


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
        'Regulator "very worried" about Acme Bank\nDepositors flee after fraud.',
        "Chief admits: 'I was wrong' about rollout\nShares fall.",
        "Summary\n---\nAcme Bank collapses after a run on deposits.",
        "Morning note\n--\nAcme Bank collapses after a run on deposits.",
        "Markets wrap\nAbout Acme Bank\nIt collapsed after a run on deposits.",
        "Acme Bank in trouble\nAbout Time\nAcme Bank collapsed",
    ],
)
def test_news_that_speaks_of_it_stays(text: str) -> None:
    assert without_boilerplate(text) == text


@pytest.mark.parametrize(
    "news",
    [
        "The document, marked confidential, shows Acme Bank is insolvent.",
        "The report said confidential data of 2 million clients was stolen.",
        "This document contains confidential information that it is insolvent.",
        "The e-mail, which was confidential, admits Acme Bank is insolvent.",
        "The message constitutes evidence that Acme Bank hid losses.",
        "The report says financial advice firm Acme overcharged clients.",
        "The information does not constitute a breach, Acme says.",
        "Nothing in the filing constitutes proof that Acme Bank is solvent.",
        "Investments in Acme Bank carry hidden risks of insolvency, it says.",
        "Trading in Acme Bank shares involves fraud risk.",
        "Cryptocurrencies carry default risk, and Acme Bank holds 3 billion of them.",
        "The opinions expressed showed growing fear that Acme Bank fails.",
        "Past performance of its fund was faked, prosecutors say.",
        "Disclosures: none were made about the losses.",
        "Disclosure - it hid 2 billion in losses.",
        "Contact: none of the executives could be reached.",
        "Forward looking statements by Acme Bank misled investors, court rules.",
        "Safe harbor rules voided; Acme Bank owes 3 billion.",
        "Read more than 3 billion in losses into it.",
        "Full report shows inflation at 9%, Acme Bank sinks.",
        "This report was published late, and shows it is insolvent.",
        "Copyright suit against Acme Bank ends in a 3 billion verdict.",
        "Photos by witnesses show Acme Oil rig on fire.",
        "Pictures from the scene show the Acme Oil rig on fire.",
        "The author owns shares of Acme Bank, which collapsed.",
        "The writer has disclosed positions in Acme Bank before it collapsed.",
        "Important notice: Acme Bank has filed for bankruptcy.",
        "Legal notice: Acme Bank has been sued for 3 billion.",
        "Risk warning: Acme Bank may default.",
        "NFA fines Acme Bank for fraud.",
    ],
)
@pytest.mark.parametrize("between", [" ", "\n"])
def test_news_behind_other_news_stays(news: str, between: str) -> None:
    assert without_boilerplate(f"Stocks fall.{between}{news}") == f"Stocks fall.{between}{news}"


def test_news_behind_small_print_stay_where_they_are_more() -> None:
    news = "Acme Bank collapses after a run on deposits, and its chief is arrested."
    for between in ("Disclaimer: sponsored.", "This is not financial advice.", "About Acme\nAcme is a bank."):
        assert without_boilerplate(f"Morning note\n{between}\n{news}") == f"Morning note\n{news}"
    assert without_boilerplate(f"Morning note. Read more here. {news}") == f"Morning note. {news}"
    assert without_boilerplate(f"{news}\nDisclaimer: sponsored.\nTake care.") == news


def test_the_text_goes_on_behind_a_line() -> None:
    text = "Lender loses a third of its deposits.\nSign up for our newsletter\nIts chief resigns."
    assert without_boilerplate(text).split("\n") == [NEWS, "", "Its chief resigns."]


def test_cashtags_stay() -> None:
    assert "$IBM" in without_boilerplate(f"{NEWS} Subscribe here: http://wire.example $IBM $T")


@pytest.mark.parametrize(
    "piece",
    [
        "Read more ", "a. ", "This article ", "\n", "| ", "( ", "Disclaimer", ". The post ", "- ", "Read more a. ",
        "Disclaimer: a.\n", "This e-mail is ", "Trading in crypto ", "About Acme\nAcme ", "--\nA B\n", "Copyright A B ",
    ],
)  # fmt: skip
def test_the_longest_text_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    clean((NEWS + piece * 65_536)[:65_536])
    assert time.process_time() - started < 15  # some hundredths of a second; what goes back takes minutes
