"""Every text that is marked for translation has one, with the same placeholders."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from polib import pofile

import stream
from stream.errors import SettingsError
from stream.settings import load_settings
from stream.translation import FOLDER, LANGUAGES, choose_language, chosen_language

ROOT = Path(stream.__file__).parent.parent
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    choose_language("en")


def _marked() -> set[str]:
    found: set[str] = set()
    for package in ("stream", "dashboards"):
        for _name, _line, text, _comments, _context in extract_from_dir(
            ROOT / package, [("**.py", "python")], keywords={"_": None, "N_": None}
        ):
            found.add(text if isinstance(text, str) else text[0])
    return found


def _fields(text: str) -> list[str]:
    return sorted(name for _before, name, _form, _conversion in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    texts, errors = (_written(f"{language}{end}") for end in (".po", ".errors.po"))
    assert texts == _marked() - errors
    assert not texts & errors


def _written(file: str) -> set[str]:
    return {entry.msgid for entry in pofile(str(FOLDER / file)) if entry.translated()}


@pytest.mark.parametrize("file", sorted(file.name for file in FOLDER.glob("*.po")))
def test_a_translation_has_the_placeholders_of_its_text(file: str) -> None:
    assert not [e.msgid for e in pofile(str(FOLDER / file)) if _fields(e.msgid) != _fields(e.msgstr)]


@pytest.mark.parametrize("file", sorted(file.name for file in FOLDER.glob("*.po")))
def test_each_text_stands_once(file: str) -> None:
    texts = [entry.msgid for entry in pofile(str(FOLDER / file))]
    assert len(texts) == len(set(texts))


def test_an_unknown_language_is_told_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="'fr' is no language of Bellwether; use en or zh"):
        choose_language("fr")


@pytest.mark.parametrize("written", ["zh", "ZH", "zh_CN", "zh-CN", "zh_CN.UTF-8", "zh-Hans", " zh "])
def test_a_language_is_known_as_systems_write_it(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_LANGUAGE", written)
    assert load_settings().language == "zh"
    assert chosen_language() == "zh"


def test_one_thing_has_one_name() -> None:
    """The names that were once given up, each beside the one that holds, in all that is read in Chinese."""
    files = [
        FOLDER / "zh.po",
        FOLDER / "zh.errors.po",
        ROOT / "dashboards/locales/zh.po",
        ROOT / "README.zh-CN.md",
        ROOT / "docs/tutorial.zh-CN.md",
    ]
    files += (ROOT / "deploy/grafana/provisioning/alerting/zh").iterdir()
    old = {"序列": "监控项", "接收者": "接收方", "警报": "预警", "关注列表": "监控名单", "仪表盘": "看板"}
    old |= {"处理进程": "工作进程", "故事": "报道", "静音": "屏蔽", "情感": "情绪", "谣言": "传闻", "传言": "传闻"}
    old |= {"待确认": "观察中", "已确认": "已认领", "消息服务器": "消息代理"}
    assert not [(file.name, name, old[name]) for file in files for name in old if name in file.read_text("utf-8")]
    assert not re.search("(?<!匹配)条件 \\{", (FOLDER / "zh.po").read_text("utf-8"))


def test_a_worker_has_its_chinese_name_but_where_it_is_typed() -> None:
    files = FOLDER / "zh.po", FOLDER / "zh.errors.po", ROOT / "dashboards/locales/zh.po"
    texts = [entry.msgstr for file in files for entry in pofile(str(file))]
    for page in ("README.zh-CN.md", "docs/tutorial.zh-CN.md"):
        texts += [line for line in (ROOT / page).read_text("utf-8").splitlines() if not line.startswith("    ")]
    assert not [text for text in texts if "worker" in re.sub("`[^`]+`", "", text)]


def test_a_mute_and_a_silence_have_a_name_each() -> None:
    texts = {entry.msgid: entry.msgstr for file in ("zh.po", "zh.errors.po") for entry in pofile(str(FOLDER / file))}
    for word, name in (("mute", "屏蔽"), ("silence", "静默")):
        assert not [text for text, said in texts.items() if name in said and word not in text.lower()]
