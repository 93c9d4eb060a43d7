"""Which column of a table, or field of somebody's JSON, stands for which field of a document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from stream.errors import UsageError

FIELDS = ("id", "source", "text", "title", "body", "author", "url", "lang", "published_at", "withdrawn")
# Names as exports of news services, social networks and pandas have them, and as Chinese tables do. Of those that are
# there, a row's first that is not empty is taken.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "webTitle", "标题", "標題"),
    "body": ("body", "content", "description", "summary", "正文", "内容", "內容", "摘要"),
    "text": ("text", "tweet", "message", "full_text", "文本"),
    "source": ("source", "publisher", "domain", "source_id", "来源", "來源", "媒体", "媒體", "author", "作者"),
    "author": ("author", "作者"),
    "url": ("url", "link", "webUrl", "链接", "連結", "网址", "網址"),
    "lang": ("lang", "language", "语言", "語言"),
    "published_at": (
        *("published_at", "publishedAt", "pubDate", "published", "date", "datetime", "time", "timestamp"),
        *("created_at", "created", "seendate", "time_published", "webPublicationDate"),
        *("发布时间", "發佈時間", "發布時間", "日期", "时间", "時間"),
    ),
    "withdrawn": ("withdrawn",),
}
TIME_NAMES = USUAL_NAMES["published_at"][1:]
TEXTS = ("text", "title", "body")
_DAYS, _CLOCKS = {"date", "日期"}, {"time", "时间", "時間"}  # columns of a day, and of the time of it beside that
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


class Columns(NamedTuple):
    """The columns of each field, the first of which that is not empty is taken.

    Attributes:
        clock: that of the time of day, where one called ``date`` has the day alone.
    """

    fields: Mapping[str, tuple[str, ...]]
    clock: str | None = None

    def clock_of(self, column: str) -> str | None:
        """Return the column of the time of day that belongs to the one of a day."""
        return self.clock if _plain(column) in _DAYS else None


def guess_columns(names: Collection[str], chosen: Mapping[str, str]) -> Columns:
    """Return the columns of each field: the chosen one, else those with a usual name. An id is never guessed.

    Many tables number their rows in a column 'id'; two such tables would have the same ids, and equal ids count once.

    Raises:
        UsageError: a chosen column is not there.

    >>> guess_columns(["Headline", "Published At", "publisher"], {}).fields
    {'source': ('publisher',), 'title': ('Headline',), 'published_at': ('Published At',)}
    """
    check_chosen(names, chosen)
    return _guessed(names, chosen)


def guess_by_row(chosen: Mapping[str, str]) -> Callable[[tuple[str, ...]], Columns]:
    """Return what guesses the columns of a row by its own names, as rows of one array may have others each.

    An ``id`` is one: an array may hold documents of our own, whereas a table's mostly counts its rows.
    """

    @lru_cache(maxsize=1024)
    def guessed(names: tuple[str, ...]) -> Columns:
        return _guessed(names, ({"id": "id"} if "id" in names else {}) | dict(chosen))

    return guessed


def renamed_columns(chosen: Mapping[str, str], names: Iterable[str]) -> Columns:
    """Return the columns of JSON lines: the chosen ones, else each field by its own name."""
    columns = {field: (field,) for field in FIELDS} | {field: (column,) for field, column in chosen.items()}
    left_out = {"text"} if {"title", "body"} & chosen.keys() else _left_out(chosen)
    return _with_clock({field: column for field, column in columns.items() if field not in left_out}, names)


def _guessed(names: Iterable[str], chosen: Mapping[str, str]) -> Columns:
    names = list(names)
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(_plain(name), name)
    fields: dict[str, tuple[str, ...]] = {field: (column,) for field, column in chosen.items()}
    for field in USUAL_NAMES.keys() - fields.keys() - _left_out(chosen):
        columns = tuple(dict.fromkeys(known[_plain(name)] for name in USUAL_NAMES[field] if _plain(name) in known))
        if field == "source":  # an author stands for it where there is no other, not where that is empty
            columns = tuple(name for name in columns if _plain(name) not in USUAL_NAMES["author"]) or columns
        elif field in TEXTS:
            columns = tuple(name for name in columns if name not in chosen.values())
        if columns:
            fields[field] = columns
    return _with_clock({field: fields[field] for field in FIELDS if field in fields}, names)


def _left_out(chosen: Mapping[str, str]) -> set[str]:
    """Return the fields that a choice leaves no room for: a document has a text, or a title and a body."""
    return {"title", "body"} if "text" in chosen else {"text"} if "body" in chosen else set()


def _with_clock(fields: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> Columns:
    """Return columns with that of the time of day, where one of the time is called ``date`` and another ``time``."""
    times = fields.get("published_at", ())
    others = {column for field, columns in fields.items() if field != "published_at" for column in columns}
    clock = next((name for name in names if _plain(name) in _CLOCKS and name not in others), None)
    if clock is None or not any(_plain(column) in _DAYS for column in times):
        return Columns(fields)
    return Columns({**fields, "published_at": tuple(column for column in times if column != clock)}, clock)


def check_chosen(names: Collection[str], chosen: Mapping[str, str]) -> None:
    """Raise UsageError when a chosen column is none of ``names``; the message lists them."""
    for field, column in chosen.items():
        if column not in names:
            raise UsageError(f"--column {field}={column}: there is no column '{column}'; there are {listed(names)}")


def listed(names: Collection[str]) -> str:
    """Return the names of columns as a message lists them."""
    shown = [name[:_SHOWN] for name in names if name][:_SHOWN]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def shown_columns(columns: Columns) -> str:
    """Return the columns that are taken, as a message shows them.

    >>> shown_columns(Columns({"title": ("title",), "body": ("content", "description")}))
    'title=title, body=content/description'
    """
    taken = {
        field: "/".join(f"{name} with {columns.clock}" if columns.clock_of(name) else name for name in names)
        for field, names in columns.fields.items()
    }
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
