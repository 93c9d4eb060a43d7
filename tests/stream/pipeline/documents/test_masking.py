"""Masking: what is found in its many forms, and above all what is left alone, for this is a desk's own language."""

import time
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.pipeline.documents.dead_letters import dead_letter, raw_again
from stream.pipeline.documents.document import AHEAD_FOR, read_raw
from stream.pipeline.documents.intake import sort_lines
from stream.pipeline.documents.masking import KINDS, Acceptance, Masker, kinds_of, masked_record

ALL = Masker([*KINDS, "phone:CH", "phone:US", "phone:DE", "phone:GB"])
NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to ann.o'neil+desk@mail.example.co.uk.", "Write to [email]."),
        ("<mailto:ann@example.org>", "<mailto:[email]>"),
        ("Ann Lee (ann@example.org), ann@müller.de", "Ann Lee ([email]), [email]"),
        (
            "see https://example.org/unsubscribe?mail=ann@example.org",
            "see https://example.org/unsubscribe?mail=[email]",
        ),
        ("邮箱 zhang@例子.公司", "邮箱 [email]"),
        ("call +41 44 668 18 00, +44 20 7946 0958 or +14155552671", "call [phone], [phone] or [phone]"),
        ("Tel. +49 (30) 901820", "Tel. [phone]"),
        ("USA: +1 (415) 555-2671 GMT", "USA: [phone] GMT"),
        ("call 044 668 18 00 or (415) 555-2671 or 020 7946 0958", "call [phone] or [phone] or [phone]"),
        ("手机 +86 138 0013 8000", "手机 [phone]"),
        ("card 4111 1111 1111 1111, 5500-0000-0000-0004, 3782 822463 10005", "card [card], [card], [card]"),
        ("no 378282246310005.", "no [card]."),
        ("pay CH93 0076 2011 6238 5295 7 by Monday", "pay [iban] by Monday"),
        ("DE89370400440532013000; gb29nwbk60161331926819", "[iban]; [iban]"),
        ("IBAN GB29 NWBK 6016 1331 9268 19 TO ACME", "IBAN [iban] TO ACME"),
        ("RT @jane_doe: up, says @ann.bsky.social, @bob@mastodon.social", "RT [handle]: up, says [handle], [handle]"),
        ("@张三 说, ＠tom", "[handle] 说, [handle]"),
        ("https://x.com/jane/status/12345678901234", "https://x.com/[handle]/status/12345678901234"),
        ("https://mastodon.social/@jane/113", "https://mastodon.social/[handle]/113"),
        ("https://bsky.app/profile/did:plc:abc/post/3k", "https://bsky.app/profile/[handle]/post/3k"),
        ("https://x.com/jane, X.com/jane?s=20", "https://x.com/[handle], X.com/[handle]?s=20"),
        ("http://mobile.twitter.com/jane/status/1", "http://mobile.twitter.com/[handle]/status/1"),
        ("https://stocktwits.com/jane/message/123", "https://stocktwits.com/[handle]/message/123"),
        ("https://weibo.com/u/123456 weibo.com/123456/Abc", "https://weibo.com/u/[handle] weibo.com/[handle]/Abc"),
        ("https://www.reddit.com/user/jane-d/comments/x", "https://www.reddit.com/user/[handle]/comments/x"),
        ("card4111111111111111, IBANDE89370400440532013000", "card[card], IBAN[iban]"),
        ("DE89-3704-0044-0532-0130-00, 4111  1111  1111  1111", "[iban], [card]"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert ALL.text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("盈利警告详情联系ir@example.com股价下跌50%", "盈利警告详情联系[email]股价下跌50%"),
        ("大跌，请联系ir@apple.com。", "大跌，请联系[email]。"),
        ("会社はjane@example.comに連絡", "会社は[email]に連絡"),
        ("회사는jane@example.com으로 연락", "회사는[email]으로 연락"),
        ("ООО «Банк», почтаjane@example.com", "ООО «Банк», почта[email]"),
        ("иван@пример.рф и ivan@example.ru", "[email] и [email]"),
        ("卡号4111111111111111", "卡号[card]"),
        ("信用卡4111 1111 1111 1111被盗", "信用卡[card]被盗"),
        ("番号4111111111111111です", "番号[card]です"),
        ("카드4111111111111111이", "카드[card]이"),
        ("卡号４１１１１１１１１１１１１１１１", "卡号[card]"),
        ("账号DE89 3704 0044 0532 0130 00转账", "账号[iban]转账"),
        ("电话+8613800138000张三", "电话[phone]张三"),
        ("转发@张三：跌 //@李四:看空", "转发[handle]：跌 //[handle]:看空"),
        ("回复@jane:跌，来源@tom报道", "回复[handle]:跌，来源[handle]报道"),
        ("见https://example.com/a，卡号4111111111111111", "见https://example.com/a，卡号[card]"),
    ],
)
def test_a_change_of_script_ends_a_word(text: str, masked: str) -> None:
    assert ALL.text(text) == masked


@pytest.mark.parametrize("sign", ["\u00a0", "\u202f", "\u2009", "\u3000", "\u2010", "\u2011", "\u2013"])
def test_hard_spaces_and_dashes_stand_between_groups(sign: str) -> None:
    for kind, number in (("card", "4111 1111 1111 1111"), ("iban", "DE89 3704 0044 0532 0130 00")):
        assert ALL.text(f"a {number.replace(' ', sign)} b") == f"a [{kind}] b"
    if sign.isspace():
        assert ALL.text(f"a {'+41 44 668 18 00'.replace(' ', sign)} b") == "a [phone] b"


@pytest.mark.parametrize(
    "text",
    [
        "$AAPL, $BRK.B, AAPL.O, 0700.HK, 600519.SS, BTC-USD, EUR/USD, #bitcoin, ES1!, ^GSPC",
        "US0378331005 CH0012005267 DE000BASF111 XS2010028699",  # ISINs
        "549300GKFG0RYRRQ1414 HWUPKR0MPOU8FGXBT394 INR2EJN1ERAN0W5ZP974",  # LEIs
        "CUSIP 037833100, SEDOL 2046251, WKN 716460, FIGI BBG000B9XRY4, BIC UBSWCHZH80A",
        "2026-11-29, 29.11.2026, 11/29/2026, 2026/6/29, 20261129, 2026-11-29T10:30:00+01:00, 29-11-2026 10:30",
        "1,500,000 shares, 1.500.000 Stück, 1 500 000 actions, 1'500'000, 15,00,000, 1500000, 12,345,678,901.23",
        "+2.5%, -0.25 %, 125 bps, +1,234.56 points, 4.125%-4.375%, 99-12/32, 1.0850/55",
        "$45.20, USD 4 155 552 671, 4155552671 shares, CHF 446681800, EUR 0446681800",
        "+12 345 678 900 EUR, +41 446 681 800 USD, +1 415-555-2671 USD",
        "sold 500 @ 45.20, BUY 100@45, 10k @market, 500 @ limit, @45.20, 3 @ MKT",
        "order 4111111111111111.00, $4111111111111111, 4,111,111,111,111,111, id 4111111111111112, 1234567890123456",
        "filing 0000320193-26-000123, CIK 0000320193, docket 1:26-cv-04567, RFC 822, ISO 20022, 10-K, 8-K/A",
        "0x4111111111111111111111111111111111111111 bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "https://example.org/a/4111111111111111?id=+41446681800 http://t.co/1790000000000000000",
        "Q3 2026, FY26, 24/7, 9:30-16:00, 16:00-09:30, S&P 500, Nikkei 38,915.87, Dow 30, Russell 2000, Stoxx 600",
        "49491/65048, 1310.4075/67",
        "300 000 000 000, 650 000 000, 212 555 000, 100 200 300 400, 2024 2025 2026 2027, 1 2 3 4 5 6 7 8 9",
        "1630000000000 1790000000000000 1790000000000000000 113456789012345678",  # milliseconds, microseconds, ids
        "C++ 20, e = mc^2, a@b, user@localhost, 5@5.5, AT&T, price@time",
        "上证指数 3,250.12 点，成交 1.2 万亿元，2026年11月29日",
        "成交额4111111111111111元，成交4111111111111111股，买入@市价，卖出@限价10元，人民币4111111111111111",
        "见https://t.co/4111111111111111，https://stocktwits.com/symbol/AAPL https://x.com/search?q=AAPL x.com/i/1",
        "https://netflix.com/title https://www.fedex.com/track https://weibo.com/p/100808 twitter.com/x.com",
        "0xabc4111111111111111 tx-a4111111111111111 id_4111111111111111 4111111111111111x",
    ],
)
def test_what_a_desk_writes_is_left_alone(text: str) -> None:
    assert ALL.text(text) == text


@given(
    st.lists(
        st.one_of(
            st.integers(0, 10**12).map(lambda number: f"{number:,}"),
            st.decimals(-(10**6), 10**6, places=2).map(lambda number: f"{number:+,}"),
            st.dates().map(str),
            st.datetimes().map(lambda moment: moment.isoformat(" ", "seconds")),
            st.integers(0, 10**9).map(lambda number: f"${number}"),
            st.decimals(0, 100, places=3).map(lambda number: f"{number}%"),
            st.from_regex(r"\A\$[A-Z]{1,5}\Z"),
        ),
        max_size=8,
    )
)
def test_figures_dates_and_tickers_are_never_masked(words: list[str]) -> None:
    text = " ; ".join(words)
    assert ALL.text(text) == text


@given(st.text(max_size=300))
def test_any_text_is_masked_once(text: str) -> None:
    masked = ALL.text(text)
    assert ALL.text(masked) == masked


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "@",
        "a@",
        "a.",
        "+1",
        "1 ",
        "CH93 ",
        "4111 ",
        "http://",
        "@a ",
        "a@b.",
        "AB12A ",
        "я'",
        "中@a",
        "a中",
        "@中",
        "x.com/",
        "AB12-",
        "\u00a01",
        "卡4111 ",
    ],
)
def test_a_hostile_text_takes_no_longer_than_others(piece: str) -> None:
    began = time.process_time()
    Masker(KINDS).text(piece * (64 * 1024 // len(piece)))
    assert time.process_time() - began < 5  # some tenths of a second; what backtracks takes minutes


def test_only_the_kinds_that_are_wanted_are_masked() -> None:
    text = "ann@example.org @ann +41 44 668 18 00"
    assert Masker(["email"]).text(text) == "[email] @ann +41 44 668 18 00"
    assert Masker(["handle"]).text(text) == "ann@example.org [handle] +41 44 668 18 00"
    assert Masker([]).text(text) == text


@pytest.mark.parametrize(
    ("kind", "problem"),
    [("name", "'name' cannot be masked"), ("phone:ZZ", "no country has this code"), ("card:CH", "cannot be masked")],
)
def test_an_unknown_kind_is_named(kind: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Masker([kind])
    with pytest.raises(ValueError, match=problem):
        kinds_of(f"email,{kind}")


def test_a_record_is_masked_in_all_of_its_texts_and_loses_what_nobody_has_looked_at() -> None:
    fields = {"source": "wire", "title": "By @ann", "body": "ann@example.org", "author": "ann@example.org (Ann)"}
    raw = msgspec.json.encode(
        {**fields, "url": "https://x.com/ann/status/1", "published_at": 1795910400000, "mail": "a@b.ch"}
    )
    read = read_raw(raw, NOW)
    masked = msgspec.json.decode(masked_record(read, Masker(KINDS)))
    assert masked == {
        "source": "wire",
        "title": "By [handle]",
        "body": "[email]",
        "author": "[email] (Ann)",
        "url": "https://x.com/[handle]/status/1",
        "published_at": 1795910400000,
        "id": read.document.id,  # else the masked text would be another document than the plain one
    }


def test_what_is_handed_in_is_masked_before_it_is_published() -> None:
    lines = [b'{"id": "1", "source": "s", "text": "ann@example.org"}', b'{"source": "s", "text": "no id"}']
    records, refused = sort_lines("t", lines, NOW, Acceptance(masker=Masker(["email"])))
    assert [msgspec.json.decode(value)["text"] for _, _, value in records] == ["[email]"]
    assert [item.line for item in refused] == [2]


@pytest.mark.parametrize("field", ["text", "title", "lang", "author"])
def test_what_a_withdrawal_says_besides_is_not_published(field: str) -> None:
    raw = f'{{"source": "a", "id": "1", "withdrawn": true, "{field}": "\\ud83d", "more": NaN}}'.encode()
    for masker in (None, ALL):
        accepted = Acceptance(masker=masker)
        ((_topic, _key, record),), refused = sort_lines("t", [raw], NOW, accepted)  # half a character ended them all
        assert not refused
        assert read_raw(record, NOW).document == read_raw(raw, NOW).document
    letter = dead_letter("as it was", raw, ("bellwether.news", 0, 1))
    assert raw_again(letter, NOW, AHEAD_FOR)[0].withdrawn
