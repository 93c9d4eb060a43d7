"""Kinds of text that classifiers misread, each with its twins on the other side of the boundary.

A line of a file of kinds is a label and a pattern; of ``slots.txt`` and ``measures.txt``, a name and what it stands
for. In a pattern ``{name}`` is a slot, ``[a|b|]`` one of some, and one may be empty. ``{w}`` is whoever
the text is about, ``{c}`` and ``{d}`` are companies by name, ``{t}`` is a ticker, ``{k}`` a number. Companies, people
and figures are made up. The kinds were named by complaints about such models; the sentences are ours.
"""

from __future__ import annotations

from collections import defaultdict
from importlib.resources import files

# In the shares that they are drawn in.
KINDS = ("trouble", "trouble", "trouble", "corporate", "corporate", "turns", "social", "social")


def _lines(name: str) -> list[tuple[str, str]]:
    """Return (what stands before the first colon, what stands behind it and a space) of each line of ``name``.txt."""
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    parted = (line.partition(": ") for line in text.splitlines() if not line.startswith("#"))
    return [(before, behind) for before, _, behind in parted]


def _patterns(kind: str) -> dict[str, list[str]]:
    by_label: dict[str, list[str]] = defaultdict(list)
    for label, pattern in _lines(kind):
        by_label[label].append(pattern)
    return dict(by_label)


PATTERNS = tuple(_patterns(kind) for kind in KINDS)  # per kind: label -> patterns
SLOTS = dict(_lines("slots"))  # name -> alternatives, with | between them
MEASURES = dict(_lines("measures"))
