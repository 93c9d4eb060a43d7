"""Which column of a table, or field of somebody's JSON, stands for which field of a document."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from stream.errors import UsageError

FIELDS = ("id", "source", "text", "title", "body", "author", "url", "lang", "published_at")
# Names as exports of news services, social networks and pandas have them; the first that is there is taken.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline"),
    "body": ("body", "content", "description", "summary"),
    "text": ("text", "tweet", "message", "full_text"),
    "source": ("source", "publisher", "domain", "source_id", "author"),
    "author": ("author",),
    "url": ("url", "link"),
    "lang": ("lang", "language"),
    "published_at": (
        *("published_at", "publishedAt", "pubDate", "published", "date", "datetime", "time", "timestamp"),
        *("created_at", "created", "seendate"),
    ),
}
TIME_NAMES = USUAL_NAMES["published_at"][1:]
_SHOWN = 40  # columns that an error lists; a table may have any number


def parse_choices(words: Iterable[str]) -> dict[str, str]:
    """Read words like ``text=Headline``: the field of a document, and the column that holds it.

    Raises:
        UsageError: a word is none of these, its field is unknown, or it is chosen twice.
    """
    chosen: dict[str, str] = {}
    for word in words:
        field, sign, column = word.partition("=")
        if not sign or not column:
            raise UsageError(f"--column {word}: write FIELD=COLUMN, as in --column text=Headline")
        if field not in FIELDS:
            raise UsageError(f"--column {word}: '{field}' is no field of a document; there are {', '.join(FIELDS)}")
        if field in chosen:
            raise UsageError(f"--column {word}: '{field}' is given twice")
        chosen[field] = column
    if "text" in chosen and chosen.keys() & {"title", "body"}:
        raise UsageError("--column: give either 'text', or 'title' and 'body', not both")
    return chosen


def guess_columns(names: Collection[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the column of each field: the chosen one, else one with a usual name. An id is never guessed.

    Many tables number their rows in a column 'id'; two such tables would have the same ids, and equal ids count once.

    Raises:
        UsageError: a chosen column is not there.

    >>> guess_columns(["Headline", "Published At", "publisher"], {})
    {'title': 'Headline', 'source': 'publisher', 'published_at': 'Published At'}
    """
    check_chosen(names, chosen)
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(_plain(name), name)
    found = dict(chosen)
    for field, usual in USUAL_NAMES.items():
        column = next((known[_plain(name)] for name in usual if _plain(name) in known), None)
        if column is not None:
            found.setdefault(field, column)
    return {field: found[field] for field in found if "text" not in chosen or field not in ("title", "body")}


def clock_column(names: Iterable[str], columns: Mapping[str, str]) -> str | None:
    """Return the column of the time of day, where that of the time is called ``date`` and another is called ``time``.

    >>> clock_column(["Date", "Time", "text"], {"text": "text", "published_at": "Date"})
    'Time'
    """
    if _plain(columns.get("published_at", "")) != "date":
        return None
    return next((name for name in names if _plain(name) == "time" and name not in columns.values()), None)


def check_chosen(names: Collection[str], chosen: Mapping[str, str]) -> None:
    """Raise UsageError when a chosen column is none of ``names``; the message lists them."""
    for field, column in chosen.items():
        if column not in names:
            raise UsageError(f"--column {field}={column}: there is no column '{column}'; there are {listed(names)}")


def listed(names: Collection[str]) -> str:
    """Return the names of columns as a message lists them."""
    shown = [name[:_SHOWN] for name in names if name][:_SHOWN]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def shown_columns(columns: Mapping[str, str], clock: str | None = None) -> str:
    """Return the columns that are taken, as a message shows them."""
    taken = {**columns, "published_at": f"{columns['published_at']} with {clock}"} if clock else columns
    return ", ".join(f"{field}={taken[field]}" for field in FIELDS if field in taken)


def time_names(names: Iterable[str]) -> list[str]:
    """Return those names that usually stand for a time, but are not ``published_at``.

    >>> time_names(["pubDate", "text", "published_at"])
    ['pubDate']
    """
    usual = {_plain(name) for name in TIME_NAMES} | {_plain("published_at")}
    return [name for name in names if name != "published_at" and _plain(name) in usual]


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
