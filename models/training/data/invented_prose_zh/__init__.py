"""Chinese sentences that were written one by one, each about another event, as their English twins in
:mod:`models.training.data.invented_prose`.

A line is a label and a sentence with slots (:mod:`models.training.data.invented_chinese`); where one company is ``{c}``
the label is what is said of it, ``{c0}`` is another party. A large language model wrote
them to our brief, of companies, people and events that are made up.
"""

from __future__ import annotations

from importlib.resources import files

from models.training.data.kinds import lines_of

_FOLDER = files(__name__)
KINDS = (
    *("accounts", "announcements", "answers", "articles", "background", "banks", "contracts", "courts", "deals"),
    *("filings", "flashes", "guarantees", "holders", "markets", "penalties", "posts", "reports", "results"),
)
LINES = tuple(line for kind in KINDS for line in lines_of(_FOLDER, kind))  # label, sentence with slots
