"""The shape in which the demo's wordings are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Templates of one subject by tone, see :mod:`stream.demo.grammar`.

    ``weight`` is the subject's part of ordinary traffic; ``down`` and ``up`` are the parts of its documents written
    from :attr:`bad` and :attr:`good`; ``social`` is the part that is posted rather than printed. None of this goes
    into a document: what a text says is for the classifier to find out.
    """

    weight: float
    down: float
    up: float
    social: float
    bad: tuple[str, ...]
    plain: tuple[str, ...]
    good: tuple[str, ...]
