"""Files of patterns beside the code: a line is a label or a name, a colon and a space, and what it stands before."""

from __future__ import annotations

from collections import defaultdict
from importlib.resources.abc import Traversable


def lines_of(folder: Traversable, name: str) -> list[tuple[str, str]]:
    """Return (what stands before the first colon, what stands behind it and a space) of each line of ``name``.txt."""
    text = folder.joinpath(f"{name}.txt").read_text(encoding="utf-8")
    parted = (line.partition(": ") for line in text.splitlines() if not line.startswith("#"))
    return [(before, behind) for before, _, behind in parted]


def patterns_of(folder: Traversable, kind: str) -> dict[str, list[str]]:
    """Return label -> patterns of the file ``kind``.txt."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for label, pattern in lines_of(folder, kind):
        by_label[label].append(pattern)
    return dict(by_label)
