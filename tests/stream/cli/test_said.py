"""Errors are shown in the language of the process; no text that a command raises is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import stream
from stream.cli.said import ERRORS, in_own_language
from stream.translation import choose_language

RAISED = {"UsageError", "NotFoundError", "SettingsError", "PlaceError", "DocumentError"}
ELSEWHERE = {"api", "bench", "embedded"}  # of programs, and of what a desk does not run
LEAST = 8  # letters of its own; a text of fewer only puts others together


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    choose_language("zh")
    yield
    choose_language("en")


def _texts() -> Iterator[str]:
    """Yield the texts that are raised, with numbers for what is put into them."""
    root = Path(stream.__file__).parent
    for file in root.rglob("*.py"):
        if not ELSEWHERE.isdisjoint(file.relative_to(root).parts):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                name = getattr(node.exc.func, "id", "")
                if name in RAISED and (text := _text(node.exc.args[name == "PlaceError"])):
                    yield text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    numbers = iter(range(len(parts)))
    return "".join(str(one.value) if isinstance(one, ast.Constant) else f"{{{next(numbers)}}}" for one in parts)


def test_each_text_that_a_command_raises_stands_in_the_list() -> None:
    raised = set(_texts())
    assert len(raised) > 100
    assert not [text for text in raised - set(ERRORS) if len(re.sub(r"\{\d\}|\W", "", text)) >= LEAST]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "series 'x': one begins with topic:, entry: or group:, or is watchlist:all",
            "监控项 'x'：应以 topic:、entry: 或 group: 开头，或为 watchlist:all",
        ),
        (
            "wl.yaml, line 2: entry of '晨川银行': there is no field 'alias'; did you mean 'aliases'?",
            "wl.yaml，第 2 行：条目 '晨川银行'：没有字段 'alias'；是否想写 'aliases'？",
        ),
        (
            "wl.yaml, line 2: entry: tickers[0]: a text is expected; this is read as true or false; "
            "put it in quotation marks",
            "wl.yaml，第 2 行：条目：tickers[0]: 应为文本；这里被读作 true 或 false；请加引号",
        ),
        (
            "w.csv, line 2: column 'weight': a number with a point, as in 2.5, is expected, and not '2,5'",
            "w.csv，第 2 行：column 'weight': 应为数字，小数点用“.”，例如 2.5，而不是 '2,5'",
        ),
        (
            "w.csv, line 3: 'Apple ' is named as the entry 'Apple' further up, but for spaces; put them together",
            "w.csv，第 3 行：'Apple ' 与上文的条目 'Apple' 只差空格；请合为一条",
        ),
        ("w.yaml, line 1: share: a number over 0 is expected", "w.yaml，第 1 行：share: 应为大于 0 的数字"),
        ("ru.yaml, line 5: rules[0].windows[0]: a window has 5m to 7d, not 1m", None),
        ("none.yaml: No such file or directory", "none.yaml: 没有这个文件或文件夹"),
        (
            "alert 'bc': no such alert; see `bellwether alerts list`",
            "预警 'bc'：没有这个预警；见 `bellwether alerts list`",
        ),
        (
            "published_at: '3 pm' has no time zone; write 2026-01-31T12:00:00Z",
            "published_at：'3 pm' 没有时区；请写成 2026-01-31T12:00:00Z",
        ),
        (
            "record: not JSON: a comma stands behind the last value, at byte 7",
            "record: 不是 JSON：最后一个值后面有逗号，在第 7 字节",
        ),
        ("source: a text in quotation marks is expected; this is a number", "source: 应为引号中的文本；这里是数字"),
        ("author: 3000 bytes, at most 2048 are read", "author：3000 字节，最多读取 2048 字节"),
        (
            "a.csv: no column was known as the text; there are x, y; write --column text=NAME",
            "a.csv: 没有认出哪一列是 text；现有：x, y；请写 --column text=列名",
        ),
        (
            "a.csv: line 1: not UTF-8: byte 0 is 0xb9; save the table as UTF-8",
            "a.csv，第 1 行：不是 UTF-8：第 0 字节是 0xb9；请把表格另存为 UTF-8（Excel 中选“CSV UTF-8”）",
        ),
        (
            "not CSV: unexpected end of data; is a quotation mark not closed?",
            "不是 CSV：unexpected end of data；是否有引号没有配对？",
        ),
        ("what nobody knows", "what nobody knows"),
    ],
)
def test_a_message_is_translated_with_its_parts(english: str, chinese: str | None) -> None:
    said = in_own_language(english)
    assert said == chinese if chinese is not None else "窗口长度为 5m 到 7d" in said


def test_in_english_a_message_stays_as_it_is() -> None:
    choose_language("en")
    assert in_own_language("say either --for or --until") == "say either --for or --until"
