"""Patterns of series in a file of rules: one that no series can ever match is a slip of whoever wrote it. Pure."""

from __future__ import annotations

import re

from stream.pipeline.windows.contribution import ALL, KINDS, is_series

_WILD = re.compile(r"[*?\[]")


def can_match(glob: str) -> bool:
    """Whether a series can be named so: up to its first wildcard a pattern begins as the names of series do.

    >>> [can_match(glob) for glob in ("topic:*", "*Bank*", "e*", "watchlist:all")]
    [True, True, True, True]
    >>> [can_match(glob) for glob in ("Tesla", "enty:Tesla", "Topic:Macro", "topic:")]
    [False, False, False, False]
    """
    wild = _WILD.search(glob)
    begins = glob[: wild.start()] if wild else None
    return is_series(glob) or (begins is not None and any(kind.startswith(begins) for kind in (*KINDS, ALL)))
