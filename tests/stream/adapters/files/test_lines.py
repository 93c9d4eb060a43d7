"""Input files as people have them, and as they should not be."""

import gzip
import io
import os
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from stream.adapters.files import lines
from stream.adapters.files.lines import Line, read_lines
from stream.errors import SettingsError
from stream.pipeline.documents.limits import MAX_RECORD_BYTES

GOOD = b'{"source": "a", "text": "x"}'


def _read(path: Path, content: bytes) -> list[Line]:
    path.write_bytes(content)
    return list(read_lines(str(path)))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("block", [1, 3, 7, 1 << 20])
def test_lines_are_numbered_as_editors_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, packed: bool
) -> None:
    monkeypatch.setattr(lines, "BLOCK", block)
    content = b"\xef\xbb\xbfone\r\n\r\n  \n\ttwo \n\n\n\nthree\n \r\nfour"
    found = _read(tmp_path / "f", gzip.compress(content) if packed else content)
    assert [(line.number, line.content) for line in found] == [(1, b"one"), (4, b"two"), (8, b"three"), (10, b"four")]
    assert all(line.length == len(line.content) for line in found)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n \n"])
def test_a_file_without_a_document_has_no_lines(tmp_path: Path, content: bytes) -> None:
    assert _read(tmp_path / "f", content) == []


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    assert [line.content for line in _read(tmp_path / "f.jsonl", gzip.compress(GOOD + b"\n" + GOOD))] == [GOOD, GOOD]
    many = gzip.compress(GOOD + b"\n") + gzip.compress(GOOD)
    assert [line.content for line in _read(tmp_path / "f.gz", many)] == [GOOD, GOOD]


def _problem(path: Path, content: bytes) -> str:
    with pytest.raises(SettingsError) as error:
        _read(path, content)
    return str(error.value).replace(str(path), "FILE")


def test_what_is_no_file_of_lines_is_said_with_the_line(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(b"%s %d\n" % (os.urandom(90).hex().encode(), n) for n in range(1000)))
    assert _problem(tmp_path / "a.gz", GOOD) == "FILE: is named .gz, but is no gzip file"
    assert _problem(tmp_path / "b", packed[: len(packed) // 2]).endswith("the gzip file is cut off there")
    damaged = bytearray(packed)
    damaged[len(packed) // 2 : len(packed) // 2 + 50] = b"\xff" * 50
    assert "the gzip file is damaged" in _problem(tmp_path / "c", bytes(damaged))
    assert "FILE: line 1001: the gzip file is damaged" in _problem(tmp_path / "d", packed + b"trailing")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert _problem(tmp_path / "e", '{"a": 1}\n'.encode(encoding)).startswith("FILE: is UTF-")
    for place, reason in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file")):
        with pytest.raises(SettingsError, match=reason):
            list(read_lines(str(place)))
    with pytest.raises(SettingsError, match="null byte"):
        list(read_lines("a\0b"))


def test_null_bytes_are_the_line_s_fault(tmp_path: Path) -> None:
    assert [line.content for line in _read(tmp_path / "f", GOOD + b"\n\x00\x00\n" + GOOD)] == [GOOD, b"\x00\x00", GOOD]


def test_a_long_line_is_cut_and_those_after_it_are_read(tmp_path: Path) -> None:
    size = 3 * MAX_RECORD_BYTES
    for long in (b"x" * size, b" " * size + b"x"):
        cut, good = _read(tmp_path / "f", long + b"\n" + GOOD)
        assert (cut.number, cut.length, len(cut.content)) == (1, len(long), MAX_RECORD_BYTES + 1) or cut.content == b"x"
        assert (good.number, good.content) == (2, GOOD)


def _packed(path: Path, part: bytes, times: int) -> str:
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(times):
            file.write(part)
        file.write(b"\n" + GOOD)
    return str(path)


@pytest.mark.parametrize(
    ("part", "megabytes", "reason"),
    [
        (b"\n" * (1 << 20), 300, "nothing but line ends for 256 MiB"),
        (b" \r\n" * (1 << 18), 300, "nothing but line ends for 256 MiB"),
        (b"x" * (1 << 20), 300, "no line end in 256 MiB"),
        (b" " * (1 << 20), 300, "no line end in 256 MiB|nothing but line ends"),
    ],
)
def test_endless_lines_and_line_ends_end_soon_in_little_memory(
    tmp_path: Path, part: bytes, megabytes: int, reason: str
) -> None:
    file = _packed(tmp_path / "f.gz", part, megabytes * (1 << 20) // len(part))
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(SettingsError, match=reason):
            list(read_lines(file))
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 120  # some seconds; what reads a line again takes far longer


def test_lines_come_when_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with io.TextIOWrapper(os.fdopen(reading, "rb")) as file:
        monkeypatch.setattr("sys.stdin", file)
        found = read_lines("-")
        threading.Timer(0.1, os.write, (writing, GOOD + b"\n")).start()
        assert next(found).content == GOOD
        os.write(writing, b"two\n")
        assert next(found) == Line(2, b"two", 3)
        os.close(writing)
        assert list(found) == []
