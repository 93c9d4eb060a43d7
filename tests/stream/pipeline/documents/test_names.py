"""Names and tickers as people write them: about twenty forms of each kind."""

from __future__ import annotations

import pytest

from stream.pipeline.documents.watchlist import Entry, Watchlist

NAMES = (
    "AT&T", "S&P 500", "McDonald's", "Berkshire Hathaway", "Moody's", "L'Oréal", "Ørsted", "A.P. Møller - Mærsk",
    "PKO Bank Polski SA", "Łódź", "Işbank", "Münchener Rück", "Coca-Cola", "贵州茅台", "貴州茅臺", "腾讯", "汇丰控股",
    "台積電", "中国平安", "摩根士丹利",
    "Johnson & Johnson", "Marks and Spencer", "J.P. Morgan", "US Steel", "DAX40", "Bank of America", "Yum! Brands",
    "Booking.com", "Tesla", "Société Générale",
)  # fmt: skip
NAMED = Watchlist([Entry(name=name) for name in NAMES])


def found(watchlist: Watchlist, text: str) -> list[str]:
    return sorted(entry.name for entry in watchlist.entries_in(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # what a page or a feed wraps around it
        ("AT&amp;T cuts its dividend", "AT&T"),
        ("AT&amp;amp;T cuts its dividend", "AT&T"),
        ("AT & T cuts its dividend", "AT&T"),
        ("S&amp;P 500 slides", "S&P 500"),
        ("S&#38;P 500 slides", "S&P 500"),
        ("McDonald&#39;s recalls", "McDonald's"),
        ("McDonald&#x27;s recalls", "McDonald's"),
        ("McDonald&rsquo;s recalls", "McDonald's"),
        ("McDonald&apos;s recalls", "McDonald's"),
        ("Berkshire&nbsp;Hathaway sells", "Berkshire Hathaway"),
        ("Berkshire&#160;Hathaway sells", "Berkshire Hathaway"),
        ("Berk&shy;shire Hathaway sells", "Berkshire Hathaway"),
        ("<b>Tesla</b>&lt;br&gt;recalls", "Tesla"),
        ("<p>Johnson &amp; Johnson</p> sued", "Johnson & Johnson"),
        ("Soci&eacute;t&eacute; G&eacute;n&eacute;rale warns", "Société Générale"),
        ("Moody&#8217;s cuts", "Moody's"),
        ("L&#39;Or&eacute;al sells", "L'Oréal"),
        ("Coca&ndash;Cola sells", "Coca-Cola"),
        ("&Oslash;rsted writes down", "Ørsted"),
        ("Te<wbr>sla recalls", "Tesla"),
        # apostrophes
        ("McDonald’s recalls", "McDonald's"),
        ("McDonald‘s recalls", "McDonald's"),
        ("McDonald´s recalls", "McDonald's"),
        ("McDonald`s recalls", "McDonald's"),
        ("McDonaldʼs recalls", "McDonald's"),
        ("McDonald′s recalls", "McDonald's"),
        ("McDonald＇s recalls", "McDonald's"),
        ("MOODY’S cuts", "Moody's"),
        ("L’Oreal’s sales", "L'Oréal"),
        ("Tesla’s margin", "Tesla"),
        # signs that cannot be seen, or look the same
        ("Te\u200bsla recalls", "Tesla"),
        ("Te\u00adsla recalls", "Tesla"),
        ("\ufeffTesla recalls", "Tesla"),
        ("Te\u2060sla recalls", "Tesla"),
        ("Tesla™ recalls", "Tesla"),
        ("Ｔｅｓｌａ recalls", "Tesla"),
        ("𝐓𝐞𝐬𝐥𝐚 recalls", "Tesla"),
        ("Berkshire\u00a0Hathaway, Berkshire\u202fHathaway", "Berkshire Hathaway"),
        ("Berkshire  \n Hathaway", "Berkshire Hathaway"),
        ("Coca\u2011Cola, Coca–Cola", "Coca-Cola"),
        # letters
        ("Orsted writes down", "Ørsted"),
        ("ORSTED writes down", "Ørsted"),
        ("ørsted writes down", "Ørsted"),
        ("Oersted writes down", "Ørsted"),
        ("A.P. Moller-Maersk", "A.P. Møller - Mærsk"),
        ("A. P. Moller Maersk", "A.P. Møller - Mærsk"),
        ("Lodz pays", "Łódź"),
        ("ŁÓDŹ pays", "Łódź"),
        ("Isbank lends", "Işbank"),
        ("ışbank lends", "Işbank"),
        ("Munchener Ruck insures", "Münchener Rück"),
        ("Muenchener Rueck insures", "Münchener Rück"),
        ("Mu\u0308nchener Ru\u0308ck insures", "Münchener Rück"),
        ("SOCIETE GENERALE warns", "Société Générale"),
        # Han
        ("贵州 茅台涨停", "贵州茅台"),
        ("贵 州 茅 台", "贵州茅台"),
        ("贵州\u3000茅台涨停", "贵州茅台"),
        ("关于贵州茅台的公告", "贵州茅台"),
        ("贵州\u200b茅台", "贵州茅台"),
        ("摩根·士丹利下调评级", "摩根士丹利"),
        ("貴州茅臺漲停", "贵州茅台"),
        ("贵州茅台涨停", "貴州茅臺"),
        ("騰訊控股(00700.HK)下挫", "腾讯"),
        ("匯豐控股回購股份", "汇丰控股"),
        ("台积电扩产", "台積電"),
        ("买入中国 平安（601318）", "中国平安"),
        # other ways to write a name
        ("S&P500 slides", "S&P 500"),
        ("S & P 500 slides", "S&P 500"),
        ("S&P-500 slides", "S&P 500"),
        ("DAX 40 slides", "DAX40"),
        ("Johnson&Johnson sued", "Johnson & Johnson"),
        ("Johnson and Johnson sued", "Johnson & Johnson"),
        ("Marks & Spencer sells", "Marks and Spencer"),
        ("JP Morgan lends", "J.P. Morgan"),
        ("J. P. Morgan lends", "J.P. Morgan"),
        ("J P Morgan lends", "J.P. Morgan"),
        ("U.S. Steel sells", "US Steel"),
        ("Yum Brands sells", "Yum! Brands"),
        ("#BankOfAmerica", "Bank of America"),
        ("#bankofamerica #Tesla", "Bank of America"),
        ("#CocaCola", "Coca-Cola"),
        ("booking.com cuts jobs", "Booking.com"),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, name: str) -> None:
    assert name in found(NAMED, text)


@pytest.mark.parametrize(
    "text",
    [
        "https://tesla.com/models",
        "HTTP://WWW.TESLA.COM",
        "see www.tesla.com",
        "tesla.com/ir",
        "ir.tesla.com",
        "tesla.com.",
        "read it on tesla.com",
        "write to tesla@example.com",
        "write to ir@tesla.com",
        "Investor.Relations+Tesla@mail.tesla.co.uk",
        "@Tesla",
        "@tesla: what now",
        "RT @Tesla: what now",
        "＠Tesla",
        "@tesla@mastodon.example",
        "pic.example.com/Tesla-1",
        "https://t.co/Tesla苹果",
        "https://example.com/?q=Tesla&amp;x=1",
        "example.org/a/Tesla.html",
        "<a href='https://tesla.com'>here</a>",
    ],
)
def test_links_mentions_and_addresses_name_nobody(text: str) -> None:
    assert found(NAMED, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Tesla: https://t.co/1",
        "Tesla@work",
        "Tesla @ 5",
        "@user Tesla",
        "(Tesla)https://a.b",
        "Tesla/SpaceX",
        "和@某人 Tesla",
    ],
)
def test_beside_them_names_count(text: str) -> None:
    assert found(NAMED, text) == ["Tesla"]


LETTERS = Watchlist(
    [
        *(Entry(name=f"the one of {ticker}", tickers=(ticker,)) for ticker in (
            "T", "F", "A", "C", "U", "D", "S", "V", "IT", "ON", "MU", "AI", "GE", "ALL", "NOW", "TSLA", "BP.L", "M&M.NS"
        )),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "U.S. stocks fall",
        "U.S stocks fall",
        "The U.S.A. and the U.N. agree",
        "A.I. stocks fall",
        "A.I stocks fall",
        "F.D.A. approves",
        "D.C. court rules",
        "S.E.C. sues",
        "C.E.O. quits",
        "C.E.O quits",
        "I.T. spending falls",
        "P.O. Box, A.L. East, D.O.T. rule",
        "BREAKING: IT stocks tumble",
        "UPDATE: A wave of selling",
        "EXPLAINER: ON the brink",
        "WATCH: F words",
        "TSX-listed A shares",
        "(TSX-V:$BUD)",
        "HK: A shares slide, H shares gain",
        "Aim: A quick deal",
        "nyse on the brink",
        "Nasdaq IT stocks",
        "T shares, T-shirts and a Model T",
        "ALL EYES ON THE FED",
        "NOW IT IS ALL OVER",
        "FED'S POWELL: ALL OPTIONS ON TABLE NOW",
        "BREAKING NEWS: STOCKS FALL NOW https://t.co/x",
        "RT @user: ALL IN, TSLA CALLS",
        "all now, tsla and it",
        "A$ 5, US$ 3, C$T",
        "BP plc, BP. Later",
        "伯克希尔哈撒韦(BRK.A.US)上半年净利润",
        "HEI.A.US, RDS.A.US and TCK/A.TO",
        "BRK/A:US and LGF.A:US",
        "BRK/A US Equity",
        "BRK A US Equity",
        "AT&T US Equity",
        "Class A US Equity fund, share class A US Equity fund",
        "Vitamin C US Equity",
        "Hepatitis A:US cases",
        "Plan D:US",
        "NYSE: A tale",
        "Nasdaq: A fall of 2%",
        "NYSE - A good day",
        "BSE: A group shares fall, BSE: A-group",
        "NSE: F&O ban",
        "CBOE: V-shaped",
        "NYSE: T-bills",
        "M&M candy and M&Ms",
    ],
)
def test_words_and_abbreviations_are_no_tickers(text: str) -> None:
    assert found(LETTERS, text) == []


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("(Nasdaq: MU) beats", "MU"),
        ("(NASDAQ:MU) beats", "MU"),
        ("(nasdaq: MU) beats", "MU"),
        ("NASDAQ : MU", "MU"),
        ("NasdaqGS:MU", "MU"),
        ("AT&T (NYSE - T) falls", "T"),
        ("NYSE – T falls", "T"),
        ("NYSE-T falls", "T"),
        ("(NYSE T) falls", "T"),
        ("(NYSE/T) falls", "T"),
        ("New York Stock Exchange (NYSE): T", "T"),
        ("NYSE American: GE", "GE"),
        ("Ticker: T", "T"),
        ("T US Equity falls", "T"),
        ("T UN Equity falls", "T"),
        ("T.N down 3 percent", "T"),
        ("MU.O down 3 percent", "MU"),
        ("AI.N, ON.O and IT.N", "IT"),
        ("$T $F", "T"),
        ("$t", "T"),
        ("＄T", "T"),
        ("TSLA falls", "TSLA"),
        ("TSLA TSLA!", "TSLA"),
        ("TSLA 大跌", "TSLA"),
        ("BREAKING NEWS\nShares of TSLA fall", "TSLA"),
        ("SELL EVERYTHING $TSLA", "TSLA"),
        ("SHARES OF TESLA (NASDAQ: TSLA) FALL", "TSLA"),
        ("#TSLA falls", "TSLA"),
        ("(NYSE:T)'s", "T"),
        ("NYSE: T, Nasdaq: MU", "T"),
        ("NYSE: T falls", "T"),
        ("GE.N/T.N fall", "T"),
        ("AI.OQ/T.N fall", "T"),
        ("sell C US Equity", "C"),
        ("BP.L falls", "BP.L"),
        ("(LSE: BP)", "BP.L"),
        ("(LON:BP)", "BP.L"),
        ("BP LN Equity", "BP.L"),
        ("M&amp;M.NS falls", "M&M.NS"),
        ("NSE: M&M", "M&M.NS"),
    ],
)
def test_a_ticker_counts_with_a_sign_or_by_three_capitals(text: str, ticker: str) -> None:
    assert f"the one of {ticker}" in found(LETTERS, text)


DIGITS = Watchlist(
    [
        Entry(name="Tencent", tickers=("0700.HK",)),
        Entry(name="the one of 700", tickers=("700",)),
        Entry(name="Moutai", tickers=("600519.SS",)),
        Entry(name="Ping An Bank", tickers=("000001",)),
        Entry(name="Toyota", tickers=("7203.T",)),
    ]
)
HK = ["Tencent", "the one of 700"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Tencent Holdings 0700.HK", HK),
        ("0700.hk", HK),
        ("700.HK falls", HK),
        ("(00700.HK)", HK),
        ("(HKEX: 700)", HK),
        ("SEHK：00700", HK),
        ("(HKG:0700)", HK),
        ("HK00700", HK),
        ("700 HK Equity", HK),
        ("(700 HK)", HK),
        ("Stock code: 700", HK),
        ("股份代號：00700", HK),
        ("$0700.HK", HK),
        ("600519.SS", ["Moutai"]),
        ("600519.SH涨停", ["Moutai"]),
        ("SH600519", ["Moutai"]),
        ("sh600519", ["Moutai"]),
        ("SHA:600519", ["Moutai"]),
        ("贵州茅台(600519)涨停", ["Moutai"]),
        ("贵州茅台（600519）", ["Moutai"]),
        ("股票代码：600519", ["Moutai"]),
        ("600519 CH Equity", ["Moutai"]),
        ("600519 SH", ["Moutai"]),
        ("SH 600519跌停", ["Moutai"]),
        ("茅台 SH 600519", ["Moutai"]),
        ("SZ 000001大跌", ["Ping An Bank"]),
        ("HK 00700急挫", HK),
        ("00700 HK急挫", HK),
        ("科创板：600519", ["Moutai"]),
        ("创业板：000001", ["Ping An Bank"]),
        ("创业板000001大跌", ["Ping An Bank"]),
        ("沪A：600519", ["Moutai"]),
        ("深A：000001", ["Ping An Bank"]),
        ("600519 CH跌停", ["Moutai"]),
        ("〔600519〕跌停", ["Moutai"]),
        ("$000001", ["Ping An Bank"]),
        ("000001.SZ", ["Ping An Bank"]),
        ("SZ000001", ["Ping An Bank"]),
        ("7203.T and TYO: 7203", ["Toyota"]),
        ("7203 JP Equity", ["Toyota"]),
        # money and counts
        ("$700 million", []),
        ("$700", []),
        ("costs $700 today", []),
        ("$700m, $700bn, $700k", []),
        ("HK$700 a share", []),
        ("US$700", []),
        ("drops 700 points", []),
        ("700 jobs go", []),
        ("S&P at 700.", []),
        ("1,700.HK", []),
        ("up 0700 to 700", []),
        ("7203 jobs", []),
        ("2,700 HK dollars", []),
        ("700 HK residents", []),
        ("HK 7203 jobs", []),
        ("0700 HK time", []),
        ("00700 HKD", []),
        ("600519 CHF", []),
        ("CH 600519", []),
        ("SZ 600519跌停", []),
        ("SH 600519只股票", []),
        ("【0700】", []),  # as likely an hour or a day
        ("700 US troops", []),
        ("NYSE: 700", ["the one of 700"]),
        ("600519 people", []),
        ("000001 is a number", []),
        ("SZ600519", []),
        ("600519.SZ", []),
        ("0700.T", ["the one of 700"]),
        ("on 7203.Then", []),
    ],
)
def test_digits_count_with_an_exchange(text: str, names: list[str]) -> None:
    assert [name for name in found(DIGITS, text) if name != "the one of 700"] == [
        name for name in names if name != "the one of 700"
    ]
    if names in (HK, []):
        assert found(DIGITS, text) == names


OF_HONG_KONG = Watchlist([Entry(name=f"the one of {code}", tickers=(f"{code:04d}.HK",)) for code in range(1, 2300)])


@pytest.mark.parametrize(
    "text",
    [
        "HK: 5 dead in fire", "HK - 3 firms fined", "HK: 16 injured in bus crash", "HK: 19 Nov", "HK: 700 points lost",
        "Ticker: 5 things to know", "HKEX: 5 firms file for IPO", "HK: 5%", "HK: 5, China: 3", "HK:5-day",
        "HK: 1-0 win",
        "港股：5只新股今日上市", "港股：700只个股下跌", "港股：11月24日收盘", "港股：1500只个股下跌", "H股：1000点",
        "港交所：5家公司", "港交所：1季度盈利", "联交所：5宗", "HK: 2025 budget", "HKEX: 2018 results",
        "港股：2025年报",
        "(5 HK stocks)", "[3 HK banks]", "(2 HK, 3 SG)", "(1000 HK residents)", "5 HK Equity funds",
        "HK50 index falls", "HK500 note", "HK5 billion", "HK100 coin", "hk2",
        "香港股民1398人", "代码 1398",
    ],
)  # fmt: skip
def test_a_sign_before_a_count_makes_no_code_of_it(text: str) -> None:
    assert found(OF_HONG_KONG, text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(HKG:762) rises", 762), ("SMIC (HK:981)to benefit", 981), ("(SEHK: 5; NYSE: HSBC)", 5), ("HK: 700", 700),
        ("(HKEX: 700, OTC: TCEHY)", 700), ("(HKG:2018)?", 2018), ("HKEX: 1398 falls", 1398), ("HK:0700 falls", 700),
        ("Stock code: 5", 5), ("股份代号：388", 388), ("港股：700。", 700), ("H股：1398；", 1398), ("(5 HK)", 5),
        ("HK00700", 700), ("hk0700", 700), ("HK.00700", 700), ("Dongxiang (HK.1818) up", 1818), ("(HK/11)", 11),
        ("中国平安(港股02018)", 2018), ("股份代號00700", 700), ("股份代号1398", 1398), ("5 HK Equity falls", 5),
    ],
)  # fmt: skip
def test_a_short_code_counts_where_it_can_be_no_count(text: str, code: int) -> None:
    assert found(OF_HONG_KONG, text) == [f"the one of {code}"]


SHARES = ("000001.SZ", "000016.SZ", "000688.SZ", "000905.SZ", "600519.SS", "2330.TW", "BABA.N", "000001.SS")
OF_CHINA = Watchlist([Entry(name=f"the one of {ticker}", tickers=(ticker,)) for ticker in SHARES])


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("贵州茅台(600519,股吧)", "600519.SS"), ("贵州茅台(行情600519,诊股)", "600519.SS"),
        ("股票代码600519", "600519.SS"), ("证券代码 600519", "600519.SS"), ("证券代码为“600519”", "600519.SS"),
        ("SH.600519", "600519.SS"), ("(sh.600519)", "600519.SS"), ("600519.XSHG", "600519.SS"),
        ("(600519:SH)", "600519.SS"), ("(600519,SH)", "600519.SS"), ("(沪:600519)", "600519.SS"),
        ("（A股：600519；H股：1398）", "600519.SS"), ("【600519】", "600519.SS"), ("[600519]", "600519.SS"),
        ("（TW:2330）", "2330.TW"), ("2330:TW", "2330.TW"), ("阿里巴巴（BABA,US）", "BABA.N"),
        ("平安银行(000001)", "000001.SZ"), ("(SZ.000001)", "000001.SZ"),
        # Of an index: its own code at the other exchange.
        ("上证指数(000001)跌2%", "000001.SS"), ("上证综指（000001）", "000001.SS"),
    ],
)  # fmt: skip
def test_codes_as_chinese_texts_write_them(text: str, ticker: str) -> None:
    names = found(OF_CHINA, text)
    assert f"the one of {ticker}" in names
    assert ("the one of 000001.SZ" in names) == (ticker == "000001.SZ")


@pytest.mark.parametrize(
    "text",
    [
        "上证50（000016）", "科创50(000688)", "中证500（000905）", "华夏成长混合(000001)", "货币基金（000001）",
        "上证指数000016",
        "（600519人）", "(UK,US)", "600519:跌停",
    ],
)  # fmt: skip
def test_codes_of_indices_and_funds_are_no_shares(text: str) -> None:
    assert found(OF_CHINA, text) == []


OTHER = (
    "BRK-B", "BRK/A", "BTC-USD", "BTC-BRL", "M&M.NS", "^GSPC", "EURUSD=X", "GC=F", "RCI-B.TO", "BF.B", "PBR-A", "1INCH",
)  # fmt: skip
FORMS = Watchlist([Entry(name=f"the one of {ticker}", tickers=(ticker,)) for ticker in OTHER])


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("BRK.B falls", "BRK-B"),
        ("BRK-B falls", "BRK-B"),
        ("BRK/B falls", "BRK-B"),
        ("BRK B falls", "BRK-B"),
        ("$BRK.B", "BRK-B"),
        ("$BRK-B", "BRK-B"),
        ("$BRK/B", "BRK-B"),
        ("$BRKb", "BRK-B"),
        ("$BRKB", "BRK-B"),
        ("$brk.b", "BRK-B"),
        ("BRKb falls", "BRK-B"),
        ("(NYSE: BRK.B)", "BRK-B"),
        ("(NYSE:BRK-B)", "BRK-B"),
        ("BRK/B US Equity", "BRK-B"),
        ("BRK.A", "BRK/A"),
        ("BTC-USD, BTC/USD", "BTC-USD"),
        ("BTCUSD", "BTC-USD"),
        ("BTCBRL", "BTC-BRL"),
        ("$BTC-USD", "BTC-USD"),
        ("M&M.NS", "M&M.NS"),
        ("^GSPC", "^GSPC"),
        ("^gspc", "^GSPC"),
        ("$GSPC", "^GSPC"),
        ("GSPC falls", "^GSPC"),
        ("EURUSD=X", "EURUSD=X"),
        ("EUR/USD falls", "EURUSD=X"),
        ("EURUSD falls", "EURUSD=X"),
        ("GC=F", "GC=F"),
        ("RCI-B.TO, RCI.B.TO", "RCI-B.TO"),
        ("(TSX: RCI.B)", "RCI-B.TO"),
        ("BF.B, BF/B", "BF.B"),
        ("$BF-B", "BF.B"),
        ("PBR.A", "PBR-A"),
        ("1INCH rises", "1INCH"),
    ],
)
def test_tickers_with_signs_in_them(text: str, ticker: str) -> None:
    assert found(FORMS, text) == [f"the one of {ticker}"]


@pytest.mark.parametrize(
    "text", ["BRK", "BRKC", "BRK.C", "BRKB", "btc usd", "M&M", "$GC", "RCI B sells", "BF B", "eur usd"]
)
def test_what_is_another_ticker_or_none(text: str) -> None:
    assert found(FORMS, text) == []


def test_an_entry_may_ask_for_cashtags_alone() -> None:
    watchlist = Watchlist([Entry(name="Allstate Corp", tickers=("ALL", "BRK.B", "0700.HK"), cashtag_only=True)])
    for text in ("$ALL falls", "$all falls", "$BRK.B", "$BRK-B", "$0700.HK", "Allstate Corp"):
        assert found(watchlist, text) == ["Allstate Corp"], text
    for text in ("I sold ALL of it", "(NYSE: ALL)", "ALL.N", "BRK.B", "0700.HK", "HK0700"):
        assert found(watchlist, text) == [], text


INITIALS = Watchlist(
    [
        *(
            Entry(name=name)
            for name in ("J.P. Morgan", "US Bancorp", "T. Rowe Price", "A.P. Møller - Mærsk", "S&P 500")
        ),
        *(Entry(name=name) for name in ("P&G", "M&S", "AT&T", "L and T", "Arthur J. Gallagher", "B Riley", "E.ON SE")),
    ]
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("J.P.Morgan cuts", "J.P. Morgan"), ("U.S.Bancorp", "US Bancorp"), ("U.S. Bancorp", "US Bancorp"),
        ("T.Rowe Price", "T. Rowe Price"), ("T Rowe Price", "T. Rowe Price"), ("T. ROWE PRICE", "T. Rowe Price"),
        ("A.P.Moller-Maersk", "A.P. Møller - Mærsk"), ("AP Moller-Maersk", "A.P. Møller - Mærsk"),
        ("Arthur J.Gallagher", "Arthur J. Gallagher"), ("B. Riley and B.Riley", "B Riley"), ("E.ON SE", "E.ON SE"),
        ("S and P 500 falls", "S&P 500"), ("L and T", "L and T"), ("p&g", "P&G"),
    ],
)  # fmt: skip
def test_initials_and_single_letters_as_people_write_them(text: str, name: str) -> None:
    assert set(found(INITIALS, text)) == {name}


@pytest.mark.parametrize("name", ["J.P.Morgan", "JP Morgan", "J P Morgan", "J. P. Morgan"])
def test_a_list_may_write_initials_in_any_way(name: str) -> None:
    assert found(Watchlist([Entry(name=name)]), "J.P. Morgan") == [name]
    assert found(Watchlist([Entry(name=name)]), "J.P.Morgan") == [name]


@pytest.mark.parametrize(
    "text",
    [
        *("p and g", "at and t", "trust in us. Bancorp", "JPMorganX", "USBancorp", "I'm and so on"),
        *("WHAT WE LOOK AT AND T BILLS FALL", "vitamins P and G", "Groups M and S will play", "s and p 500 falls"),
    ],
)
def test_words_are_no_initials(text: str) -> None:
    assert found(INITIALS, text) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("T-Mobile", "Ford's Model T. Mobile phones sell"), ("Plan B Holdings", "There is no plan B. Holdings rose"),
        ("Series A Capital", "It closed its series A. Capital will go to research"),
    ],
)  # fmt: skip
def test_a_letter_at_the_end_of_a_sentence_is_no_initial(name: str, text: str) -> None:
    assert found(Watchlist([Entry(name=name)]), text) == []


def test_what_is_excluded_is_so_in_each_spelling() -> None:
    excluding = Watchlist(
        [
            Entry(name="S&P", aliases=("S&P 500",), exclude=("S&P Global",)),
            Entry(name="J. Crew", exclude=("J. Crew Factory",)),
        ]
    )
    for text in ("S and P Global reports profit", "J Crew Factory", "J.Crew Factory"):
        assert found(excluding, text) == []


HAN_TICKERS = (
    "BTC", "ETH", "TSLA", "AAPL", "CNC", "APP", "LNG", "MOS", "GIS", "ADP", "FANG", "III", "A", "B", "H", "K", "T", "V",
    "IT", "AI", "ST", "GE",
)  # fmt: skip
BESIDE_HAN = Watchlist([Entry(name=f"the one of {ticker}", tickers=(ticker,)) for ticker in HAN_TICKERS])


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("BTC跌破8万美元", ["BTC"]), ("ETH大跌10%", ["ETH"]), ("币安BTC大跌", ["BTC"]), ("比特币BTC大跌", ["BTC"]),
        ("#BTC大跌", ["BTC"]), ("BTC価格が急落", ["BTC"]), ("BTC가 하락했다", ["BTC"]), ("ビットコインBTC", ["BTC"]),
        ("买入TSLA！", ["TSLA"]), ("美股TSLA大跌", ["TSLA"]), ("苹果AAPL跌", ["AAPL"]), ("買入TSLA", ["TSLA"]),
        ("BTC、ETH大跌", ["BTC", "ETH"]), ("BTC/ETH大跌", ["BTC", "ETH"]), ("WSJ：BTC跌破8万美元", ["BTC"]),
        ("买入$BTC", ["BTC"]), ("买入$btc", ["BTC"]), ("买入$T", ["T"]), ("（纽交所：T）大跌", ["T"]),
        ("（紐交所:T）", ["T"]), ("NYSE:T大跌", ["T"]),
        ("$CNC大跌", ["CNC"]), ("（CNC）大跌", ["CNC"]), ("CNC 大跌", ["CNC"]), ("CNC falls", ["CNC"]),
        ("NYSE:CNC大跌", ["CNC"]), ("APP工厂：CNC、GIS和LNG", ["CNC"]),
    ],
)  # fmt: skip
def test_a_ticker_may_touch_han_kana_and_hangul(text: str, tickers: list[str]) -> None:
    assert found(BESIDE_HAN, text) == [f"the one of {ticker}" for ticker in tickers]


@pytest.mark.parametrize(
    "text",
    [
        "A股大跌", "B股、H股", "AI概念", "IT行业", "5G手机", "K线", "T+1交易", "ST股退市", "*ST股", "大V发声", "GE股价",
        "上交所：A股",
        "港股通：H股", "V型反弹", "K型复苏", "T恤", "A轮融资", "B站", "AH股溢价", "IT관련주", "AI関連株",
        "手机APP下载", "APP崩了",
        "CNC机床", "LNG价格", "MOS管涨价", "GIS系统", "美国5月ADP就业好于预期", "FANG进入熊市", "III期临床",
        "BTCC交易所", "btc大跌", "沪深AAPLE",
    ],
)  # fmt: skip
def test_words_beside_han_are_no_tickers(text: str) -> None:
    assert found(BESIDE_HAN, text) == []
