"""Severities on one scale, so that those of different rules can be compared whatever they are called.

``info`` is 10, ``warning`` 20, ``critical`` 30. Any other name lies where its rule's ladder has it: between the names
beside it; above the last one that is known, one more a step. The top of a ladder of several steps counts as critical at
least, and a ladder of unknown names begins as a warning. Within a ladder a higher step is always worse.
"""

from __future__ import annotations

from collections.abc import Sequence

LEVELS = {"info": 10, "warning": 20, "critical": 30}
WARNING, CRITICAL = LEVELS["warning"], LEVELS["critical"]


def level_of(name: str) -> int:
    """Return how bad a severity is of which only the name is known.

    >>> level_of("critical") > level_of("warning") == level_of("unheard of")
    True
    """
    return LEVELS.get(name, WARNING)


def levels(names: Sequence[str]) -> tuple[int, ...]:
    """Return how bad each step of a ladder is; ``names`` from the mildest up, ten at most.

    >>> levels(["warning", "page"]), levels(["p3", "p2", "p1"]), levels(["info", "notice", "warning", "critical"])
    ((20, 30), (20, 21, 30), (10, 15, 20, 30))
    """
    known = _known(names)
    first = min(known, default=0)
    steps = [known.get(first, WARNING) - first + step for step in range(first + 1)]
    for here, there in zip(sorted(known), sorted(known)[1:], strict=False):
        steps += [
            known[here] + (known[there] - known[here]) * step // (there - here) for step in range(1, there - here + 1)
        ]
    steps += [steps[-1] + step for step in range(1, len(names) - len(steps) + 1)]
    if len(names) > 1 and len(names) - 1 not in known:
        steps[-1] = max(steps[-1], CRITICAL)
    return tuple(steps)


def _known(names: Sequence[str]) -> dict[int, int]:
    """Return the known names by their place, but for one that stands above one that is worse."""
    known: dict[int, int] = {}
    for place, name in enumerate(names):
        if name in LEVELS and LEVELS[name] > max(known.values(), default=0):
            known[place] = LEVELS[name]
    return known
