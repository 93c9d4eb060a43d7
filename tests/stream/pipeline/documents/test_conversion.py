import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import DocumentError, UsageError
from stream.pipeline.documents.columns import (
    FIELDS,
    Columns,
    guess_by_row,
    guess_columns,
    parse_choices,
    renamed_columns,
    time_names,
)
from stream.pipeline.documents.conversion import Conversion
from stream.pipeline.documents.document import EARLIEST, LATEST, parse_document
from stream.pipeline.documents.times import read_time

NOW = datetime(2026, 11, 28, tzinfo=UTC)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("2026-01-31T12:00:00Z", ""),
        ("2026-01-31 13:00:00+01:00", ""),
        ("2026-01-31 12:00:00 UTC", ""),
        ("20260131T120000Z", ""),
        ("20260131120000", ""),
        (20260131120000, ""),
        ("Sat, 31 Jan 2026 12:00:00 GMT", ""),
        ("31 Jan 2026 07:00 EST", ""),
        ("Sat, 31 Jan 2026 12:00:00 -0000", ""),
        ("Sat Jan 31 13:00:00 +0100 2026", ""),
        ("31.01.2026 12:00 UTC", ""),
        ("31.1.2026, 13:00:00+01:00", ""),
        ("2026-01-31T12:00:00z", ""),
        ("2026/1/31 12:00 UTC", ""),
        ("2026-1-31 7:00:00.000 -0500", ""),
        ("31.01.2026 7:00:00.000 -0500", ""),
        ("2026-01-31 07:00:00.000 -0500", ""),
        (SECONDS, "seconds"),
        (float(SECONDS), "seconds"),
        (str(SECONDS), "seconds"),
        (f"{SECONDS}.000", "seconds"),
        (SECONDS * 1000, "milliseconds"),
        (SECONDS * 1000.0, "milliseconds"),
        (f" {SECONDS}000.0 ", "milliseconds"),
        (SECONDS * 10**6, "microseconds"),
        (SECONDS * 10**9, "nanoseconds"),
    ],
)
def test_times_in_many_forms_are_one_time(value: object, unit: str) -> None:
    assert read_time(value) == (NOON, unit)


@pytest.mark.parametrize(
    "value",
    ["2026-01-31 13:00:00", "2026-01-31T13:00", "Sat, 31 Jan 2026 13:00:00", "20260131130000", "31.1.2026 13:00"],
)
def test_a_time_without_a_zone_is_read_in_the_one_that_is_named(value: str) -> None:
    assert read_time(value, ZoneInfo("Europe/Zurich"))[0] == NOON


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026/3/2 9:30", "2026-03-02T09:30:00"),
        ("2026/03/02 09:30:00", "2026-03-02T09:30:00"),
        ("2026-3-2 9:30", "2026-03-02T09:30:00"),
        ("2026.03.02 09:30", "2026-03-02T09:30:00"),
        ("2026年3月2日", "2026-03-02T00:00:00"),
        ("2026年3月2日 09:30", "2026-03-02T09:30:00"),
        ("2026年3月2日 星期一 9时30分15秒", "2026-03-02T09:30:15"),
        ("2026年3月2日 下午3:30", "2026-03-02T15:30:00"),
        ("2026/3/2 上午12:05", "2026-03-02T00:05:00"),
        ("2026/3/2 中午12:05", "2026-03-02T12:05:00"),
        ("2026/3/2 3:30 PM", "2026-03-02T15:30:00"),
        ("２０２６-０３-０２ 09：30", "2026-03-02T09:30:00"),
    ],
)
def test_a_date_whose_year_stands_first_is_read(value: str, moment: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert read_time(value, zone)[0] == datetime.fromisoformat(moment).replace(tzinfo=zone)
    with pytest.raises(DocumentError, match="has no time zone"):
        read_time(value)


@pytest.mark.parametrize("value", ["2026-01-31 12:00:00", "2026-01-31", "31 Jan 2026 12:00:00", "31.01.2026"])
def test_without_a_zone_the_refusal_names_the_option(value: str) -> None:
    with pytest.raises(DocumentError, match=r"has no time zone; name it, as in --time-zone Europe/Zurich"):
        read_time(value)


NO_TIMES: list[Any] = [
    *("yesterday", "2026-02-30T00:00:00Z", "1.77e12", "31 Jan 2026 12:00:00 CEST", 0, 5, -1, True, [], 1e300, "9" * 19),
    *(
        "31.13.2026 12:00 UTC",
        "30.02.2026 12:00 UTC",
        "01.31.2026 12:00 UTC",
        "31.01.26 12:00 UTC",
        "31.01.2026 1:5 UTC",
    ),
    *("2026/13/1 12:00 UTC", "2026/1-31 12:00 UTC", "2026/1/31 上午15:30", "2026年1月31日 晚上12:30", "2026/1/319:30"),
    "2026年1月31日 晚上1:30",
    *("31/01/2026 12:00 UTC", "01/31/2026 12:00 UTC", "31.01.2026 24:61 UTC", "31.01.2026 7:00 am", "31.01.1989"),
    *(
        "1989-12-31T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "Mon, 02 Mar 0001 09:30:00 GMT",
    ),
]


@pytest.mark.parametrize("value", NO_TIMES)
def test_what_is_no_time_is_refused_with_the_field_and_the_value(value: object) -> None:
    with pytest.raises(DocumentError, match=r"^published_at: "):
        read_time(value)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)), st.sampled_from([0, 3, 6, 9])
)
def test_a_number_s_size_tells_its_unit_between_1990_and_2100(moment: datetime, digits: int) -> None:
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    number = micros * 10**digits // 10**6
    found, _ = read_time(number)
    assert abs(found - moment) <= timedelta(seconds=1 if digits == 0 else 0.001)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.none(), st.from_regex(r"[0-9T:Z +-]{4,25}")))
def test_any_value_is_a_time_within_the_bounds_or_is_refused(value: object) -> None:
    for zone in (None, UTC):
        refusal = ""
        try:
            assert EARLIEST <= read_time(value, zone)[0] < LATEST
        except DocumentError as error:
            refusal = str(error)
        assert not refusal or refusal.startswith("published_at: ")


def test_usual_names_are_known_whatever_their_spelling() -> None:
    assert guess_columns(
        ["", "HEADLINE", "Full Text", "Publisher", "Author", "Link", "publishedAt", "Date"], {}
    ).fields == {
        "title": ("HEADLINE",),
        "text": ("Full Text",),
        "source": ("Publisher",),
        "author": ("Author",),
        "url": ("Link",),
        "published_at": ("publishedAt", "Date"),
    }
    assert guess_columns(["tweet", "author", "created_at", "id"], {}).fields.keys() == {
        "text",
        "source",
        "author",
        "published_at",
    }
    assert guess_columns(["title", "Nachricht"], {"text": "Nachricht"}).fields == {"text": ("Nachricht",)}
    assert time_names(["pubDate", "text", "published_at", "Date"]) == ["pubDate", "Date"]


@pytest.mark.parametrize("word", ["text", "text=", "=x", "texts=x"])
def test_a_choice_that_makes_no_sense_is_told(word: str) -> None:
    with pytest.raises(UsageError, match="--column"):
        parse_choices([word])
    with pytest.raises(UsageError, match="twice"):
        parse_choices(["text=a", "text=b"])
    with pytest.raises(UsageError, match="not both"):
        parse_choices(["text=a", "title=b"])


def test_an_unknown_column_lists_those_that_are_there() -> None:
    with pytest.raises(UsageError, match=r"no column 'Nope'; there are a, b$"):
        guess_columns(["a", "", "b"], {"text": "Nope"})


def _converted(row: dict[str, Any], **options: Any) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(Conversion(**options).convert(row))
    return record


def test_what_is_missing_is_left_out() -> None:
    row = {"source": "s", "text": "Up", "title": "", "body": None, "author": float("nan"), "url": " ", "id": "NaT"}
    assert _converted(row) == {"source": "s", "text": "Up"}
    assert _converted({"text": "Up", "source": ""}, source="wire") == {"source": "wire", "text": "Up"}
    with pytest.raises(DocumentError, match="source: missing; name one for all such rows with --source"):
        _converted({"text": "Up"})


def test_a_table_s_title_and_text_are_a_document_s_title_and_body() -> None:
    columns = guess_columns(["title", "text", "source"], {})
    assert _converted({"title": "A", "text": "B", "source": "s"}, columns=columns)["body"] == "B"
    assert _converted({"title": "", "text": "B", "source": "s"}, columns=columns) == {"source": "s", "text": "B"}
    news = {"title": "A", "source": {"id": None, "name": "Reuters"}, "text": None}
    assert _converted(news, columns=columns) == {"source": "Reuters", "title": "A"}


NEWS = ["title", "text", "description", "content", "source", "publisher", "author", "date", "published_at"]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"text": "Acme fails", "description": "I am a trader"}, {"text": "Acme fails"}),
        ({"text": "", "description": "Acme fails"}, {"body": "Acme fails"}),
        ({"text": "[removed]", "description": "Acme fails"}, {"body": "Acme fails"}),
        ({"title": "A", "text": "All of it", "description": "short"}, {"title": "A", "body": "All of it"}),
        ({"title": "A", "content": None, "description": "short"}, {"title": "A", "body": "short"}),
        ({"title": "A", "content": "[removed]", "description": "short"}, {"title": "A", "body": "short"}),
        (
            {"title": "A", "content": "ONLY AVAILABLE IN PAID PLANS", "description": "short"},
            {"title": "A", "body": "short"},
        ),
        ({"title": "A", "content": "all", "description": "short"}, {"title": "A", "body": "all"}),
        ({"text": "[removed]"}, {"text": "[removed]"}),
    ],
)
def test_of_a_field_s_columns_a_row_s_first_that_is_not_empty_is_taken(
    row: dict[str, Any], text: dict[str, Any]
) -> None:
    columns = guess_columns(NEWS, {})
    assert _converted(row, columns=columns, source="w") == {"source": "w", **text}
    by_row = _converted({"publisher": "p", "date": SECONDS, **row}, columns=guess_by_row({}))
    assert by_row == {"source": "p", "published_at": "2026-01-31T12:00:00Z", **text}


def test_an_author_stands_for_a_source_only_where_there_is_no_other() -> None:
    row = {"text": "Up", "source": None, "author": "Jane"}
    assert _converted(row, columns=guess_columns(NEWS, {}), source="wire")["source"] == "wire"
    assert _converted({"text": "Up", "author": "Jane"}, columns=guess_by_row({}), source="wire")["source"] == "Jane"


@pytest.mark.parametrize("value", ["NULL", "\\N", "<NA>", "None", "null", "#N/A"])
def test_what_stands_for_a_missing_value_is_no_source(value: str) -> None:
    row = {"title": "Up", "source": value, "author": value, "date": value}
    assert _converted(row, columns=guess_columns(list(row), {}), source="wire") == {"source": "wire", "title": "Up"}


@pytest.mark.parametrize("value", [True, "true", "TRUE", 1, "1", 1.0])
def test_a_row_that_is_withdrawn_takes_its_document_back_without_a_word_of_the_text(value: object) -> None:
    row = {"id": "1", "source": "s", "title": "Jane", "text": "Doe", "author": "x", "withdrawn": value}
    for columns in (guess_columns(list(row), {"id": "id"}), guess_by_row({}), renamed_columns({"id": "id"}, row)):
        assert _converted(row, columns=columns) == {"id": "1", "source": "s", "withdrawn": True}
        assert "withdrawn" not in _converted({**row, "withdrawn": "false"}, columns=columns)
        assert "withdrawn" not in _converted({**row, "withdrawn": None}, columns=columns)
        with pytest.raises(DocumentError, match="withdrawn: true or false is expected, and not 'perhaps'"):
            _converted({**row, "withdrawn": "perhaps"}, columns=columns)


def test_chinese_columns_are_known() -> None:
    assert guess_columns(["标题", "正文", "来源", "作者", "日期", "时间", "网址"], {}) == Columns(
        {
            "source": ("来源",),
            "title": ("标题",),
            "body": ("正文",),
            "author": ("作者",),
            "url": ("网址",),
            "published_at": ("日期",),
        },
        "时间",
    )


def test_numbers_are_texts_where_texts_are_asked_for() -> None:
    row = {"id": 17.0, "source": 5, "text": "Up", "published_at": SECONDS * 1000.0}
    assert parse_document(Conversion().convert(row), NOW).id == "17"
    assert parse_document(Conversion().convert(row), NOW).published_at == NOON


def test_a_line_that_the_stream_takes_stays_as_it_is() -> None:
    line = b'{ "source":"s",  "text":"Up", "other": [1]}'
    assert Conversion().convert_line(line, NOW) is line
    odd = b'{"source": "s", "text": "", "title": "Up", "published_at": 1769860800, "other": [1]}'
    conversion = Conversion()
    assert json.loads(conversion.convert_line(odd, NOW)) == {
        "source": "s",
        "title": "Up",
        "published_at": "2026-01-31T12:00:00Z",
        "other": [1],
    }
    assert conversion.units == {"seconds"}
    with pytest.raises(DocumentError, match="not JSON"):
        Conversion(Columns({"text": ("x",)})).convert_line(b"{", NOW)


_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters()),
        st.sampled_from(["\ud83d", "\0", "NaN", "2026-01-31T12:00:00Z", "20260131120000", SECONDS]),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "x"]), inner, max_size=2),
    max_leaves=4,
)


@given(
    st.dictionaries(st.sampled_from([*FIELDS, "x"]), _VALUES),
    st.sampled_from([None, "wire", ""]),
    st.sampled_from([None, UTC]),
    st.booleans(),
)
def test_whatever_is_converted_is_a_document_or_refused_with_its_reason(
    row: dict[str, Any], source: str | None, zone: Any, table: bool
) -> None:
    conversion = Conversion(guess_columns(list(row), {}) if table else None, zone, source)
    document, refusal = None, ""
    try:
        document = parse_document(conversion.convert(row), NOW)
    except DocumentError as error:
        refusal = str(error)
    assert "Error:" not in refusal
    if document is None:
        assert refusal
    else:
        assert document.content.strip()
        assert EARLIEST <= document.published_at <= NOW + timedelta(hours=1)


def test_a_whole_time_beside_an_empty_date_is_taken() -> None:
    columns = guess_columns(["date", "time", "text", "source"], {})
    row = {"date": None, "time": "2026-03-02T10:00:00Z", "text": "Acme falls", "source": "wire"}
    assert b"2026-03-02T10:00:00Z" in Conversion(columns).convert(row)
    assert b"published_at" not in Conversion(columns).convert({**row, "time": "9:30"})
