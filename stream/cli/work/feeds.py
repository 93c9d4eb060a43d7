"""``bellwether feeds try``: one feed, fetched or out of a file, and what it would give."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import typer
from rich.text import Text

from stream.adapters.http.fetching import MAX_BYTES, Ask, Fetched, fetch
from stream.cli.listing import listing, print_listing
from stream.cli.operating import SECONDS, say, shown
from stream.cli.said import in_own_language
from stream.errors import FeedError
from stream.pipeline.feeds.documents import Made, documents_of
from stream.pipeline.feeds.parse import Feed, parse_feed
from stream.settings import load_settings
from stream.translation import N_, _

SHOWN = 10  # items: those a reader would look at


@dataclass(frozen=True, slots=True)
class Given:
    """What was asked for: an address or a file, and how it may be fetched."""

    feed: str
    source: str | None = None
    allow_http: bool = False
    allow_private: bool = False


def try_one(given: Given, json: bool) -> bool:
    """Show a feed, or print its documents as JSON lines; return whether something is wrong with it.

    Raises:
        FeedError: it cannot be fetched, or is no feed.
    """
    fetched = _fetched(given)
    feed = parse_feed(fetched.content, fetched.headers.get("content-type", ""))
    source = given.source or urlsplit(fetched.url).hostname or Path(given.feed).stem
    made = list(documents_of(feed, source, fetched.url, datetime.now(UTC), load_settings().acceptance.ahead_for))
    if json:
        for one in made:
            if one.content:
                typer.echo(one.content)
    else:
        _show(feed, source, made)
    refused = [one for one in made if one.refusal]
    for one in refused[:SHOWN]:
        name = one.title or one.item.guid or one.item.link or one.id[:8]
        say(shown(_("refused: '{title}': {reason}").format(title=name[:80], reason=in_own_language(one.refusal or ""))))
    if more := len(refused[SHOWN:]):
        say(_("refused: {more} more").format(more=more))
    if feed.damage:
        say(shown(in_own_language(feed.damage)))
    return bool(refused or feed.damage)


def _fetched(given: Given) -> Fetched:
    if "://" in given.feed:
        ask = Ask(given.feed, allow_http=given.allow_http, allow_private=given.allow_private)
        try:
            return asyncio.run(fetch(ask, load_settings().feeds_contact))
        except FeedError as error:  # here an option allows what a field of a file allows there
            said = str(error).replace("set allow_http", "say --allow-http")
            raise FeedError(said.replace("set allow_private", "say --allow-private")) from None
    try:
        if given.feed == "-":
            return Fetched("", _read(sys.stdin.buffer), {})
        with Path(given.feed).open("rb") as file:
            return Fetched("", _read(file), {})
    except OSError as error:
        address = "" if Path(given.feed).exists() else "; the address of a feed begins with https://"
        raise FeedError(f"{given.feed or repr('')}: {error.strerror or error}{address}") from None


def _read(file: BinaryIO) -> bytes:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise FeedError(f"the file has over {MAX_BYTES // 1024**2} MiB; that much is not read")
    return content


def _show(feed: Feed, source: str, made: Sequence[Made]) -> None:
    dated = sorted((one.published_at for one in made if one.published_at), reverse=True)
    newest = f"{dated[0]:{SECONDS}} UTC" if dated else _("none has a date")
    head = _("{kind}: {title}; its documents have the source {source}")
    typer.echo(shown(head.format(kind=feed.kind, title=feed.title or _("without a title"), source=source)))
    typer.echo(_("items: {count}, newest: {newest}").format(count=len(made), newest=newest))
    for note in _date_notes(made):
        typer.echo(note)
    table = listing(N_("published (UTC)"), N_("title"), N_("id"), whole={"published (UTC)"})
    for one in made[:SHOWN]:
        when = f"{one.published_at:{SECONDS}}" if one.published_at else _("none")
        table.add_row(Text(when), Text(shown(one.title or _("(no text)"))), Text(one.id[:8]))
    print_listing(table, N_("the feed has no items"))


def _date_notes(made: Sequence[Made]) -> list[str]:
    undated = [one for one in made if one.published_at is None and not one.refusal]
    odd = [one.item.date for one in undated if one.item.date]
    without = _("without a date: {count}; they count at the time of fetching")
    notes = [without.format(count=len(undated))] if undated else []
    if odd:
        said = _("dates that cannot be read: {count}, as '{date}'").format(count=len(odd), date=odd[0][:50])
        notes.append(shown(said))
    return notes
