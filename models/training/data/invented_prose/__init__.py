"""Sentences that were written one by one, each about another event, in the forms that wires, papers, filings and posts
have: what patterns with alternatives lack.

A line is a label and a sentence with slots (:mod:`models.training.data.patterns`); of ``pairs.txt``, the label of
``{a}`` and that of ``{b}``, for :mod:`models.training.data.entity_contrasts`. The label is what the text says for whom
it is about; a denial of bad news is neutral. A large language model wrote them to our brief, of companies, people and
events that are made up. None shares six words in a row with a labelled set.
"""

from __future__ import annotations

from importlib.resources import files

from models.training.data.kinds import lines_of

_FOLDER = files(__name__)
KINDS = (
    *("analysts", "announcements", "articles", "asia", "banks", "courts", "crypto_filings", "denials", "economy"),
    *("goods_and_services", "harm", "headlines", "posts", "releases", "reputation", "resources", "results", "short"),
    "tweets",
)
LINES = tuple(line for kind in KINDS for line in lines_of(_FOLDER, kind))  # label, sentence with slots
PAIRS = tuple((*labels.split(), pattern) for labels, pattern in lines_of(_FOLDER, "pairs"))  # of {a}, of {b}, sentence
