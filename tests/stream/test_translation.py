"""Every text that is marked for translation has one, with the same placeholders."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from polib import pofile

import stream
from stream.errors import SettingsError
from stream.translation import FOLDER, LANGUAGES, choose_language

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
    written = {entry.msgid for entry in pofile(str(FOLDER / f"{language}.po")) if entry.translated()}
    assert written == _marked()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    wrong = [e.msgid for e in pofile(str(FOLDER / f"{language}.po")) if _fields(e.msgid) != _fields(e.msgstr)]
    assert not wrong


def test_an_unknown_language_is_told_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="'fr' is no language of Bellwether; use en or zh"):
        choose_language("fr")
