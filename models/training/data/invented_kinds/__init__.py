"""Kinds of text that classifiers misread, each with its twins on the other side of the boundary. Data only.

A pattern is a line. ``{name}`` is a slot of :mod:`.slots`, ``[a|b|]`` one of the alternatives, of which one may be empty.
Companies, people and figures are made up. The kinds were named by complaints about such models; the sentences are ours.
"""

from __future__ import annotations

from models.labels import SENTIMENTS
from models.training.data.invented_kinds import corporate, social, trouble, turns

KINDS = (trouble, trouble, corporate, corporate, turns, social, social)  # in the shares that they are drawn with
PATTERNS = tuple(
    {label: tuple(line.strip() for line in kind.PATTERNS[label].splitlines()) for label in SENTIMENTS} for kind in KINDS
)
