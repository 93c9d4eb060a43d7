"""``bellwether windows``: read the rolling windows, and print them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.cli.listing import console
from stream.cli.operating import say, shown
from stream.errors import StoreError
from stream.pipeline.figures import number
from stream.pipeline.notify import moment_of
from stream.pipeline.notify.doubts import unknown_topic
from stream.pipeline.notify.wording import series_words
from stream.pipeline.progress.watermark import watermark
from stream.pipeline.units import MINUTE_MS
from stream.pipeline.windows.bucket import Bucket
from stream.settings import Settings, load_settings
from stream.translation import N_, _


class SeriesWindow(msgspec.Struct, frozen=True):
    """One series over the ``minutes`` before ``until``; ``independent`` counts are weights, in documents.

    ``late`` documents belong to these minutes and came too late for them: they are in no other number.
    """

    series: str
    minutes: int
    until: str
    documents: int
    negative: int
    independent: float
    independent_negative: float
    negative_share: float | None
    mean_score: float | None
    stories: int
    sources: int
    late: int


def print_windows(prefix: str, limit: int, json: bool) -> None:
    """Print the windows of the series that begin with ``prefix``; as a table, the ``limit`` most negative ones."""
    settings = load_settings()
    rows = asyncio.run(_read(settings, prefix))
    if json:
        for row in rows:
            typer.echo(msgspec.json.encode(row).decode())
        return
    for doubt in unknown_topic(prefix, guessed=True) if not rows else ():
        say(shown(doubt))
    longest = settings.window_minutes[-1]
    ranked = sorted((row for row in rows if row.minutes == longest), key=lambda row: -row.independent_negative)[:limit]
    ranks = {row.series: rank for rank, row in enumerate(ranked)}
    title = _("until {time}").format(time=rows[0].until) if rows else _("no documents")
    # Bare, for all of it is to fit into a terminal of 80 columns.
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column(_("series"), overflow="fold", min_width=10)
    for name in _HEAD:
        table.add_column(_(name), justify="right", no_wrap=True)
    for row in sorted((row for row in rows if row.series in ranks), key=lambda row: (ranks[row.series], row.minutes)):
        table.add_row(*map(Text, _cells(row)))
    console().print(table)


# "indep." and "neg." are independent weights, in documents; "late" documents are in no other number.
_HEAD = (
    *(N_("min"), N_("docs"), N_("late"), N_("stories"), N_("sources")),
    *(N_("indep."), N_("neg."), N_("share"), N_("score")),
)


def _cells(row: SeriesWindow) -> list[str]:
    share = "-" if row.negative_share is None else f"{row.negative_share:.0%}"
    score = "-" if row.mean_score is None else f"{row.mean_score:+.2f}"
    counts = (row.minutes, row.documents, row.late, row.stories, row.sources)
    return [
        shown(series_words(row.series)),
        *map(str, counts),
        number(row.independent),
        number(row.independent_negative),
        share,
        score,
    ]


async def _read(settings: Settings, prefix: str) -> list[SeriesWindow]:
    async with connected(settings.redis.get_secret_value()) as client:
        store = RedisStores(client, Layout(settings.name, settings.shards)).windows()
        event_time = await store.event_time()
        if not event_time.progress or await store.complete() is None:
            raise StoreError("Redis holds no windows yet, or is rebuilding them; see the worker's /readyz")
        until = watermark(event_time) // MINUTE_MS
        late = await store.late(range(until - settings.window_minutes[-1], until))
        rows: list[SeriesWindow] = []
        for length in settings.window_minutes:
            window, too_late = await store.window(until - length, until), _summed(late, until - length)
            names = sorted(name for name in window.keys() | too_late.keys() if name.startswith(prefix))
            rows += [_row(name, until, length, window.get(name, Bucket()), too_late[name]) for name in names]
        return rows


def _summed(late: Mapping[int, Mapping[str, int]], first: int) -> Counter[str]:
    """Return the late documents of each series from the minute ``first`` on."""
    total: Counter[str] = Counter()
    for minute, row in late.items():
        if minute >= first:
            total.update(row)
    return total


def _row(series: str, until: int, minutes: int, bucket: Bucket, late: int) -> SeriesWindow:
    values: dict[str, Any] = {name: getattr(bucket, name) for name in ("documents", "negative", "stories", "sources")}
    return SeriesWindow(
        series=series,
        minutes=minutes,
        until=f"{moment_of(until):%Y-%m-%dT%H:%MZ}",
        independent=bucket.independent_documents,
        independent_negative=bucket.independent_negatives,
        negative_share=bucket.negative_share,
        mean_score=bucket.mean_score,
        late=late,
        **values,
    )
