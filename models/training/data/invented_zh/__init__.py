"""Invented Chinese texts: what companies announce, what newswires carry, what is written in forums, and names with a
word behind them.

A line of a file of kinds is a label (in ``topics.txt`` that of a topic) and a pattern; of ``slots.txt``, a name and
what it stands for; see :mod:`models.training.data.patterns`; of ``pairs.txt``, the labels of ``{a}`` and ``{b}`` and a
headline, which a large language model wrote to our brief. Each kind has texts of all three labels, the neutral ones
with the same words. Companies, people and figures are made up; the kinds and the sentences are ours.
"""

from __future__ import annotations

from importlib.resources import files

from models.training.data.kinds import lines_of, patterns_of

_FOLDER = files(__name__)
NEWS = tuple(patterns_of(_FOLDER, kind) for kind in ("announcements", "markets", "turns"))
FORUM = patterns_of(_FOLDER, "forum")
SHORT = patterns_of(_FOLDER, "short")
TOPICS = patterns_of(_FOLDER, "topics")
SLOTS = dict(lines_of(_FOLDER, "slots"))  # name -> alternatives, with | between them
PAIRS = tuple((*labels.split(), pattern) for labels, pattern in lines_of(_FOLDER, "pairs"))  # of {a}, of {b}, headline
