"""The words that people read, in the language of BELLWETHER_LANGUAGE; English stands in the code and is the key.

``_("{n} of {all} negative").format(...)`` where a text is made; ``N_("...")`` marks a text that is made elsewhere, such
as a constant, and ``_(constant)`` translates it there. Never an f-string within ``_``: it would be no key. The texts
lie in ``locales/LANGUAGE.po``, those of errors in ``locales/LANGUAGE.errors.po``, for these are marked nowhere: see
:mod:`stream.cli.said`. A text that is not there comes out in English, and a test says which are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from stream.errors import SettingsError


class Language(StrEnum):
    """The languages of Bellwether."""

    EN = "en"
    ZH = "zh"


LANGUAGES: Final = tuple(language.value for language in Language)
FOLDER: Final = Path(__file__).with_name("locales")
_PARTS: Final = re.compile("[-_.@]")  # of a name: language, country, encoding
_chosen: list[str] = ["en"]


def choose_language(language: str) -> None:
    """Take the language for this process.

    Raises:
        SettingsError: it is none of LANGUAGES, however it is written.
    """
    _chosen[0] = language_of(language)


def language_of(name: str) -> Language:
    """Return the language that a name means, as systems and browsers write it, too.

    Raises:
        SettingsError: it is none of LANGUAGES.

    >>> language_of("zh_CN.UTF-8")
    <Language.ZH: 'zh'>
    """
    try:
        return Language(_PARTS.split(name.strip().lower())[0])
    except ValueError:
        known = " or ".join(LANGUAGES)
        raise SettingsError(f"BELLWETHER_LANGUAGE {name!r} is no language of Bellwether; use {known}") from None


def chosen_language() -> str:
    """Return the language of this process, one of LANGUAGES."""
    return _chosen[0]


@contextmanager
def in_english() -> Iterator[None]:
    """Write what is made within in English: JSON that programs read is the same in each language."""
    before = chosen_language()
    choose_language("en")
    try:
        yield
    finally:
        choose_language(before)


def N_(text: str) -> str:  # noqa: N802 - the name by which gettext's tools know it
    """Return the text as it is; it is translated where it is shown."""
    return text


def _(text: str) -> str:
    """Return the text in the language of this process."""
    return text if _chosen[0] == "en" else _texts(_chosen[0]).get(text, text)


@cache
def _texts(language: str) -> dict[str, str]:
    return _catalogue(f"{language}.po") | error_texts(language)


@cache
def error_texts(language: str) -> dict[str, str]:
    """Return the texts of errors, with numbers in braces for what stands in them, and each in a language."""
    return _catalogue(f"{language}.errors.po")


def _catalogue(file: str) -> dict[str, str]:
    from polib import pofile  # here, since who reads English needs none

    entries = pofile(str(FOLDER / file), encoding="utf-8")
    return {entry.msgid: entry.msgstr for entry in entries if entry.translated()}
