"""What people write of what they do: who, and why."""

from __future__ import annotations

from stream.errors import UsageError
from stream.pipeline.notify.matching import MAX_ACTOR


def actor_of(author: str) -> str:
    """Return who does something."""
    name = one_line(author, "author", MAX_ACTOR)
    if not name:
        raise UsageError("an author is needed: who does this?")
    return name


def one_line(text: str, what: str, most: int) -> str:
    """Return a text on one line. Raises UsageError: it is longer than is kept."""
    if len(text) > most:
        raise UsageError(f"{what}: {len(text)} characters, at most {most} are kept")
    return " ".join(text.replace("\0", " ").split())  # a null byte is not stored, and is no comment
