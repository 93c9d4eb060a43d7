"""Errors in the language of the process, where a person reads them: at the edge, so that logs and JSON stay English.

An error is raised in English, with what it is about in it. ``locales/LANGUAGE.errors.po`` has the texts, with numbers
for these. What was raised is held against them, and what stands for a number is translated, too. Tests find the texts
that are raised and missing there, and those that nobody raises. A file and line before a text, or a name before a
colon, are taken off before.
"""

from __future__ import annotations

import re
from functools import cache

from stream.translation import _, chosen_language, error_texts

# Others may write what is shown, the reasons of dead letters, say. Each text is tried at each colon: what holds more of
# them than any of our errors stays English, where 2,000 characters of colons took half a minute.
LONGEST, DEEPEST = 2000, 12
_PLACE = re.compile(r"(?P<file>.+?), line (?P<line>\d+): (?P<problem>.+)", re.DOTALL)
_LINE_OF = re.compile(_PLACE.pattern.replace(", line", ": line"), re.DOTALL)  # as documents of files are told


def in_own_language(message: str) -> str:
    """Return an error's message in the language of the process; what is not known stays as it is."""
    return message if chosen_language() == "en" or len(message) > LONGEST else _translated(message)


def _translated(message: str, depth: int = 0) -> str:
    if depth == DEEPEST:
        return message
    if place := _PLACE.fullmatch(message):
        return _with_place(place, depth + 1)
    for text, pattern in _patterns(chosen_language()):
        if match := pattern.fullmatch(message):
            return _(text).format(*(_translated(found, depth + 1) for found in match.groups()))
    if place := _LINE_OF.fullmatch(message):
        return _with_place(place, depth + 1)
    head, colon, rest = message.partition(": ")
    return f"{head}{colon}{_translated(rest, depth + 1)}" if colon else message


def _with_place(place: re.Match[str], depth: int) -> str:
    return _("{file}, line {line}: {problem}").format_map(
        {"file": place["file"], "line": place["line"], "problem": _translated(place["problem"], depth)}
    )


@cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the texts, those with most words of their own before others, with the pattern of each."""
    ordered = sorted(error_texts(language), key=lambda text: -len(re.sub(r"\{\d\}", "", text)))
    return tuple((text, _pattern(text)) for text in ordered)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, re.split(r"\{\d\}", text))), re.DOTALL)
