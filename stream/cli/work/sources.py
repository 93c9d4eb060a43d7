"""``bellwether feeds check``, ``list`` and ``show``: what sources have, and how they are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.text import Text

from models.language import detect
from stream.adapters.files.sources import Sources, read_sources
from stream.adapters.http.feed_readers import EdgarReader, FeedReader
from stream.adapters.http.fetching import Fetcher
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.source_store import PostgresSourceStore
from stream.cli.listing import listing, print_listing
from stream.cli.operating import TIME, say, shown
from stream.cli.said import in_own_language
from stream.errors import FeedError, NotFoundError, SettingsError
from stream.pipeline.feeds.health import described
from stream.pipeline.feeds.ports import Gathered, Health, Position, Reader, SourceStore
from stream.pipeline.feeds.selection import holds_keyword
from stream.pipeline.feeds.sources import POLLED, Source
from stream.settings import Settings, load_settings
from stream.translation import N_, _

AT_ONCE = 8  # sources that are asked at a time


@dataclass(frozen=True)
class Checked:
    """What one source gave; ``problem`` says what is wrong with it, empty: nothing."""

    source: str
    kind: str = ""
    documents: int = 0
    published: int = 0
    newest: str = ""
    undated: int = 0
    language: str = ""
    problem: str = ""


def file_of(file: Path | None) -> Path:
    """Return the file of sources. Raises SettingsError: there is none."""
    if (path := file or load_settings().feeds) is None:
        raise SettingsError("setting 'feeds' (BELLWETHER_FEEDS): missing; name a file of sources, see `feeds init`")
    return path


def check_sources(file: Path | None, everything: bool, json: bool) -> bool:
    """Ask each source once, show what it gave, and return whether something is wrong with one.

    Raises:
        SettingsError: the file is wrong.
    """
    found = read_sources(path := file_of(file), everything=everything)
    checked = asyncio.run(_check(found, load_settings()))
    if json:
        for one in checked:
            typer.echo(msgspec.json.encode(one).decode())
        return any(one.problem for one in checked)
    counts = N_("items"), N_("published"), N_("newest (UTC)"), N_("undated")
    table = listing(N_("source"), N_("what"), *counts, N_("language"), N_("problem"), whole={"newest (UTC)"})
    for one in checked:
        found_of = str(one.documents), str(one.published), one.newest, str(one.undated or "")
        cells = one.source, one.kind, *found_of, in_own_language(one.language), _problems(one)
        table.add_row(*(Text(shown(cell)) for cell in cells))
    off = _("{file}: no source is on; --all asks those that are off, too")
    print_listing(table, (_("{file}: no source is on") if everything else off).format(file=path), sentences=True)
    if streams := [one.name for one in found.sources.values() if one.type not in POLLED]:
        typer.echo(_("streams, which are not asked here: {names}").format(names=", ".join(streams)))
    return any(one.problem for one in checked)


def _problems(one: Checked) -> str:
    return "; ".join(map(in_own_language, one.problem.split("; ")))


def list_sources(file: Path | None, json: bool) -> None:
    """Show how each source is. Raises SettingsError, StoreError."""
    names = list(read_sources(file_of(file), resolve=False).sources)
    health, now = _health(), datetime.now(UTC)
    states = [described(name, *health.get(name, (Health(), None)), now) for name in names]
    if json:
        for one in states:
            typer.echo(msgspec.json.encode(one).decode())
        return
    times_of = N_("last success"), N_("last new"), N_("unchanged"), N_("documents"), N_("asked again")
    table = listing(N_("source"), N_("state"), *times_of, N_("problem"))
    for one in states:
        share = "" if one.unchanged_share is None else f"{one.unchanged_share:.0%}"
        times, problem = (_time(one.succeeded_at), _time(one.new_at)), one.disabled or one.error or ""
        cells = one.name, _(one.state), *times, share, str(one.documents), _time(one.next_at), problem
        table.add_row(*(Text(shown(cell)) for cell in cells))
    print_listing(table, N_("no source is on"), sentences=True)


def show_source(name: str) -> None:
    """Show all that is known of a source, as JSON. Raises NotFoundError, StoreError."""
    health = _health()
    if name not in health:
        raise NotFoundError(f"no source '{name}' has been read yet; `bellwether feeds list` shows those of the file")
    facts = msgspec.json.encode(described(name, *health[name], datetime.now(UTC)))
    typer.echo(msgspec.json.format(facts, indent=2).decode())


def enable_source(name: str) -> None:
    """Have a source read again at once. Raises NotFoundError, StoreError."""
    if not asyncio.run(_stored(lambda store: store.enable(name, datetime.now(UTC)))):
        raise NotFoundError(f"no source '{name}' has been read yet")
    say(_("{name} is asked again at once, by the next worker that reads sources").format(name=name))


def _health() -> dict[str, tuple[Health, datetime | None]]:
    found: dict[str, tuple[Health, datetime | None]] = asyncio.run(_stored(lambda store: store.health()))
    return found


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:{TIME}}"


async def _stored(work: Any) -> Any:
    settings: Settings = load_settings()
    engine = engine_of(settings.postgres.get_secret_value(), settings.postgres_timeout)
    try:
        store: SourceStore = PostgresSourceStore(engine)
        return await work(store)
    finally:
        await engine.dispose()


async def _check(found: Sources, settings: Settings) -> list[Checked]:
    fetcher, places = Fetcher(contact=settings.feeds_contact), asyncio.Semaphore(AT_ONCE)
    ahead_for = settings.acceptance.ahead_for

    async def one(source: Source) -> Checked:
        if source.type not in POLLED:
            return Checked(source.name, source.type, problem="")
        async with places:
            return await _check_one(source, found.tokens.get(source.name), fetcher, ahead_for)

    try:
        return await asyncio.gather(*map(one, found.sources.values()))
    finally:
        await fetcher.aclose()


async def _check_one(source: Source, token: str | None, fetcher: Fetcher, ahead_for: timedelta) -> Checked:
    async def unknown(_: object) -> object:
        return ()

    reader: Reader = FeedReader(source, fetcher, ahead_for, token)
    if source.type == "edgar":
        reader = EdgarReader(source, fetcher, ahead_for, unknown)
    try:
        steps = [step async for step in reader.read(Position(url=source.url, address=source.url))]
    except FeedError as error:
        return Checked(source.name, problem=str(error))
    return _checked(source, steps)


def _checked(source: Source, steps: list[Gathered]) -> Checked:
    documents = [msgspec.json.decode(one.content) for step in steps for one in step.documents]
    kept = [one for step in steps for one in step.documents if holds_keyword(one.content, source.keywords)]
    dates = sorted(one["published_at"] for one in documents if "published_at" in one)
    text = " ".join(f"{one.get('title', '')} {one.get('body', '')}" for one in documents[:20])[:5000]
    languages = {one["lang"] for one in documents if "lang" in one}
    moved = {step.position.address for step in steps} - {source.url}
    refused = [reason for step in steps for reason in step.refused]
    problems = [step.damage for step in steps if step.damage]
    problems += [f"it has moved for good to {address}" for address in sorted(moved)]
    problems += [f"refused: {len(refused)}, as: {refused[0]}"] if refused else []
    return Checked(
        source.name,
        next((step.kind for step in steps if step.kind), ""),
        len(documents),
        len(kept),
        dates[-1][:16].replace("T", " ") if dates else "",
        len(documents) - len(dates),
        ", ".join(sorted(languages)) or (f"{detect(text) or 'not known'} (found out)" if text.strip() else ""),
        "; ".join(problems),
    )
