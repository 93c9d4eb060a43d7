"""Which texts are one story, where companies meet: issuers, denials, house style, wrapping; English and Chinese."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.pipeline.documents.document import Document
from stream.pipeline.stories.house_style import in_house_style
from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.outlets import is_outlet
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.stories.wording import bare_words

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def are_one(one: str, two: str, source: str = "wire") -> bool:
    """Whether the second text falls to the story of the first; the same the other way round."""
    answers = set()
    for pair in ((one, two), (two, one)):
        memory = StoryMemory()
        documents = [Document(id=text, source=source, published_at=AT, text=text) for text in pair]
        first, second = [memory.assign(signature_of(document)) for document in documents]
        answers.add(first == second)
    assert len(answers) == 1, (one, two)
    return answers.pop()


DENIALS = [
    ("Bank X is insolvent", "Bank X is not insolvent"),
    ("Bank X is insolvent, says the regulator", "Bank X isn't insolvent, says the regulator"),
    ("Bank X has missed a payment on its bonds", "Bank X has not missed a payment on its bonds"),
    ("Bank X has missed a payment on its bonds", "Bank X hasn’t missed a payment on its bonds"),
    ("Bank X has missed a payment on its bonds", "Bank X has never missed a payment on its bonds"),
    ("Bank X will freeze withdrawals from Monday", "Bank X will not freeze withdrawals from Monday"),
    ("Bank X will freeze withdrawals from Monday", "Bank X won't freeze withdrawals from Monday"),
    ("Bank X plans to raise fresh capital", "Bank X has no plans to raise fresh capital"),
    ("Bank X is in talks with a rescuer", "Bank X is no longer in talks with a rescuer"),
    ("Bank X freezes withdrawals in three cities", "Bank X denies it freezes withdrawals in three cities"),
    ("Bank X default on its bonds in March", "Bank X denies default on its bonds in March"),
    ("Bank X to sell its unit in Asia", "Bank X rules out plan to sell its unit in Asia"),
    ("Bank X to sell its unit in Asia", "Bank X scraps plan to sell its unit in Asia"),
    ("Merger of Bank X with Bank Y is on", "Merger of Bank X with Bank Y is off"),
    ("Bank X is insolvent", "Report that Bank X is insolvent is false, says CEO"),
    ("Bank X insolvency rumours in the market", "Bank X insolvency rumours in the market are unfounded"),
    ("Bank X faces a run on deposits", "Is it true that Bank X faces a run on deposits? Regulator denies"),
    ("央行宣布下调存款准备金率", "央行否认下调存款准备金率"),
    ("央行下调存款准备金率", "央行下调存款准备金率？央行否认"),
    ("某银行发生挤兑", "某银行没有发生挤兑"),
    ("某银行发生挤兑", "某银行辟谣发生挤兑"),
    ("某公司将被退市", "某公司不会被退市"),
    ("某公司股东计划减持股份", "某公司股东不再计划减持股份"),
    ("某公司债券违约传闻", "某公司债券违约传闻不实"),
    ("某公司债券违约传闻", "某公司債券違約傳聞不實"),
    ("某公司债券违约传闻", "某公司债券违约传闻不属实"),
    ("证监会批准该公司上市申请", "证监会未批准该公司上市申请"),
    ("股东大会通过重组方案", "股东大会未通过重组方案"),
    ("某公司债券如期兑付本息", "某公司债券无法如期兑付本息"),
]


@pytest.mark.parametrize(("claim", "denial"), DENIALS)
def test_a_denial_is_no_copy_of_the_claim(claim: str, denial: str) -> None:
    assert not are_one(claim, denial)


@pytest.mark.parametrize("text", [text for pair in DENIALS for text in pair])
def test_a_copy_of_a_claim_or_a_denial_is_one(text: str) -> None:
    assert are_one(text, f"RT @wire: {text.upper()}! https://t.co/1")


def test_a_denial_in_a_long_text_is_no_copy_and_another_sentence_with_a_not_is_one() -> None:
    rest = (
        "two people familiar with the matter said on Sunday evening after a meeting of the board in Frankfurt that "
        "went on for most of the day, and asked the central bank for help in the coming weeks"
    )
    assert not are_one(f"Bank X plans to raise capital, {rest}", f"Bank X has no plans to raise capital, {rest}")
    assert are_one(
        f"Bank X plans to raise capital, {rest}", f"Bank X plans to raise capital, {rest}. It did not comment."
    )


ISSUERS = (
    "Deutsche Bank",
    "Credit Suisse",
    "SVB Financial",
    "Evergrande",
    "Canada Post",
    "Amazon.com",
    "贵州茅台",
    "中国平安",
)
WARNINGS = (
    "Profit warning - {}",
    "Shares halted – {}",
    "Rating cut to junk | {}",
    "Trading update for the third quarter — {}",
    "Holding(s) in Company • {}",
    "Crash! #{}",
    "Full story: {} falls 5 %",
    "Read more: {} falls 5 %",
    "Subscribe now: {}",
    "Alert! Full story on {}",
    "{} (NYSE: X) - Profit warning",
    "BREAKING: {}",
    "@user https://t.co/1 #{}",
    "业绩预告 - {}",
    "【{}】业绩预增",
    "快讯：{}",
)


@pytest.mark.parametrize("warning", WARNINGS)
def test_reports_of_one_form_on_different_companies_stay_apart(warning: str) -> None:
    texts = [warning.format(issuer.replace(" ", "") if "#" in warning else issuer) for issuer in ISSUERS]
    memory = StoryMemory()
    documents = [Document(id=text, source="wire", published_at=AT, text=text) for text in texts]
    assert len({memory.assign(signature_of(document)) for document in documents}) == len(ISSUERS)


LONG = (
    "Moody's said on Monday it has downgraded the long-term deposit and senior unsecured debt ratings of {} by one "
    "notch to Baa1 with a negative outlook citing weaker profitability",
    "Regulators in three countries have opened a formal investigation into accounting practices while {} executives "
    "face questions after a whistleblower told them that losses were hidden for years, people familiar with it said",
    "INVESTIGATION ALERT: The Law Firm of A. Writer Encourages Investors in {} with Losses in Excess of $100,000 to "
    "Contact the Firm Before the Deadline of the Lead Plaintiff",
    "Customers have taken their deposits from {} after a bank run at a smaller lender, which has asked the central "
    "bank for help, and the regulator met each bank of the country on Sunday evening",
)
NAMES = ("UniCredit", "Deutsche Bank", "Credit Suisse", "Bank of America", "First Republic Bank", "17 Education Group")


@pytest.mark.parametrize("report", LONG)
def test_long_reports_of_one_form_on_different_companies_stay_apart(report: str) -> None:
    for one, two in combinations(NAMES, 2):
        assert not are_one(report.format(one), report.format(two)), (one, two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("the EU", "the European Union"),
        ("the ECB", "the European Central Bank"),
        ("Blackstone", "Blackstone Group"),
        ("chair Powell", "chair Jerome Powell"),
        ("Société Générale", "Societe Generale"),
        ("Deutsche Bank", "DEUTSCHE BANK"),
        ("the lender", "that lender"),
    ],
)
def test_one_name_in_two_forms_is_one_story(one: str, two: str) -> None:
    for report in LONG:
        assert are_one(report.format(one), report.format(two)), report


NEWS = "Lender loses a third of its deposits"


@pytest.mark.parametrize(
    "dressed",
    [
        f"{NEWS} - Reuters",
        f"{NEWS} – BLOOMBERG NEWS",
        f"{NEWS} | the wall street journal",
        f"{NEWS} — The Straits Times",
        f"{NEWS}|财联社",
        f"{NEWS} - Wire Seven",
        f"{NEWS} - wireseven.example",
        f"{NEWS} - Reuters | Markets Insider",
        f"LONDON, Jan 5 (Reuters) - {NEWS}",
        f"FRANKFURT (dpa-AFX) - {NEWS}",
        f"(AP) — {NEWS}",
        f"BREAKING: {NEWS}",
        f"UPDATE 2-{NEWS}",
        f"Full story: {NEWS}",
        f"RT @a: {NEWS} #banks #deposits",
        f"{NEWS} https://t.co/1",
        f"【快讯】{NEWS}",
        f"快讯：{NEWS}",
        f"财联社11月28日电，{NEWS}",
        f"新华社北京11月28日电（记者某某）{NEWS}",
        f"每经AI快讯，{NEWS}",
        f"格隆汇11月28日丨{NEWS}",
        f"<p>{NEWS}&nbsp;</p>",
    ],
)
def test_what_is_wrapped_around_a_text_makes_no_other_story(dressed: str) -> None:
    assert bare_words(dressed, "rss/wireseven.example") == bare_words(NEWS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3%", "3 percent"),
        ("3%", "3 per cent"),
        ("3 %", "3 pct"),
        ("3.0%", "3%"),
        ("$2.5bn", "$2.5 billion"),
        ("$2.5bn", "2.5 billion dollars"),
        ("$2.5bn", "US$2.5 bln"),
        ("$2.5bn", "USD 2.5bn"),
        ("€40m", "40 million euros"),
        ("€40m", "EUR 40 mln"),
        ("£3m", "3 million pounds"),
        ("$1.2tn", "$1.2 trillion"),
        ("1,500", "1500"),
        ("1,500,000", "1500000"),
        ("$5", "5 dollars"),
        ("25bps", "25 basis points"),
        ("25 bps", "25 bp"),
        ("U.S.", "US"),
        ("third quarter", "Q3"),
        ("third-quarter", "Q3"),
        ("two", "2"),
        ("Nov. 28", "November 28"),
        ("10K", "10 thousand"),
        ("¥300bn", "300 billion yen"),
    ],
)
def test_house_styles_of_amounts_are_one_story(one: str, other: str) -> None:
    text = "Bank X told investors of {} in a statement"
    assert bare_words(text.format(one)) == bare_words(text.format(other))
    assert are_one(text.format(one), text.format(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("3%", "4%"), ("$2.5bn", "$2.5m"), ("$5bn", "€5bn"), ("1,500", "15,00"), ("3%", "3bps"), ("Q2", "third quarter"),
     ("two", "3"), ("1.5", "15"), ("$2.5bn", "$3.5 billion"), ("2.50", "2.05")],
)  # fmt: skip
def test_other_amounts_are_other_stories(one: str, other: str) -> None:
    text = "Bank X told investors of {} in a statement"
    assert not are_one(text.format(one), text.format(other))


CHINESE = "贵州茅台发布三季报净利润同比增长百分之十"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (f"{CHINESE}！", True),
        (f"【快讯】{CHINESE}", True),
        (f"财联社11月28日电，{CHINESE}。", True),
        (f"{CHINESE}_新浪财经", True),
        (f"{CHINESE} | 财联社", True),
        ("贵州茅台发布三季报 净利润同比增长百分之十", True),
        ("贵州茅台发布三季报净利润同比增长百分之十，超出市场预期", True),
        ("五粮液发布三季报净利润同比增长百分之十", False),
        ("贵州茅台发布三季报净利润同比下降百分之十", False),
        ("贵州茅台发布二季报净利润同比增长百分之十", False),
    ],
)
def test_chinese_is_compared_by_characters(text: str, same: bool) -> None:
    assert are_one(CHINESE, text) is same


@pytest.mark.parametrize(
    ("name", "outlet"),
    [("Reuters", True), ("YAHOO FINANCE", True), ("Barron’s", True), ("路透", True), ("Wire Seven", True),
     ("Deutsche Bank", False),
     ("Times", False), ("News Corp", False), ("Amazon.com", False), ("Deutsche Post", False), ("—", False)],
)  # fmt: skip
def test_outlets_are_a_list(name: str, outlet: bool) -> None:
    assert is_outlet(name, "rss/www.wire-seven.com") is outlet


@given(st.text(max_size=60))
def test_no_text_becomes_empty(text: str) -> None:
    document = Document(id="1", source="s", published_at=AT, text=text)
    in_house_style(text.casefold())
    assert bare_words(text) or not text.strip() or not signature_of(document).size


@pytest.mark.parametrize(
    "text", ["https://t.co/1", "@user", "#fail", "🚀🚀", "...", "Read more", "BREAKING:", "- Reuters"]
)
def test_what_is_nothing_but_wrapping_keeps_it(text: str) -> None:
    assert bare_words(text)


CLAIM = "Bank X faces a run on deposits in three cities"


@pytest.mark.parametrize(
    "denial",
    ["FALSE: {}", "False - {}", "Fake news: {}", "FAKE! {}", "[Fake] {}", "Hoax: {}", "Debunked: {}", "Fact check: {}",
     "Untrue: {}", "This is false: {}", "It's a hoax: {}", "#FakeNews: {}", "{} #FakeNews", "{} is a hoax",
     "{} is fake", "{} is unfounded", "{}: baseless, says CEO", "{} is not the case", "{} is groundless",
     "{} is nonsense",
     "Report that {} was debunked", "{} - made up, says bank", "Regulator says {} is incorrect",
     "Bank X avoids a run on deposits in three cities", "Bank X quashes talk of a run on deposits in three cities"],
)  # fmt: skip
def test_a_denial_first_or_in_other_words_is_no_copy_of_the_claim(denial: str) -> None:
    assert not are_one(
        "Bank X a run on deposits in three cities" if "{}" not in denial else CLAIM, denial.format(CLAIM)
    )


@pytest.mark.parametrize("sign", [". ", "? ", "! ", " - ", ", ", "; ", "... ", "\n"])
@pytest.mark.parametrize(
    "denial",
    ["Fake news", "This is false", "False", "Hoax", "It is untrue", "Debunked", "Not true", "The report is false",
     "Bank denied"],
)  # fmt: skip
def test_a_denial_in_a_sentence_of_its_own_is_no_copy_of_the_claim(denial: str, sign: str) -> None:
    assert not any(are_one(CLAIM, CLAIM + sign + denial + end) for end in ("", ".", "!"))


@pytest.mark.parametrize("more", ["Why not?", "Bank Y insolvency is a hoax.", "Fed says no cuts.", "That is not all."])
def test_a_sentence_that_says_more_denies_itself_alone(more: str) -> None:
    assert are_one(CLAIM, f"{CLAIM}. {more}")


@pytest.mark.parametrize("rumour", ["Rumour: {}", "RUMOUR - {}", "Market rumour: {}", "Exclusive: {}", "Fact: {}"])
def test_a_rumour_is_no_denial(rumour: str) -> None:
    assert are_one(CLAIM, rumour.format(CLAIM))


def test_a_label_denies_the_sentence_behind_it_alone() -> None:
    assert bare_words("Hoax: lender fails. Lender opens") == bare_words("Fake news! Lender fails.\nLender opens")
    assert bare_words("Hoax: lender fails. Lender opens")[-2:] == ["lender", "opens"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("+5%", "-5%"), ("(+5%)", "(-5%)"), ("+5 pct", "-5 pct"), ("+5pc", "-5pc"), ("+5%", "−5%"), ("+5%", "–5%"),
     ("▲5%", "▼5%"), ("▲ 5%", "▼ 5%"), ("+$5m", "-$5m"), ("+25bps", "-25bps"), ("+300", "-300")],
)  # fmt: skip
def test_a_sign_parts_from_the_opposite_sign_only(one: str, other: str) -> None:
    text = "Shares of Nokia {} after results in Helsinki"
    assert not are_one(text.format(one), text.format(other))
    for sign in (one, other):
        assert are_one(text.format(sign), text.format(sign.strip("()+-−–▲▼ ")))
    assert not are_one(f"Shares {one} after results", f"Shares {other} after results")


@pytest.mark.parametrize(
    "text", ["5-10%", "5%-10%", "Q3-2024", "covid-19", "- 5%", "the -2- biggest", "x-5%", "3月-5月"]
)
def test_a_range_or_a_hyphen_is_no_sign(text: str) -> None:
    assert not {word[-1] for word in bare_words(f"Shares of {text}")} & {"\ue006", "\ue007"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("US jobless claims jump to highest since 2020", "German jobless claims jump to highest since 2020"),
        ("Moody's cuts outlook on U.S. banks", "Moody's cuts outlook on Swiss banks"),
        ("U.S. bans Huawei from 5G networks", "UK bans Huawei from 5G networks"),
        ("US CRUDE OIL FUTURES TURN POSITIVE", "BRENT CRUDE OIL FUTURES TURN POSITIVE"),
        ("German retail sales fall in May", "German retail sales fall in April"),
        ("May retail sales fall in Germany", "April retail sales fall in Germany"),
        ("GERMAN RETAIL SALES FALL IN MAY", "GERMAN RETAIL SALES FALL IN JUNE"),
        ("August 7, 2014: Mecklai Financial report", "May 7, 2014: Mecklai Financial report"),
        ("IT shares lead losses on Sensex today", "FMCG shares lead losses on Sensex today"),
        ("$NOW beats estimates in the quarter", "$ALL beats estimates in the quarter"),
        (
            "3M files for bankruptcy protection in Delaware court",
            "Dow files for bankruptcy protection in Delaware court",
        ),
        ("2U downgraded to hold from buy at HSBC", "Boeing downgraded to hold from buy at HSBC"),
        ("7-Eleven downgraded to hold from buy at HSBC", "Boeing downgraded to hold from buy at HSBC"),
    ],
)
def test_a_name_that_reads_as_another_word_tells_reports_apart(one: str, other: str) -> None:
    assert not are_one(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("US bans Huawei from networks", "U.S. bans Huawei from networks"),
        ("US bans Huawei from networks", "USA bans Huawei from networks"),
        ("US bans Huawei from networks", "US BANS HUAWEI FROM NETWORKS"),
        ("US bans Huawei from networks", "us bans huawei from networks"),
        ("U.S. denies U.S. plan to tax banks", "us denies us plan to tax banks"),
        ("German retail sales fall in May", "GERMAN RETAIL SALES FALL IN MAY"),
        ("Bank may cut jobs in London", "Bank May Cut Jobs In London"),
        ("IT shares lead losses", "it shares lead losses"),
        ("$ALL beats", "all beats"),
        ("3M cuts its forecast for the year", "3m cuts its forecast for the year"),
        ("Bank raises 3M in fresh funding today", "Bank raises 3 million in fresh funding today"),
        ("Bank pays 3M US dollars to regulators", "Bank pays $3 million to regulators"),
        ("App of the bank has 3M users in Brazil", "App of the bank has 3 million users in Brazil"),
        ("Bank pays SEK 3M to regulators", "Bank pays 3 million SEK to regulators"),
        ("Bank takes up a 3M-euro loan", "Bank takes up a 3 million-euro loan"),
    ],
)
def test_a_copy_in_other_capitals_is_one(one: str, other: str) -> None:
    assert are_one(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EUR10.5 million", "€10.5 million"),
        ("EUR10.5m", "EUR 10.5 million"),
        ("USD15M", "$15M"),
        ("GBP5.2bn", "£5.2bn"),
        ("SEK10.5m", "SEK 10.5 million"),
        ("BRL607.2 million", "607.2m BRL"),
        ("$44 million CAD", "CAD 44m"),
        ("Rs500 crore", "Rs. 500 crore"),
        ("CHF5m", "5 million Swiss francs"),
        ("Sfr 2.5 billion", "CHF 2.5bn"),
        ("$1,500 million", "$1.5 billion"),
        ("0.5bn", "500m"),
        ("5 million US dollars", "$5m"),
        ("U.S.$4.5bn", "US$4.5 billion"),
        ("40,000 USD", "$40,000"),
        ("0.25 percentage points", "25 bps"),
    ],
)
def test_codes_and_scales_of_amounts_are_one_story(one: str, other: str) -> None:
    text = "Bank X told investors of {} in a statement"
    assert bare_words(text.format(one)) == bare_words(text.format(other))


def test_a_date_is_no_fraction() -> None:
    assert bare_words("on 2019.10.12") != bare_words("on 2019.1.12")
