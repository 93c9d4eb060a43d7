"""Kinds of text that classifiers misread, each with its twins on the other side of the boundary.

A line of a file of kinds is a label and a pattern; of ``slots.txt`` and ``measures.txt``, a name and what it stands
for. In a pattern ``{name}`` is a slot, ``[a|b|]`` one of some, and one may be empty. ``{w}`` is whoever
the text is about, ``{c}`` and ``{d}`` are companies by name, ``{t}`` is a ticker, ``{k}`` a number. Companies, people
and figures are made up. The kinds were named by complaints about such models; the sentences are ours.
"""

from __future__ import annotations

from importlib.resources import files

from models.training.data.kinds import lines_of, patterns_of

_FOLDER = files(__name__)
# In the shares that they are drawn in.
_TWICE = ("trouble", "distress", "corporate", "social", "turns")
KINDS = (*_TWICE, *_TWICE, "denials", "wires", "macro", "verdicts", "harm")
PATTERNS = tuple(patterns_of(_FOLDER, kind) for kind in KINDS)  # per kind: label -> patterns
SLOTS = dict(lines_of(_FOLDER, "slots"))  # name -> alternatives, with | between them
MEASURES = dict(lines_of(_FOLDER, "measures"))
