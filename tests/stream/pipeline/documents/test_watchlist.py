"""What counts as naming an entry."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.text import clean
from stream.pipeline.documents.names import comparable, folded
from stream.pipeline.documents.watchlist import Entry, Watchlist

WATCHLIST = Watchlist(
    [
        Entry(name="Tesla", tickers=("TSLA",)),
        Entry(name="Apple", exclude=("apple pie", "Big Apple"), tickers=("AAPL",)),
        Entry(name="AT&T", tickers=("T",)),
        Entry(name="Bank of America", aliases=("BofA",)),
        Entry(name="America"),
        Entry(name="Nestlé", aliases=("雀巢",)),
        Entry(name="Coca-Cola"),
        Entry(name="Meta", case="exact"),
        Entry(name="Alphabet", aliases=("Google",)),
        Entry(name="Search engines", aliases=("Google",)),
        Entry(name="工商银行", aliases=("ICBC",)),
    ]
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Tesla recalls cars", ["Tesla"]),
        ("TESLA’S margin", ["Tesla"]),
        ("Tesla's margin and Tesla-backed firms", ["Tesla"]),
        ("Teslas on the road", []),
        ("why $TSLA and $tsla fell", ["Tesla"]),
        ("TSLA.O slides", ["Tesla"]),
        ("tsla slides", []),
        ("NASDAQ:TSLA", ["Tesla"]),
        ("Ｔｅｓｌａ", ["Tesla"]),
        ("T. Rowe Price", []),
        ("$T falls, $t too", ["AT&T"]),
        ("(NYSE: T) cuts its dividend", ["AT&T"]),
        ("T.N down 3 percent", ["AT&T"]),
        ("AT&T down", ["AT&T"]),
        ("Apple pie recipes", []),
        ("Apple pie at Apple headquarters", ["Apple"]),
        ("pineapple prices", []),
        ("Life in the Big Apple", []),
        ("Bank of America warns", ["Bank of America"]),
        ("Bank  of\nAmerica and the rest of America", ["Bank of America", "America"]),
        ("NESTLE and nestlé and Nestle\u0301", ["Nestlé"]),
        ("投资者抛售雀巢股票", ["Nestlé"]),
        ("中国工商银行今日公告", ["工商银行"]),
        ("Coca Cola, coca\u2011cola", ["Coca-Cola"]),
        ("Meta cuts jobs", ["Meta"]),
        ("a meta study", []),
        ("Google fined", ["Alphabet", "Search engines"]),
        ("", []),
        ("\ud800 Tesla", ["Tesla"]),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert sorted(entry.name for entry in WATCHLIST.entries_in(text)) == sorted(names)


SUMS = Watchlist([Entry(name="3M"), Entry(name="S&P 500"), Entry(name="1inch"), Entry(name="360 Security")])


@pytest.mark.parametrize(
    "text",
    [
        "Drake bets $1.3M in Bitcoin", "losses exceed USD 3M", "a $3M fine", "raises £ 3M", "€3M for a start-up",
        "1.3M downloads", "2,3M Kunden", "3M users left", "3M+ accounts", "3M Libor rises",
        "EUR 3M bond", "USD3M", "3M-euro loan", "3M BTC moved", "3M T-bills", "3M per day", "3M dollars",
        "1,360 Security guards",
        "Hackers steal data of 3M customers", "More than 3M jobs lost", "Nearly 3M clients hit", "3M workers on strike",
        "sold 3M shares", "VoxelJet to sell 3M Shares", "3M shares of Acme change hands", "3M patients",
        "3M passengers", "3M units recalled", "Ford recalls 3M trucks", "3M students", "3M views in a day", "3M XRP",
        "3M €", "3M$", "3M$.", "Rs 3M", "Rs. 3M", "3M Treasury yield", "LME 3M copper", "copper 3M at 9,000",
        "3M CDOR +55 bp", "3M more vaccines", "3M monthly active users", "3M sq ft", "almost 3M drones",
        "bought another 3M shares", "fined SEK 3M", "TWD 3M", "BRL 3M", "NOK3M", "3M PLN", "3M US dollars", "3M francs",
    ],
)  # fmt: skip
def test_a_sum_is_no_name(text: str) -> None:
    assert not SUMS.find(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("3M settles for $10.3 bn", "3M"), ("(3M)", "3M"), ("In 2023, 3M paid", "3M"), ("#3M", "3M"),
        ("3M's earplugs", "3M"),
        ("3M cuts jobs", "3M"), ("S&P 500, Dow fall", "S&P 500"), ("$1INCH and 1inch", "1inch"),
        ("3M shares fall", "3M"),
        ("sold shares of 3M", "3M"), ("holders of 3M shares", "3M"), ("3M $MMM falls", "3M"), ("3M posts a loss", "3M"),
        ("3M views the market as weak", "3M"), ("concerns over 3M earplugs", "3M"), ("3M faces suits", "3M"),
        ("counterfeit 3M masks", "3M"), ("Honeywell earns more than 3M", "3M"), ("3M shareholders approve", "3M"),
    ],
)  # fmt: skip
def test_a_name_that_begins_with_a_digit_is_found(text: str, name: str) -> None:
    assert {match.entry for match in SUMS.find(text)} == {name}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("McDonald's", "McDonalds recalls"), ("McDonald's", "#McDonalds"), ("McDonalds", "McDonald's menu"),
        ("Lowe's", "LOWES PROFIT"), ("L'Oréal", "LOreal and Loréal"), ("O'Reilly", "OReilly Automotive"),
        ("Dick's Sporting Goods", "Dicks Sporting Goods"), ("Moody's", "Moodys cuts Italy"),
        ("Barclays", "Barclay's fined"),
        ("Kohl's", "Kohls’ sales"), ("Land O'Lakes", "Land OLakes"), ("Levi's", "Levis"),
    ],
)  # fmt: skip
def test_an_apostrophe_that_writers_leave_out_or_add(name: str, text: str) -> None:
    assert Watchlist([Entry(name=name)]).find(text)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Acme Inc.", ["Acme Inc fell", "Acme Inc's loss", "Acme, Inc. fell", "ACME INC", "Acme, Inc’s loss"]),
        ("Acme Inc", ["Acme, Inc. fell", "Acme Inc. fell"]),
        ("Delta, Inc.", ["Delta Inc fell", "Delta Inc. fell"]),
        ("Amazon.com, Inc.", ["Amazon.com Inc fell", "Amazon.com Inc. fell"]),
        ("Foo Corp.", ["Foo Corp fell", "Foo, Corp. fell"]),
        ("Foo Co., Ltd.", ["Foo Co Ltd fell", "Foo Co. Ltd fell", "Foo Co, Ltd. fell"]),
        ("Foo Co Ltd", ["Foo Co., Ltd. fell", "Foo Co. Ltd. fell"]),
        ("JPMorgan Chase & Co.", ["JPMorgan Chase & Co fell", "JPMorgan Chase and Co fell"]),
        ("Warner Bros. Discovery", ["Warner Bros Discovery"]),
        ("Warner Bros Discovery", ["Warner Bros. Discovery"]),
        ("St. James's Place", ["St James's Place", "St. James's Place"]),
        ("Dr Reddy's", ["Dr. Reddy's", "Dr. Reddys", "Dr Reddys"]),
        ("Standard & Poor's", ["Standard and Poors", "Standard & Poors"]),
        ("Lands' End", ["Lands End", "Lands’ End"]),
        ("U.S. Steel Corp.", ["US Steel Corp", "U. S. Steel, Corp."]),
    ],
)
def test_points_commas_and_two_changes_at_once_hide_no_name(name: str, texts: list[str]) -> None:
    watchlist = Watchlist([Entry(name=name)])
    assert [text for text in texts if not watchlist.find(text)] == []


@pytest.mark.parametrize("name", ["Inc.", "Co.", "Yahoo!"])
def test_a_name_of_such_a_word_alone_keeps_its_sign(name: str) -> None:
    assert not Watchlist([Entry(name=name)]).find(f"what {name[:-1]} is")


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("Morgan Stanley", "Morgan Stanleys ex-ED", 1),
        ("RIL", "RILs 4.3% surge", 1),
        ("Coca-Cola", "Coca-Colas volume", 1),
        ("Best Buy", "Best Buys turnaround", 1),
        ("Best Buy", "the best buys of the week", 0),
        ("RIL", "rils", 0),
        ("Tesla", "Teslas on the road", 0),
        ("5-year", "in 5 years", 0),
    ],
)
def test_a_possessive_without_its_apostrophe(name: str, text: str, count: int) -> None:
    assert len(Watchlist([Entry(name=name)]).find(text)) == count


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TCL科技", "TCL 科技涨停"), ("TCL 科技", "TCL科技涨停"), ("TCL科技", "TCL\n科技"), ("万科A", "万科 A涨停"),
        ("京东方A", "京东方 A 涨停"), ("58同城", "58 同城裁员"), ("360数科", "360 数科"), ("ST康美", "ST 康美"),
        ("B站", "B 站"), ("QQ音乐", "QQ 音乐"), ("3M中国", "3M 中国"), ("中金公司H股", "中金公司 H 股"),
    ],
)  # fmt: skip
def test_a_space_between_letters_and_han_makes_no_difference(name: str, text: str) -> None:
    assert Watchlist([Entry(name=name)]).find(text)


@pytest.mark.parametrize("text", ["MU:US falls", "XNAS:MU", "(XNAS: MU)", "MU:US, T:US", "Micron (MU:UW)"])
def test_an_exchange_as_terminals_and_standards_write_it(text: str) -> None:
    assert "Micron" in {match.entry for match in Watchlist([Entry(name="Micron", tickers=("MU",))]).find(text)}


@pytest.mark.parametrize("text", ["IT: US stocks fall", "MU: US chips", "it:us", "A:B", "IT:OK"])
def test_a_colon_behind_a_short_word_is_no_exchange(text: str) -> None:
    entries = [Entry(name=f"Company {one}", tickers=(one,)) for one in ("IT", "MU", "A")]
    assert not Watchlist(entries).find(text)


def test_a_match_says_where_and_by_which_rule() -> None:
    first, second = WATCHLIST.find("$TSLA: Tesla")
    assert (first.entry, first.words, first.how) == ("Tesla", "TSLA", "cashtag")
    assert (second.words, second.start, second.how) == ("Tesla", 7, "name")


def test_two_entries_of_one_name_are_refused_and_an_empty_list_finds_nothing() -> None:
    with pytest.raises(ValueError, match="named 'A'"):
        Watchlist([Entry(name="A"), Entry(name="A")])
    with pytest.raises(ValueError, match="named 'Big A'"):
        Watchlist([Entry(name="Big A"), Entry(name="Big  A ")])
    # Names in other capitals are two: GAP with one ticker, Gap with another.
    assert len(Watchlist([Entry(name="GAP", case="exact"), Entry(name="Gap", case="exact")]).entries) == 2
    assert Watchlist([]).entries_in("A") == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_around_an_entry_leaves_it_found(before: str, after: str) -> None:
    text = f"{before} . Tesla . {after}"
    assume("Tesla" in clean(text))  # it is no part of a publisher's notice, such as "* ©2026 ..."
    assert "Tesla" in {entry.name for entry in WATCHLIST.entries_in(text)}


@given(st.text(max_size=80))
def test_folding_keeps_places_and_comparing_is_idempotent_in_length(text: str) -> None:
    plain = comparable(text)
    assert len(folded(plain)) == len(plain)
    WATCHLIST.find(text)
