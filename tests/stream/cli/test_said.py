"""Errors are shown in the language of the process; no text that a command raises is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from polib import pofile
from typer.testing import CliRunner

from models.runtime import providers
from stream.cli import app
from stream.cli.hints import hint
from stream.cli.said import in_own_language
from stream.cli.work.running import REASONS, running_words
from stream.errors import SettingsError
from stream.translation import FOLDER, choose_language, error_texts
from tests.raised import raised_texts, written_texts

LEAST = 8  # letters of its own; a text of fewer only puts others together
# What stays English: what is quoted, or is written so, as options, settings, fields and addresses.
WRITTEN = re.compile(r"`.*?`|(?<!\w)'[^']*'|--[\w-]+|\w*_\w*|\w+://\S+|/\w+|docs/\S+|\b[a-z]+:")
WORDS = {"base", "bellwether", "create", "false", "gzip", "install", "min", "pip", "port", "topics", "true", "worker"}


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    choose_language("zh")
    yield
    choose_language("en")


def _left_english(text: str) -> list[str]:
    """Return the English words that are left of a text with numbers, as a person is told it."""
    said = in_own_language(re.sub(r"\{(\d+)\}", r"§\1", text))
    return [word for word in re.findall(r"(?<![A-Za-z])[a-z]{3,}", WRITTEN.sub("", said)) if word not in WORDS]


def test_each_text_that_a_command_raises_is_translated_whole() -> None:
    raised = {text: where for where, text in raised_texts()}
    assert len(raised) > 400
    long = {text: where for text, where in raised.items() if len(re.sub(r"\{\d\}|\W", "", text)) >= LEAST}
    assert not {where: text for text, where in long.items() if text not in error_texts("zh") and _left_english(text)}


def test_each_text_of_errors_is_of_the_code() -> None:
    written = "\0".join(written_texts())
    of_others = {entry.msgid for entry in pofile(str(FOLDER / "zh.errors.po")) if entry.comment == "not in the code"}
    texts = {text: [part.strip() for part in re.split(r"\{\d\}", text)] for text in error_texts("zh")}
    stale = {text for text, parts in texts.items() if not all(part in written for part in parts if len(part) > 3)}
    assert stale - {text for _where, text in raised_texts()} == of_others


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
            "w.csv，第 2 行：列 'weight'：应为数字，小数点用“.”，例如 2.5，而不是 '2,5'",
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
        (
            "gbk.csv, line 2: it is not UTF-8; save it as UTF-8",
            "gbk.csv，第 2 行：不是 UTF-8；请另存为 UTF-8（Excel 中选“CSV UTF-8”）",
        ),
        (
            "zh.csv, line 1: column 'alias' is none of aliases, name; did you mean 'aliases'?",
            "zh.csv，第 1 行：列 'alias' 不是以下之一：aliases, name；是否想写 'aliases'？",
        ),
        (
            "nothere.xml: No such file or directory; the address of a feed begins with https://",
            "nothere.xml：没有这个文件或文件夹；信息源的地址以 https:// 开头",
        ),
        (
            "example.org did not answer: nothing takes connections there",
            "example.org 没有应答：那里没有程序接受连接",
        ),
        (
            "127.0.0.1: its address (127.0.0.1) is not public; say --allow-private to allow that",
            "127.0.0.1: 其地址（127.0.0.1）不是公网地址；若要允许，请加上 --allow-private",
        ),
        (
            "receiver 'desk': the variable DESK_SECRET is not set or empty",
            "接收方 'desk'：变量 DESK_SECRET 未设置或为空",
        ),
        (
            "Postgres did not return the alerts: connection failed: connection to server at "
            '"127.0.0.1", port 9 failed: Connection refused',
            "Postgres 没有返回数据（预警）：连接失败：连接服务器 127.0.0.1 端口 9 失败：连接被拒绝",
        ),
        (
            "bellwether: the worker ended: SettingsError: BELLWETHER_HTTP_PORT 9464 is taken, perhaps by another "
            "worker; choose another one, or 0 for a free one",
            "bellwether: 工作进程已结束：SettingsError：BELLWETHER_HTTP_PORT 9464 已被占用，可能是另一个工作进程；"
            "请换一个，或用 0 自动选择空闲端口",
        ),
        (
            "setting BELLWETHER_END_AFTER: end_after: 3: more than tick_bound and retry_for together, 90, is expected",
            "设置 BELLWETHER_END_AFTER：end_after：3：应大于 tick_bound 与 retry_for 之和，即 90",
        ),
        (
            "setting BELLWETHER_WEBHOOK_SECRET: webhook_secret: missing; webhooks are always signed",
            "设置 BELLWETHER_WEBHOOK_SECRET：webhook_secret：缺失；Webhook 总是要签名",
        ),
        ("what nobody knows", "what nobody knows"),
    ],
)
def test_a_message_is_translated_with_its_parts(english: str, chinese: str | None) -> None:
    said = in_own_language(english)
    assert said == chinese if chinese is not None else "窗口长度为 5m 到 7d" in said


@pytest.mark.parametrize(
    ("arguments", "chinese"),
    [
        (["alerts", "lst"], "没有命令 'lst'。是否想写 'list'？"),
        (["alerts", "list", "--limit", "x"], "'--limit' 的值无效：应为整数"),
        (["alerts", "list", "--limit", "0"], "'--limit' 的值无效：应为不小于 1 的数字"),
        (["alerts", "list", "--limit"], "选项 '--limit' 需要一个值。"),
        (["alerts", "list", "--nope"], "没有选项 --nope"),
        (["alerts", "list", "--limt", "3"], "没有选项 --limt（可用的选项：--limit）"),
        (["alerts", "list", "more"], "多出参数（more）"),
        (["alerts", "show"], "缺少参数 'alert'。"),
        (["demo", "--language", "fr"], "'--language' 的值无效：'fr' 不是以下之一：'en', 'zh'。"),
        (["--nope"], "没有选项 --nope"),
    ],
)
def test_a_wrong_command_or_option_is_told_in_chinese(arguments: list[str], chinese: str) -> None:
    told = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert told.exit_code == 2
    assert chinese in told.output
    assert "错误" in told.output
    assert "Try" not in told.output


def test_in_english_a_message_stays_as_it_is() -> None:
    choose_language("en")
    assert in_own_language("say either --for or --until") == "say either --for or --until"


def test_the_setting_that_names_a_file_is_told_beside_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_WATCHLIST", "/nope")
    monkeypatch.setenv("BELLWETHER_ARTIFACT", "/a, /b")
    assert hint(SettingsError("/nope: No such file or directory")) == "the setting BELLWETHER_WATCHLIST names it"
    assert hint(SettingsError("/nope, line 3: a list is expected")) == "the setting BELLWETHER_WATCHLIST names it"
    assert hint(SettingsError("/b holds no manifest.json")) == "the setting BELLWETHER_ARTIFACT names it"
    assert hint(SettingsError("/nope2: No such file or directory")) is None


@pytest.mark.parametrize(
    "said", ["Connect call failed ('127.0.0.1', 6379).", "Name or service not known.", "Connection refused."]
)
def test_a_redis_that_is_away_is_told_in_chinese(said: str) -> None:
    told = in_own_language(f"Redis did not return the windows: Error 111 connecting to 127.0.0.1:6379. {said}")
    assert not re.search("[a-z]{3}", told.removeprefix("Redis")), told


def test_what_a_model_runs_on_is_told_in_chinese() -> None:
    said = running_words("en: minilm-l5 on cpu (this onnxruntime has no CUDA provider); zh: bge-zh on cuda (asked for)")
    assert said == "en: minilm-l5，运行于 cpu（这个 onnxruntime 不支持 CUDA）; zh: bge-zh，运行于 cuda（按指定）"


def test_each_reason_of_a_provider_has_its_words() -> None:
    written = Path(providers.__file__).read_text("utf-8")
    assert all(reason in written for reason in REASONS)
    assert written.count("OpenedSession(") - 1 == len(REASONS)  # one is its class


@pytest.mark.parametrize("message", [": " * 1000, "a: " * 5000, "x: line 3: " * 150])
def test_a_text_of_colons_that_somebody_wrote_holds_nothing_up(message: str) -> None:
    begin = perf_counter()
    assert in_own_language(message)
    assert perf_counter() - begin < 5  # 30 s, and then the end of the stack
