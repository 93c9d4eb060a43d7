"""The watchlist's file: both formats, errors with their line, reloading, the commands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream.adapters.files.ready_lists import common_words, ready_entries
from stream.adapters.files.watchlist import WatchlistFile, read_watchlist
from stream.cli import app
from stream.cli.watchlist import ReadyList
from stream.errors import SettingsError
from stream.pipeline.documents.ambiguity import shared_groups, shared_names, skeleton, warnings_of
from stream.pipeline.documents.spelling import spellings, with_letters
from stream.pipeline.documents.watchlist import Entry, Watchlist

YAML = """\
entries:
  - name: Tesla
    tickers: [TSLA]
    group: cars
    weight: 2.5
  - name: Apple
    exclude: [apple pie]
    by_topic: true
"""
CSV = "name,tickers,exclude,group,weight,by_topic\nTesla,TSLA,,cars,2.5,\nApple,,apple pie; Big Apple,,,true\n"


def written(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    one = read_watchlist(written(tmp_path / "w.yaml", YAML)).entries
    other = read_watchlist(written(tmp_path / "w.csv", CSV)).entries
    assert one["Tesla"] == other["Tesla"]
    assert other["Apple"].exclude == ("apple pie", "Big Apple")
    assert other["Apple"].by_topic


def test_columns_may_have_chinese_names(tmp_path: Path) -> None:
    chinese = "名称,别名,代码,分组,权重,by_topic\n工商银行,工行；ICBC,601398,银行,2.5,是\n"
    english = "name,aliases,tickers,group,weight,by_topic\n工商银行,工行;ICBC,601398,银行,2.5,true\n"
    read = read_watchlist(written(tmp_path / "zh.csv", chinese)).entries
    assert read == read_watchlist(written(tmp_path / "en.csv", english)).entries
    assert read["工商银行"].aliases == ("工行", "ICBC")


def test_both_formats_take_tickers_with_signs_and_cashtag_only(tmp_path: Path) -> None:
    tickers = ("BRK-B", "BTC-USD", "M&M.NS", "^GSPC", "EURUSD=X", "0700.HK", "RDS/A")
    listed = "".join(f"      - {ticker}\n" for ticker in tickers)
    yaml = f"entries:\n  - name: One\n    cashtag_only: true\n    tickers:\n{listed}"
    csv = f"name,tickers,cashtag_only\nOne,{';'.join(tickers)},true\n"
    one = read_watchlist(written(tmp_path / "w.yaml", yaml)).entries["One"]
    assert one == read_watchlist(written(tmp_path / "w.csv", csv)).entries["One"]
    assert one.tickers == tickers
    assert one.cashtag_only


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.yaml", YAML + "  - name: [\n", "line 1[01]: not YAML"),
        ("w.yaml", YAML + "  - nam: Ford\n", "line 9: entry.*nam"),
        ("w.yaml", YAML + "  - name: Ford\n    tickers: [f]\n", "line 9: entry of 'Ford'.*tickers"),
        ("w.yaml", YAML + "  - name: Tesla\n", "line 9: an entry named 'Tesla'"),
        (
            "w.yaml",
            YAML + "  - name: ' Tesla'\n",
            "line 9: ' Tesla' is named as the entry 'Tesla' further up, but for spaces",
        ),
        ("w.yaml", YAML + "  - name: 'Tesla '\n", "line 9: 'Tesla ' is named as the entry 'Tesla'"),
        ("w.yaml", YAML + "  - name: '  '\n", "line 9: name: it is empty"),
        ("w.yaml", YAML + "  - name: A/topic:B\n", "line 9: name: 'A/topic:B' has '/topic:' in it"),
        ("w.yaml", YAML + "  - {name: B, tickers: [f]}\n", "BRK.B, and not 'f'$"),
        ("w.yaml", YAML + "  - {name: B, weight: '2,5'}\n", "weight: a number is expected; this is '2,5'$"),
        ("w.yaml", YAML + "  - {name: B, weight: -2}\n", "a number over 0 is expected, and not -2$"),
        ("w.yaml", YAML + "  - {name: 600519}\n", "a text is expected; this is 600519; put it in quotation marks$"),
        ("w.csv", CSV + 'Ford,F,,,"2,5",\n', "'weight': a number with a point, as in 2.5, is expected, and not '2,5'$"),
        ("w.csv", "name;weight\nFord;2.500\n", "a number without a point between thousands.*, and not '2.500'$"),
        ("w.csv", "name;weight\nFord;1.000,5\n", "a number without a point between thousands.*, and not '1.000,5'$"),
        ("w.csv", "sep=;\nname;tickers\nFord;f\n", "line 3: entry of 'Ford'.*tickers"),
        ("w.csv", "\nname,group\nFord,x\n", "line 1: empty; the names of the columns are expected$"),
        ("w.csv", ",,\nname,group\n", "line 1: empty; the names of the columns are expected$"),
        ("w.csv", "name,,group\nFord,,x\n", "line 1: a column has no name"),
        ("w.csv", "sep=x\nname;tickers\n", "line 1: column 'sep=x' is none of"),
        ("w.yaml", YAML + "  - {name: B, tickers: [0700]}\n", "a text is expected; this is 0700; put it in quotation"),
        ("w.csv", CSV + "Ford,F,,,,yes\n", "'by_topic': true or false is expected, and not 'yes'$"),
        ("w.csv", CSV + "Tesla,,,,,\n", "line 4: an entry named 'Tesla' stands further up"),
        ("w.yaml", YAML + "  - Ford\n", "entry: fields are expected"),
        ("w.yaml", "- name: Tesla\n", "one key 'entries'"),
        ("w.csv", "name,ticker\n", "column 'ticker'"),
        ("w.csv", CSV + "Ford,F,,,heavy,\n", "line 4.*heavy"),
        ("w.csv", CSV + ",F,,,,\n", "line 4: entry.*name"),
        ("none.yaml", None, "No such file"),
    ],
)
def test_a_wrong_file_gives_line_and_reason(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        written(tmp_path / name, content)
    with pytest.raises(SettingsError, match=message):
        read_watchlist(tmp_path / name)


def test_a_table_may_begin_with_its_delimiter_and_have_full_width_signs_in_lists(tmp_path: Path) -> None:
    content = "\ufeffsep=;\r\nname;aliases;weight\r\n工商银行;工行；宇宙行;2,5\r\nFord;;2.5\r\n"
    entries = read_watchlist(written(tmp_path / "w.csv", content)).entries
    assert entries["工商银行"].aliases == ("工行", "宇宙行")
    assert [entry.weight for entry in entries.values()] == [2.5, 2.5]


def test_spaces_around_names_and_groups_do_not_count(tmp_path: Path) -> None:
    content = "entries:\n- {name: ' Bolt ', group: 'g '}\n- {name: Cup, group: '  '}\n- {name: Dee, group: g}\n"
    entries = read_watchlist(written(tmp_path / "w.yaml", content)).entries
    assert {name: entry.group for name, entry in entries.items()} == {"Bolt": "g", "Cup": "", "Dee": "g"}


def test_groups_that_differ_in_case_or_spaces_are_told_once() -> None:
    groups = ["banks", "Banks", "central banks", "Banks", "central  banks", "", "banks"]
    found = list(shared_groups([Entry(name=f"N{at}", group=group) for at, group in enumerate(groups)]))
    assert [name for name, _said in found] == ["N1", "N4"]
    assert found[0][1].startswith("its group 'Banks' and the group 'banks' of 'N0' differ in case")


def test_a_changed_file_is_read_again_and_a_broken_one_keeps_the_old(tmp_path: Path) -> None:
    path = written(tmp_path / "w.yaml", YAML)
    file = WatchlistFile(path)
    assert not file.refresh()
    written(path, YAML + "  - name: Ford\n")
    os.utime(path, ns=(1, 1))
    assert file.refresh()
    assert "Ford" in file.current.entries
    written(path, "entries: 7\n")
    with pytest.raises(SettingsError):
        file.refresh()
    assert not file.refresh()
    assert "Ford" in file.current.entries
    path.unlink()
    with pytest.raises(SettingsError):
        file.refresh()


@pytest.mark.parametrize("name", list(ReadyList))
def test_a_ready_list_is_written_is_sound_and_is_not_written_over(tmp_path: Path, name: ReadyList) -> None:
    path = tmp_path / "list.yaml"
    answer = CliRunner().invoke(app, ["watchlist", "init", name, str(path)])
    assert answer.exit_code == 0, answer.output
    entries = read_watchlist(path).entries
    assert list(entries.values()) == ready_entries(name)
    assert all(entry.group for entry in entries.values())
    tickers = [ticker for entry in entries.values() for ticker in entry.tickers]
    assert len(set(tickers)) == len(tickers)
    assert not [
        warning for entry in entries.values() for warning in warnings_of(entry, common_words()) if "word" in warning
    ]
    before = path.read_text()
    answer = CliRunner().invoke(app, ["watchlist", "init", name, str(path)])
    assert answer.exit_code != 0
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("name", "text", "entry"),
    [
        (ReadyList.SP500, "Apple and Ford fall, AT&amp;T and (NYSE: C) rise", "Apple"),
        (ReadyList.SP500, "$BRK.B and $ALL", "Allstate"),
        (ReadyList.SP500, "McDonald’s recalls", "McDonald's"),
        (ReadyList.BANKS, "Societe Generale, SocGen and 工商银行", "ICBC"),
        (ReadyList.BANKS, "HSBC (0005.HK)", "HSBC"),
        (ReadyList.CRYPTO, "Bitcoin and $ETH, BTC-USD", "Ethereum"),
        (ReadyList.SP500, "*APPLE TO CUT OUTPUT OF IPHONES", "Apple"),
        (ReadyList.SP500, "Meta lays off 11,000", "Meta Platforms"),
        (ReadyList.SP500, "facebook outage", "Meta Platforms"),
        (ReadyList.SP500, "GM recalls trucks", "General Motors"),
        (ReadyList.SP500, "GE splits", "GE Aerospace"),
        (ReadyList.SP500, "Lilly's drug fails", "Eli Lilly"),
        (ReadyList.SP500, "Wal-Mart and McDonalds", "Walmart"),
        (ReadyList.SP500, "UPS strike", "UPS"),
        (ReadyList.CRYPTO, "LUNA falls 99%", "Terra"),
        (ReadyList.CRYPTO, "SOL and $sol fall", "Solana"),
        (ReadyList.CRYPTO, "BTCUSDT", "Bitcoin"),
        (ReadyList.BANKS, "Bank of China cuts rates", "Bank of China"),
    ],
)
def test_a_ready_list_finds_names(name: ReadyList, text: str, entry: str) -> None:
    assert entry in [found.name for found in Watchlist(ready_entries(name)).entries_in(text)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (ReadyList.SP500, "FTX Ups Its Game"),
        (ReadyList.SP500, "Fund for Crypto Start-Ups"),
        (ReadyList.SP500, "Hubspot CRM raid"),
        (ReadyList.SP500, "The ETN will hold seven coins"),
        (ReadyList.SP500, "The Oracle of Omaha"),
        (ReadyList.SP500, "Amazon rainforest fires"),
        (ReadyList.SP500, "gm everyone"),
        (ReadyList.SP500, "Meta-analysis of trials"),
        (ReadyList.SP500, "raises $1.3M"),
        (ReadyList.BANKS, "The first major US bank to trade it"),
        (ReadyList.BANKS, "People's Bank of China cuts"),
        (ReadyList.BANKS, "Central Bank of Ireland warns"),
        (ReadyList.BANKS, "The bug helps an exploiter nab $750,000"),
        (ReadyList.BANKS, "A USB stick"),
        (ReadyList.BANKS, "SBI Holdings of Japan"),
    ],
)
def test_a_ready_list_leaves_out_what_real_texts_mean_otherwise(name: ReadyList, text: str) -> None:
    assert not Watchlist(ready_entries(name)).find(text)


def test_a_check_warns_of_names_that_are_words(tmp_path: Path) -> None:
    content = """\
entries:
  - {name: Target, tickers: [TGT]}
  - {name: Visa, case: exact, tickers: [V]}
  - {name: Allstate, tickers: [ALL]}
  - {name: Gap Inc, aliases: [gap], case: exact}
  - {name: ServiceNow, tickers: [NOW], cashtag_only: true}
  - {name: Tesla, tickers: [TSLA]}
  - {name: "700"}
  - {name: EU}
"""
    answer = CliRunner().invoke(app, ["watchlist", "check", str(written(tmp_path / "w.yaml", content))])
    assert answer.exit_code == 0
    warned = [line.split(": ")[0] for line in answer.output.splitlines()[1:]]
    assert warned == ["Target", "Visa", "Allstate", "Gap Inc", "700", "EU"]
    assert "ticker 'V' is short" in answer.output
    assert "ticker 'ALL' is a common word" in answer.output


def test_a_check_warns_of_names_that_are_never_found_or_stand_at_two_entries(tmp_path: Path) -> None:
    content = """\
entries:
  - {name: Apple Inc, exclude: [apple], aliases: [Cupertino, "@aapl"], tickers: [AAPL]}
  - {name: Fruit Corp, aliases: [cupertino], tickers: [AAPL]}
"""
    answer = CliRunner().invoke(app, ["watchlist", "check", str(written(tmp_path / "w.yaml", content))])
    assert answer.exit_code == 0
    assert answer.output.splitlines()[1:] == [
        "Fruit Corp: 'cupertino' stands at 'Apple Inc', too: a text with it may count for both",
        "Fruit Corp: 'AAPL' stands at 'Apple Inc', too: a text with it may count for both",
        "Apple Inc: 'Apple Inc' is never found: it is in 'exclude', or has nothing to search for",
        "Apple Inc: '@aapl' is never found: it is in 'exclude', or has nothing to search for",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marks & Spencer", "Marks and Spencer"), ("J.P. Morgan", "JP Morgan"), ("McDonald's", "McDonalds"),
        ("Barclays", "Barclay's"), ("Münchener Rück", "Muenchener Rueck"), ("Ørsted", "Oersted"),
        ("S&P 500", "S&P500"), ("S&P 500", "S and P 500"), ("U.S. Bancorp", "US Bancorp"), ("腾讯", "騰訊"),
        ("T. Rowe Price", "T Rowe Price"),
    ],
)  # fmt: skip
def test_names_that_may_be_written_alike_are_told(one: str, other: str) -> None:
    [(entry, said)] = shared_names([Entry(name="First", aliases=(one,)), Entry(name="Second", aliases=(other,))])
    assert entry == "Second"
    assert other in said
    assert "'First'" in said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0700.HK", "700"), ("0700.HK", "00700.HK"), ("BRK-B", "BRK.B"), ("T", "T.N"), ("600519", "600519.SS"),
        ("600519.SS", "600519.SH"), ("BTC-USD", "BTC/USD"), ("BTC-USD", "BTCUSD"), ("^GSPC", "GSPC"),
        ("AAPL", "AAPL.O"), ("AAPL.US", "AAPL"), ("BP.L", "BP"), ("005930.KS", "005930"), ("EURUSD=X", "EUR-USD"),
    ],
)  # fmt: skip
def test_tickers_that_may_be_written_alike_are_told(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        [(entry, said)] = shared_names([Entry(name="A", tickers=(first,)), Entry(name="B", tickers=(second,))])
        assert (entry, said) == (
            "B",
            f"'{second}' and '{first}' of 'A' may be written alike: such a text counts for both",
        )


@pytest.mark.parametrize(
    ("one", "other"), [("SAN.MC", "SAN.PA"), ("600519.SS", "600519.SZ"), ("BRK-A", "BRK-B"), ("^GSPC", "SPX")]
)
def test_tickers_of_two_markets_are_two(one: str, other: str) -> None:
    assert not list(shared_names([Entry(name="A", tickers=(one,)), Entry(name="B", tickers=(other,))]))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Acme Holdings, Acme Savings", "only with the ','"), ("Beta Holdings|Beta Savings", "only with the '|'"),
        ("工行，宇宙行", "only with the '，'"), ("工行、宇宙行", "only with the '、'"),
        ("“工商银行”", "only with the '“'"),
        ("《工商银行》", "only with the '《'"), ("大家", "common word in Chinese"), ("银行", "common word in Chinese"),
        ("健康", "common word in Chinese"), ("小米", "common word in Chinese"), ("陽光", "common word in Chinese"),
    ],
)  # fmt: skip
def test_names_that_are_several_or_common_in_chinese_are_told(name: str, said: str) -> None:
    [warning] = warnings_of(Entry(name="Acme Bank", aliases=(name,)), common_words())
    assert said in warning


@pytest.mark.parametrize(
    "name", ["Delta, Inc.", "Gamma Co., Ltd.", "Citibank, N.A.", "工商银行", "招行", "茅台", "万科A", "百度", "华为"]
)
def test_names_of_companies_give_no_warning(name: str) -> None:
    assert not list(warnings_of(Entry(name=name), common_words()))


@pytest.mark.parametrize("ready", list(ReadyList))
def test_all_ways_to_write_a_name_have_one_skeleton(ready: ReadyList) -> None:
    of_lists = [name for entry in ready_entries(ready) for name in (entry.name, *entry.aliases)]
    for name in (
        *of_lists,
        "Münchener Rück",
        "Ørsted",
        "Lands' End",
        "Acme Co., Ltd.",
        "Barclay's",
        "S&P 500",
        "Åland",
    ):
        ways = {skeleton(form) for form in (*spellings(name), *with_letters(name))}
        assert ways == {skeleton(name)}, name


@pytest.mark.parametrize("name", list(ReadyList))
def test_a_ready_list_has_no_name_twice(name: ReadyList) -> None:
    assert not list(shared_names(ready_entries(name)))


def test_commands(tmp_path: Path) -> None:
    path = str(written(tmp_path / "w.yaml", YAML))
    answer = CliRunner().invoke(app, ["watchlist", "check", path])
    assert "2 entries in 1 groups, 3 names" in answer.output
    answer = CliRunner().invoke(app, ["watchlist", "test", path, "why $TSLA fell"])
    assert "cashtag" in answer.output
    assert CliRunner().invoke(app, ["watchlist", "test", path, "apple pie"]).exit_code == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("汇丰渣打星展等十家银行卷入", {"HSBC", "Standard Chartered", "DBS"}),
        ("高盛、花旗、瑞银、富国银行签了担保融资", {"Goldman Sachs", "Citigroup", "UBS", "Wells Fargo"}),
        ("大摩上调评级，小摩警告：美股可能迎来抛售", {"Morgan Stanley", "JPMorgan Chase"}),
        ("匯豐與渣打宣布裁員", {"HSBC", "Standard Chartered"}),
        ("goldman sachs, hsbc holdings and credit suisse", {"Goldman Sachs", "HSBC", "UBS"}),  # in any case, as before
        # From real headlines: other names within these.
        ("桑坦德银行各自累计增持", set()), ("百瑞信托减持新乡化纤", set()),
        ("首次纳入彭博巴克莱指数", set()), ("放大摩擦成本", set()),
    ],
)  # fmt: skip
def test_the_ready_list_knows_banks_as_chinese_texts_name_them(text: str, names: set[str]) -> None:
    assert {entry.name for entry in Watchlist(ready_entries(ReadyList.BANKS)).entries_in(text)} == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("币安暂停提币，比特币跌破8万美元", {"Binance", "Bitcoin"}), ("比特币现金大涨", {"Bitcoin Cash"}),
        ("以太坊经典遭遇51%攻击，以太坊站上500美元", {"Ethereum Classic", "Ethereum"}), ("币安币下跌", {"BNB"}),
    ],
)  # fmt: skip
def test_the_ready_list_knows_coins_as_chinese_texts_name_them(text: str, names: set[str]) -> None:
    assert {entry.name for entry in Watchlist(ready_entries(ReadyList.CRYPTO)).entries_in(text)} == names


@pytest.mark.parametrize("weight", ["0.125", "0.500", "2.5", "1000"])
def test_a_weight_in_a_file_with_semicolons_may_have_a_point(tmp_path: Path, weight: str) -> None:
    path = tmp_path / "w.csv"
    path.write_text(f"name;weight\nAcme;{weight}\n")
    assert read_watchlist(path).entries["Acme"].weight == float(weight)
