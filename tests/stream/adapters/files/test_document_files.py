import gzip
import io
import json
import random
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from stream.adapters.files.arrays import MAX_ELEMENT
from stream.adapters.files.documents import DocumentFile, parse_line
from stream.adapters.files.lines import Line
from stream.batches import batches
from stream.errors import DocumentError, SettingsError, UsageError
from stream.pipeline.documents.document import parse_document
from stream.pipeline.documents.limits import MAX_RECORD_BYTES
from stream.pipeline.documents.masking import Acceptance

TABLE = "Headline,Publisher,pubDate\n"


def _lines(path: Path, content: str | bytes, **options: Any) -> tuple[list[Line], list[str]]:
    raw = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    notes: list[str] = []
    return list(DocumentFile(str(path), **options).lines(notes.append)), notes


def _records(lines: list[Line]) -> list[dict[str, Any]]:
    return [json.loads(line.content) for line in lines if not line.refusal]


@pytest.mark.parametrize(("name", "sign"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.CSV.gz", ",")])
def test_a_table_is_read_with_the_columns_shown(tmp_path: Path, name: str, sign: str) -> None:
    rows = [
        ["Headline", "Publisher", "pubDate", ""],
        ['"Two\r\nlines"', "wire", "2026-01-31 12:00:00", ""],
        ["Up", "w"],
    ]
    text = "\ufeff" + "\r\n".join(sign.join(row) for row in rows) + "\r\n\r\n"
    lines, notes = _lines(tmp_path / name, text, time_zone="Europe/Zurich")
    assert [line.number for line in lines] == [2, 4]
    assert _records(lines) == [
        {"source": "wire", "title": "Two\r\nlines", "published_at": "2026-01-31T11:00:00Z"},
        {"source": "w", "title": "Up"},
    ]
    assert notes == ["columns: source=Publisher, title=Headline, published_at=pubDate (others: --column FIELD=COLUMN)"]


def test_rows_that_cannot_be_read_are_refused_and_those_behind_them_are_read(tmp_path: Path) -> None:
    bad = [
        '"a "b" c",s,',
        "x,s,,more",
        "\xff\xfe",
        "y" * (MAX_RECORD_BYTES + 5),
        "z,,",
        "z,s,noon",
        '"' + "q" * 140_000,
    ]
    content = (TABLE + "\n".join(bad) + "\n").encode("latin-1") + b"Up,s,\n"
    lines, _ = _lines(tmp_path / "a.csv", content)
    assert [line.number for line in lines] == [*range(2, 9), 9]
    assert _records(lines) == [{"source": "s", "title": "Up"}]
    reasons = ["not CSV", "more fields", "not UTF-8", "record: a line of", "source: missing", "published_at: 'noon'"]
    for line, reason in zip(lines, [*reasons, "not CSV: field larger"], strict=False):
        assert line.refusal.startswith(reason)


@pytest.mark.parametrize(
    ("name", "content", "options", "told"),
    [
        ("a.csv", "", {}, "line 1: empty"),
        ("a.csv", b"\xfftext\n", {}, "line 1: not UTF-8: byte 0 is 0xff"),
        ("a.csv", '"text', {}, "line 1: not CSV"),
        ("a.csv", "a,b\n1,2\n", {}, "no column was known as the text; there are a, b; write --column text=NAME"),
        ("a.csv", "text,b\n1,2\n", {}, "no column was known as the source; there are text, b; write --source NAME"),
        ("a.csv", "text,text\n1,2\n", {}, "column 'text' stands twice"),
        ("a.csv", TABLE.encode("utf-16"), {}, "is UTF-16, not UTF-8; convert it"),
        ("a.xlsx", b"PK", {}, "no Excel file"),
        ("a.xlsx", b"text,source", {}, "no Excel file"),
        ("a.csv", b"PK\x03\x04..", {}, "is a ZIP file; unpack it"),
        ("a.xls.csv", b"\xd0\xcf\x11\xe0", {}, "is an old Excel file"),
        ("a.parquet", b"PAR1...", {}, "is a Parquet file; save it as CSV or as JSON lines"),
        ("a.bz2", b"BZh91AY&SY", {}, "is packed with bzip2; unpack it"),
        ("a.xz", b"\xfd7zXZ\0", {}, "is packed with xz; unpack it"),
        ("a.zst", b"\x28\xb5\x2f\xfd.", {}, "is packed with zstd; unpack it"),
        ("a.json", '{"response": {"results": [{"x": "A", "y": 1}]}}', {}, "known as the text; there are x, y;"),
        ("a.ods", b"PK", {}, "of spreadsheets only .xlsx is read"),
        ("a.json", "[1, 2", {}, r"line 1: a JSON array needs '\]' where the end of the file is"),
        ("a.json", "[{}\n,\n{x}]", {"source": "s"}, "line 3: not JSON"),
        ("a.json", b'[{"text": "\xfc"}]', {}, "line 1: not UTF-8: it holds 0xfc"),
        ("a.json", "[] 1", {}, "something follows behind the end"),
        ("a.json", "[" + "[" * 50_000, {}, "line 1: not JSON"),
        ("a.json", '["' + "x" * (2 * MAX_ELEMENT), {}, "line 1: not JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, name: str, content: str | bytes, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        _lines(tmp_path / name, content, **options)


def test_a_row_of_many_lines_has_an_end(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path / "a.csv", "text,source\n" + '"a\n",' * 200_000 + "x\nUp,s\n")
    assert lines[0].refusal.startswith("record: over")
    assert lines[0].number == 2
    assert (lines[1].number, _records(lines)) == (3, [{"text": "Up", "source": "s"}])


def test_wrong_options_are_told(tmp_path: Path) -> None:
    for content, name in ((TABLE, "a.csv"), ('[{"x": 1}]', "a.json"), ('{"x": 1}', "a.jsonl")):
        with pytest.raises(UsageError, match="no column 'Nope'; there are"):
            _lines(tmp_path / name, content, columns=("text=Nope",))
    with pytest.raises(UsageError, match="--time-zone Mars: there is no such zone"):
        _lines(tmp_path / "a.csv", TABLE, time_zone="Mars")


def test_an_array_is_read_element_by_element(tmp_path: Path) -> None:
    rows = [{"text": f"Up {at}", "source": "s", "id": str(at), "timestamp": 1769860800.0} for at in range(30_000)]
    text = "\ufeff \n" + json.dumps([*rows, {"text": "Ü" * 1000, "source": float("nan")}, 5], indent=1)
    lines, notes = _lines(tmp_path / "a.json", text, source="wire")
    records = _records(lines)
    assert len(records) == 30_001
    assert records[0] == {"id": "0", "source": "s", "text": "Up 0", "published_at": "2026-01-31T12:00:00Z"}
    assert records[-1] == {"source": "wire", "text": "Ü" * 1000}
    assert [line.number for line in lines[:2]] == [3, 9]
    assert lines[-1].refusal == "the element is no JSON object"
    assert notes[1:] == ["published_at: numbers are read as seconds since 1970, by their size"]


ARTICLES = """[{"source": {"id": null, "name": "Wire"}, "title": "Up", "publishedAt": "2026-01-31T12:00:00Z"},
 {"domain": "a.example", "title": "Down", "seendate": "20260131T120000Z", "url": "v"}]"""


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param(f'{{"status": "ok", "totalResults": 2, "articles": {ARTICLES}}}', 1, id="newsapi.org"),
        pytest.param(
            f'\ufeff\n{{"articles":{ARTICLES}, "next": {{"a": [1, "]"]}}}}\n\n', 1, id="what follows is passed over"
        ),
        pytest.param(
            f'{{"next\\" page": "x \\" [", "ok": true, "n": -1.5e3, "meta": {{"found": 2}}, "results": {ARTICLES} }}',
            1,
            id="signs in texts",
        ),
        pytest.param(
            f'{{"data": {ARTICLES}}}\n{{"data": []}}\n{{}}\n{{"data": {ARTICLES}}}', 2, id="an answer on each line"
        ),
    ],
)
def test_what_an_api_answers_is_read(tmp_path: Path, text: str, count: int) -> None:
    file = tmp_path / "answer.json"
    file.write_text(text)
    said: list[str] = []
    rows = [json.loads(line.content) for line in DocumentFile(str(file), source="other").lines(said.append)]
    assert [(row["source"], row["title"]) for row in rows] == [("Wire", "Up"), ("a.example", "Down")] * count
    assert rows[0]["published_at"] == "2026-01-31T12:00:00Z"
    assert said[0].startswith("columns: source=source/domain, title=title")


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "answer",
    [
        {"response": {"status": "ok", "results": [{"webTitle": "Up", "tags": [{"title": "no"}]}]}},
        {"items": "50", "feed": [{"title": "Up"}]},
        {"hits": [{"title": "Up"}]},
        {"schema": {"fields": [{"name": "title"}]}, "data": [{"title": "Up"}]},
        {"warnings": [], "news": {"latest": [{"title": "Up"}]}},
    ],
)
def test_a_list_that_stands_anywhere_in_an_answer_is_read(
    tmp_path: Path, answer: dict[str, Any], indent: int | None
) -> None:
    lines, _ = _lines(tmp_path / "a.json", json.dumps(answer, indent=indent), source="s")
    assert _records(lines) == [{"source": "s", "title": "Up"}]


@pytest.mark.parametrize("more", ["", '\n{"x": 1}'])
def test_a_line_that_holds_a_list_is_no_answer_where_it_has_a_text_or_others_follow(tmp_path: Path, more: str) -> None:
    line = '{"full_text": "Up", "entities": {"urls": [{"title": "no"}]}, "user": "s"}'
    lines, _ = _lines(tmp_path / "a.jsonl", line + more, columns=("text=full_text", "source=user"))
    assert _records(lines)[0] == {"source": "s", "text": "Up"}
    pretty = json.dumps(json.loads(line.replace("full_text", "said")), indent=1)
    lines, _ = _lines(tmp_path / "a.json", pretty, columns=("text=said", "source=user"))
    assert _records(lines)[0] == {"source": "s", "text": "Up"}
    lines, _ = _lines(tmp_path / "a.jsonl", line.replace("full_text", "said") + '\n{"x": 1}')
    assert [line.refusal.partition(":")[0] for line in lines] == ["source", "source"]


def test_fields_that_differ_from_row_to_row_of_an_array_are_all_read(tmp_path: Path) -> None:
    first = {"title": "Up", "source": "s", "publishedAt": "2026-01-31T12:00:00Z"}
    other = {"id": "7", "headline": "Up", "publisher": "s", "pubDate": "2026-01-31T12:00:00Z", "summary": "b"}
    lines, _ = _lines(tmp_path / "a.json", json.dumps([first] * 100 + [other]))
    same = {"source": "s", "title": "Up", "published_at": "2026-01-31T12:00:00Z"}
    assert _records(lines)[99:] == [same, {"id": "7", **same, "body": "b"}]


def test_a_table_of_withdrawals_needs_no_text(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path / "a.csv", "id,source,withdrawn\n1,s,true\n", columns=("id=id",))
    assert _records(lines) == [{"id": "1", "source": "s", "withdrawn": True}]


@pytest.mark.parametrize("heading", ["Headline,Publisher", "sep=;\nHeadline;Publisher", "x\tPublisher\tHeadline"])
def test_a_table_is_known_by_its_first_line_whatever_its_name(tmp_path: Path, heading: str) -> None:
    sign = next(sign for sign in "\t;," if sign in heading)
    row = sign.join(["1", "s", "Up"] if heading[0] == "x" else ["Up", "s"])
    lines, _ = _lines(tmp_path / "a.txt", f"\ufeff{heading}\n{row}\n")
    assert _records(lines) == [{"source": "s", "title": "Up"}]


def test_a_column_that_is_chosen_makes_a_table_known(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path / "a.txt", "Nachricht;Wer\nUp;s\n", columns=("text=Nachricht", "source=Wer"))
    assert _records(lines) == [{"source": "s", "text": "Up"}]


def test_a_comma_in_a_column_s_name_is_no_delimiter(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path / "a.csv", "Headline;Source;Date, UTC;Text\nA;s;;b\n")
    assert _records(lines) == [{"source": "s", "title": "A", "body": "b"}]


def test_quotation_marks_behind_a_space_are_none_of_the_text_but_where_the_text_goes_on(tmp_path: Path) -> None:
    rows = '"A, falls", "Reuters, London"\nB, "Reuters" of London\nC, "Reuters\nD, s\n'
    lines, _ = _lines(tmp_path / "a.csv", "title, source\n" + rows)
    found = [(line.number, json.loads(line.content)["source"]) for line in lines]
    assert found == [(2, "Reuters, London"), (3, '"Reuters" of London'), (4, '"Reuters'), (5, "s")]


def test_the_answer_of_gdelt_is_read_and_a_document_with_a_list_stays_one(tmp_path: Path) -> None:
    file = tmp_path / "gdelt.json"
    file.write_text(
        '{"articles": [{"domain": "a.example", "title": "Down", "seendate": "20260131T120000Z", "language": "en"}]}'
    )
    (line,) = DocumentFile(str(file)).lines(lambda _: None)
    document = {"source": "a.example", "title": "Down", "lang": "en", "published_at": "2026-01-31T12:00:00Z"}
    assert json.loads(line.content) == document
    file.write_text('{"title": "Up", "source": "a", "items": [{"x": 1}]}\n{"id": "1", "source": "a", "text": "b"}\n')
    assert [json.loads(line.content)["source"] for line in DocumentFile(str(file)).lines(lambda _: None)] == ["a", "a"]


@pytest.mark.parametrize("lists", ['"items": [], ', '"data": [{"x": 1}], ', '"results": [{"title": "Other"}], '])
@pytest.mark.parametrize("between", [" ", "\n "])
def test_an_object_with_a_text_is_a_document_whatever_lists_it_holds(tmp_path: Path, lists: str, between: str) -> None:
    one = f'{{"id": "1",{between}{lists}{between}"source": "s", "text": "Apple falls"}}'
    lines, _ = _lines(tmp_path / "a.jsonl", f"{one}\n{one}\n")
    assert [(row["id"], row["text"]) for row in _records(lines)] == [("1", "Apple falls")] * 2


def test_objects_over_several_lines_are_documents(tmp_path: Path) -> None:
    rows = [{"id": str(at), "source": "s", "text": "Up", "more": {"a": [1]}} for at in range(3)]
    lines, _ = _lines(tmp_path / "a.json", "\n".join(json.dumps(row, indent=2) for row in rows))
    assert [row["id"] for row in _records(lines)] == ["0", "1", "2"]
    assert [line.number for line in lines] == [1, 11, 21]
    lines, _ = _lines(tmp_path / "a.jsonl", "".join(json.dumps(row) + "\r" for row in rows))
    assert len(_records(lines)) == 3


@pytest.mark.parametrize("first", ['{"source": "s", "text": "Up"} more', "{broken", '{"source": "s"', '{"a": [1,'])
def test_a_first_line_that_is_broken_costs_no_other(tmp_path: Path, first: str) -> None:
    lines, _ = _lines(tmp_path / "a.jsonl", f'{first}\n{{"source": "s", "text": "Up"}}\n')
    assert [bool(line.refusal) for line in lines] == [True, False]


def test_what_has_a_feeds_title_is_no_document(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path / "a.json", '{"items": [{"title": "Up"}], "title": "All news"}', source="s")
    assert [row["title"] for row in _records(lines)] == ["Up"]


@pytest.mark.parametrize("value", [-0.4, "neg", {"score": 1}, {"label": "neg"}, {"label": "x", "probabilities": {}}])
def test_a_sentiment_of_somebody_else_makes_no_scored_document(tmp_path: Path, value: Any) -> None:
    row = json.dumps({"headline": "Up", "date": "2026-03-02 09:30", "sentiment": value})
    columns = ("title=headline", "published_at=date")
    lines, _ = _lines(tmp_path / "a.jsonl", row, columns=columns, source="vend", time_zone="UTC")
    assert _records(lines) == [{"source": "vend", "title": "Up", "published_at": "2026-03-02T09:30:00Z"}]


def test_scored_documents_of_an_array_stay_as_they_are(tmp_path: Path) -> None:
    sentiment = {"label": "negative", "probabilities": {"negative": 0.9}}
    scored = {"id": "1", "source": "s", "text": "Up", "sentiment": sentiment, "artifact": {"name": "a", "hash": "b"}}
    lines, _ = _lines(tmp_path / "a.json", json.dumps([scored, {"source": "s", "text": "Down", "other": 1}]))
    assert _records(lines) == [scored, {"source": "s", "text": "Down"}]


@pytest.mark.parametrize("closed", ["", 's,"quoted, row",\n', 's,"two\nlines",\n'])
def test_a_stray_quotation_mark_costs_its_line_alone(tmp_path: Path, closed: str) -> None:
    rows = "".join(f"s,row {at} falls,\n" for at in range(6000))
    lines, _ = _lines(tmp_path / "a.csv", f'source,text,published_at\ns,"Apple falls,\n{rows}{closed}{rows}')
    refused = [line for line in lines if line.refusal]
    assert [line.number for line in refused] == [2]
    assert "is a quotation mark not closed?" in refused[0].refusal
    assert len(lines) == 12_001 + bool(closed)
    assert lines[-1].number == 12_002 + closed.count("\n")


def test_behind_a_stray_quotation_mark_a_line_that_is_not_utf_8_is_told_at_its_own_place(tmp_path: Path) -> None:
    content = b'source,text\ns,"Apple\ns,one\ns,\xff\ns,two\n'
    lines, _ = _lines(tmp_path / "a.csv", content)
    assert [(line.number, line.refusal.partition(":")[0]) for line in lines] == [
        (2, "not CSV"),
        (3, ""),
        (4, "not UTF-8"),
        (5, ""),
    ]


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        ("2026-03-02", "09:30:00", "2026-03-02T09:30:00Z"),
        ("2026-03-02T00:00:00", "9:30", "2026-03-02T09:30:00Z"),
        ("02.03.2026", "09:30", "2026-03-02T09:30:00Z"),
        ("20260302", "09:30:00+01:00", "2026-03-02T08:30:00Z"),
        ("2026-03-02", "", "2026-03-02T00:00:00Z"),
        ("2026-03-02T10:00", "09:30", "2026-03-02T10:00:00Z"),
        ("2026-03-02", "2026-03-02T09:30:00Z", "2026-03-02T09:30:00Z"),
    ],
)
def test_the_time_of_day_may_have_a_column_of_its_own(tmp_path: Path, day: str, clock: str, moment: str) -> None:
    lines, notes = _lines(tmp_path / "a.csv", f"text,source,Date,Time\nUp,s,{day},{clock}\n", time_zone="UTC")
    assert _records(lines)[0]["published_at"] == moment
    assert "published_at=Date with Time" in notes[0]
    row = json.dumps({"text": "Up", "source": "s", "date": day, "time": clock})
    lines, _ = _lines(tmp_path / "a.jsonl", row, columns=("published_at=date",), time_zone="UTC")
    assert _records(lines)[0]["published_at"] == moment


def test_a_time_of_day_that_is_none_is_refused(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path / "a.csv", "text,source,date,time\nUp,s,2026-03-02,noon\n", time_zone="UTC")
    assert lines[0].refusal.startswith("published_at: 'noon' is no time that is known")
    assert "2026年1月31日 12:00" in lines[0].refusal  # as the other forms, it is read


def test_scores_in_columns_are_told(tmp_path: Path) -> None:
    _, notes = _lines(tmp_path / "a.csv", "text,source,sentiment,artifact\nUp,s,x,y\n")
    assert notes[0].startswith("scores in columns are passed over")


def test_what_excel_says_of_its_delimiter_is_no_header(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path / "a.csv", "\ufeffsep=;\r\ntitle;source\r\nUp, and down;s\r\n")
    assert [(line.number, json.loads(line.content)["title"]) for line in lines] == [(3, "Up, and down")]


def test_a_table_of_an_old_mac_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="line ends of an old Mac"):
        _lines(tmp_path / "a.csv", "text,source\rUp,s\r")


def test_an_array_that_is_cut_off_is_told_behind_what_stands_before(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('[{"source": "s", "text": "Up"},\n{"source": "s", "text": "Do')
    lines = DocumentFile(str(file)).lines(lambda _: None)
    assert json.loads(next(lines).content)["text"] == "Up"
    with pytest.raises(SettingsError, match="line 2: not JSON: the file ends within an element; is it cut off"):
        next(lines)


@pytest.mark.parametrize("columns", [(), ("text=text",)])
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_gzip_file_that_is_broken_says_where_and_gives_what_stands_before(
    tmp_path: Path, columns: tuple[str, ...], damage: str
) -> None:
    rows = [json.dumps({"source": "s", "text": random.Random(at).randbytes(30).hex()}) for at in range(2000)]
    packed = bytearray(gzip.compress("\n".join(rows).encode()))
    packed[-20_000:] = b"" if damage == "cut" else b"\xff" * 20_000
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    found: list[Line] = []
    lines = DocumentFile(str(tmp_path / "a.jsonl.gz"), columns).lines(lambda _: None)
    with pytest.raises(SettingsError, match=r"line \d\d+: the gzip file is") as caught:
        found.extend(found_one for batch in batches(lines, 256) for found_one in batch)
    assert len(found) > 1000
    assert f"line {len(found) + 1}:" in str(caught.value)


class _Pieces(io.RawIOBase):
    """A pipe: each read gives one piece."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._pieces.pop(0) if self._pieces else b""
        if piece[len(buffer) :]:
            self._pieces.insert(0, piece[len(buffer) :])
            piece = piece[: len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize(
    "content",
    [
        b'{"status":"ok","totalResults":1,"articles":[{"title":"Up","source":"s"}]}',
        b'\n  \n[{"title":"Up","source":"s"}]',
        b'\xef\xbb\xbf {"title":"Up",\n"source":"s"}\n',
        b'{"items":[],"title":"Up","source":"s"}\n',
        b"title,source\nUp,s\n",
        b'{"response":{"found":[{"title":"Up","source":"s"}]}}\n\n',
    ],
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("size", [1, 7])
def test_the_pieces_of_a_pipe_change_nothing(
    monkeypatch: pytest.MonkeyPatch, content: bytes, packed: bool, size: int
) -> None:
    whole = gzip.compress(content) if packed else content
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(_Pieces(pieces))))
    (record,) = _records(list(DocumentFile("-").lines(lambda _: None)))
    assert (record["title"], record["source"]) == ("Up", "s")


def test_a_line_of_a_pipe_is_given_before_the_next_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [b'{"source":"s","text":"Up"}\n', b'{"source":"s","text":"Down"}\n']
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(_Pieces(pieces))))
    next(DocumentFile("-").lines(lambda _: None))
    assert len(pieces) == 1


@pytest.mark.parametrize("text", ["[]", " [\n]\n", '{"status": "ok", "articles": []}'])
def test_an_empty_array_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "none.json"
    file.write_text(text)
    said: list[str] = []
    assert list(DocumentFile(str(file)).lines(said.append)) == []
    assert said == [f"{file}: no document stands in it"]


@pytest.mark.parametrize(
    ("name", "text"), [("a.jsonl", ""), ("a.csv", "text,source\n"), ("a.jsonl", "\n\n"), ("b.gz", "")]
)
def test_a_file_without_documents_is_told(tmp_path: Path, name: str, text: str) -> None:
    lines, notes = _lines(tmp_path / name, text)
    assert not lines
    assert notes[-1] == f"{tmp_path / name}: no document stands in it"


def test_json_lines_whose_text_has_another_name_say_how_to_name_it(tmp_path: Path) -> None:
    line = '{"source": "w", "headline": "Up", "date": "2026-01-31T12:00:00Z"}\n'
    _, notes = _lines(tmp_path / "a.jsonl", '{"source": "w", "text": "Up"}\n' + line * 3)
    assert notes == ["line 2 has no text; if it stands in 'headline': --column title=headline"]
    lines, notes = _lines(tmp_path / "a.jsonl", line, columns=("title=headline",))
    assert _records(lines)[0]["title"] == "Up"
    assert notes == ["no published_at; if the time stands in 'date': --column published_at=date"]


def test_json_lines_keep_what_the_stream_takes_and_convert_the_rest(tmp_path: Path) -> None:
    taken = b'{ "source":"s", "text":"Up", "other":1 }'
    scored = b'{"sentiment": {"label": "odd", "probabilities": {}}, "artifact": 5}'
    odd = b'{"source": "s", "title": "Up", "text": "", "published_at": "Sat, 31 Jan 2026 12:00:00 GMT"}'
    lines, _ = _lines(tmp_path / "a.jsonl", b"\n".join([taken, b"", scored, odd, b"nonsense", b"5"]))
    assert [line.content for line in lines[:2]] == [taken, scored]
    assert json.loads(lines[2].content)["published_at"] == "2026-01-31T12:00:00Z"
    assert [(line.number, bool(line.refusal)) for line in lines] == [
        (1, False),
        (3, False),
        (4, False),
        (5, True),
        (6, True),
    ]
    renamed, _ = _lines(tmp_path / "b.jsonl", taken[:-2] + b', "date": 1769860800000}', columns=("published_at=date",))
    assert _records(renamed)[0]["published_at"] == "2026-01-31T12:00:00Z"


def test_an_array_comes_from_standard_input_too(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'[{"text": "Up", "source": "s"}]'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
    assert _records(list(DocumentFile("-").lines(lambda _: None))) == [{"text": "Up", "source": "s"}]


def test_an_excel_file_is_a_table(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Headline", "Publisher", "Published", "Views"])
    sheet.append(["Shares plunge 5%", "wire", datetime(2026, 3, 1, 9, 30), 12.0])
    sheet.append([None, None, None, None])
    sheet.append(["\u6052\u5927\u8fdd\u7ea6", "wire", 1772357400000.0, None])
    sheet.append(["No publisher", None, "2026-03-01T09:30:00Z", None])
    book.create_sheet("other").append(["not read"])
    book.save(tmp_path / "a.xlsx")
    file = DocumentFile(str(tmp_path / "a.xlsx"), time_zone="Europe/Zurich")
    said: list[str] = []
    lines = list(file.lines(said.append))
    assert said[0].startswith("columns: source=Publisher, title=Headline, published_at=Published")
    assert [line.number for line in lines] == [2, 4, 5]
    first, second = (json.loads(line.content) for line in lines[:2])
    assert (first["title"], first["source"]) == ("Shares plunge 5%", "wire")
    at = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    assert [parse_document(line.content, at).published_at for line in lines[:2]] == [at, at + timedelta(minutes=60)]
    assert second["title"] == "\u6052\u5927\u8fdd\u7ea6"
    assert "source: missing" in lines[2].refusal


@pytest.mark.parametrize("dimension", ["A1", "A1:B3", "A1:A9"])
def test_what_an_excel_file_says_of_its_size_cuts_nothing_off(tmp_path: Path, dimension: str) -> None:
    book = Workbook()
    for row in [["title", "source"], *([f"Up {at}", "s"] for at in range(4)), ["Two_x000D_\nlines_x0009_", "s"]]:
        book.active.append(row)
    book.save(tmp_path / "whole.xlsx")
    with ZipFile(tmp_path / "whole.xlsx") as whole, ZipFile(tmp_path / "a.xlsm", "w") as wrong:
        for name in whole.namelist():
            wrong.writestr(name, re.sub(rb'(<dimension ref=")[^"]*', rb"\g<1>" + dimension.encode(), whole.read(name)))
    lines = list(DocumentFile(str(tmp_path / "a.xlsm")).lines(print))
    assert [row["title"] for row in _records(lines)] == ["Up 0", "Up 1", "Up 2", "Up 3", "Two\nlines"]
    assert {row["source"] for row in _records(lines)} == {"s"}


def test_an_excel_file_with_nothing_in_it_is_told(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(SettingsError, match="line 1: empty"):
        list(DocumentFile(str(tmp_path / "a.xlsx")).lines(print))


def test_an_excel_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Workbook().save(tmp_path / "a.xlsx")
    monkeypatch.setattr("stream.adapters.files.spreadsheets.MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(SettingsError, match="over a gigabyte"):
        list(DocumentFile(str(tmp_path / "a.xlsx")).lines(print))


@pytest.mark.parametrize("padding", ["", '"more": "' + "x" * 400_000 + '", "again": "' + "x" * 900_000 + '",\n'])
def test_an_object_over_several_lines_that_is_no_document_is_refused_at_its_line(tmp_path: Path, padding: str) -> None:
    content = '{\n"text": "a"\n}\n{\n' + padding + '"text": null\n}\n{"other": 5}\n{\n"text": "z"}\n{"articles": []}\n'
    lines, _ = _lines(tmp_path / "a.json", content, source="s")
    more = padding.count("\n")
    read = [
        (line.number, isinstance(parse_line(line, datetime.now(UTC), Acceptance()), DocumentError)) for line in lines
    ]
    assert read == [
        (1, False),
        (4, True),
        (7 + more, True),
        (8 + more, False),
    ]


def test_stray_quotation_marks_of_a_large_table_cost_their_lines_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.tables.MAX_GIVEN_BACK", 200_000)
    rows = 's,"Apple falls\n' + f"s,{'d' * 1000}\n" * 140
    lines, _ = _lines(tmp_path / "a.csv", "source,text\n" + rows * 12)
    assert [line.number for line in lines if line.refusal] == [2 + 141 * at for at in range(12)]
    assert len(lines) == 141 * 12
