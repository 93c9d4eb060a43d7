"""Texts that queries return, by the column that they stand in, and what Grafana shows instead of them.

A text with braces stands for all of its form: ``{negatives} negative of {documents}``. What people or their feeds wrote
(documents, sources, reasons, names) is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import product
from typing import Any, Final, get_args

from dashboards.translation.catalog import VALUE, Catalog
from stream.pipeline.detect.spec import Kind
from stream.pipeline.notify.payload import NotificationType
from stream.pipeline.notify.wording import SILENCES
from stream.pipeline.rules import Reason
from stream.pipeline.rules.decision import CHANGES, ENDS
from stream.pipeline.rules.words import DETAILS, ENDINGS, WHYS
from stream.pipeline.status import Status

Json = dict[str, Any]
# What these placeholders may hold is translated too; the others hold figures, names and ids.
CLOSED: Final = {
    "state": tuple(reason.value for reason in Reason if reason in CHANGES),
    "end": tuple(reason.value for reason in Reason if reason in ENDS),
    "why": WHYS,  # with names of their own in braces
    "kind": tuple(kind.value for kind in Kind),
    "severity": ("info", "warning", "critical"),
    "status": tuple(status.value for status in Status),
}
STEPS: Final = (*CLOSED["status"], "severity:{severity}", "silenced:{id}", "unsilenced:{id}")
VALUES: Final[dict[str, tuple[str, ...]]] = {
    "why it fired": (
        *DETAILS,
        "{negatives} of {documents} independent documents in {minutes} minutes were negative; at the usual share of"
        " {share} % it would have been {expected}. The score was {score}, an alert needs {threshold}.",
    ),
    "what": (
        "rule", "window", "documents", "negative", "expected negative", "expected, from to", "usual in such a window",
        "score and threshold", "group", "id", "days looked at", "the last one",
    ),
    "value": (
        "{rule} ({kind})", "{minutes} minutes", "{expected} at the usual share of {share} %", "{low} to {high}",
        "{score} and {threshold}",
    ),
    "without": ("biggest source", "biggest story"),
    "which one": ("a story of which no document is kept",),
    "step": (
        *STEPS, "published by its source", "came to Kafka", "scored", "alert written", "first receiver had it",
    ),
    "whose time": (
        "its source and its feed", "old news when it came: a late feed, or a replay", "Bellwether and the receiver",
    ),
    "stands as": ("head", "member"),
    "reason": (*CLOSED["state"], *STEPS, *ENDINGS, *DETAILS, *SILENCES),
    "message": get_args(NotificationType),
    "kind": CLOSED["kind"],
    "status": CLOSED["status"],
    "seen": ("{negatives} negative of {documents}",),
    "who is on it": ("silenced", "acknowledged", "nobody yet"),
    "last error": (
        "not sent: the incident had resolved", "not sent: a newer update followed", "not sent: 24 hours old",
    ),
}  # fmt: skip
_IN_BRACKETS: Final = re.compile(r"/\.\* \\\((\w+)\\\)\$/")  # see dashboards.kit.fields.word_mappings


def mappings_of(column: str, coloured: Collection[str], catalog: Catalog) -> list[Json]:
    """Return what shows the texts of a column in the language: one mapping of words, and one for each form.

    Words that the panel has a mapping of already (``coloured``) are left out, for the first that fits is the one shown.
    """
    words: Json = {}
    forms: list[Json] = []
    for text in VALUES.get(column, ()):
        if "{" in text:
            forms.extend(_form(text, catalog))
        elif text not in coloured and (said := catalog.say(text, VALUE)) != text:
            words[text] = {"index": len(words), "text": said}
    return [{"type": "value", "options": words}] * bool(words) + forms


def word_mappings(panel: Json, catalog: Catalog) -> None:
    """Give the words that a panel colours their text, too."""
    config = panel["fieldConfig"]
    lists = [config["defaults"].get("mappings", [])]
    lists += [
        item["value"] for rule in config.get("overrides", []) for item in rule["properties"] if item["id"] == "mappings"
    ]
    for mapping in (mapping for mappings in lists for mapping in mappings):
        if mapping["type"] == "value":
            for word, result in mapping["options"].items():
                result.setdefault("text", catalog.say(word, VALUE))
        elif mapping["type"] == "regex" and (match := _IN_BRACKETS.fullmatch(mapping["options"]["pattern"])):
            mapping["options"]["pattern"] = rf"/^(.*) \({match[1]}\)$/"
            mapping["options"]["result"]["text"] = f"$1（{catalog.say(match[1], VALUE)}）"


def escaped(text: str) -> str:
    """Return the text as a regular expression of JavaScript."""
    return re.sub(r"[.^$*+?()\[\]{}|\\/]", r"\\\g<0>", text)


def _form(text: str, catalog: Catalog) -> Iterator[Json]:
    names = [name for name in re.findall(r"{(\w+)}", text) if name in CLOSED]
    said = catalog.say(text, VALUE)
    for words in product(*(CLOSED[name] for name in names)):
        english, shown = text, said
        for name, word in zip(names, words, strict=True):
            english = english.replace(f"{{{name}}}", word)
            shown = shown.replace(f"{{{name}}}", catalog.say(word, VALUE))
        pattern = ""
        for place, part in enumerate(re.split(r"{(\w+)}", english)):
            pattern += "(.+?)" if place % 2 else escaped(part)
        for number, name in enumerate(re.findall(r"{(\w+)}", english), 1):
            shown = shown.replace(f"{{{name}}}", f"${number}")
        yield {"type": "regex", "options": {"pattern": f"/^{pattern}$/", "result": {"text": shown}}}
