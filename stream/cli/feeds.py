"""``bellwether feeds``: feeds (RSS, Atom, JSON Feed) as documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Feeds: RSS, Atom, JSON Feed.")


@app.command("run")
def run_feeds(
    file: Annotated[Path | None, typer.Argument(help="YAML file of sources; BELLWETHER_FEEDS if left out.")] = None,
) -> None:
    """Read the sources of a file and publish what they have, until stopped: the stage feeds of the worker, alone.

    It needs the broker and PostgreSQL. Any number of these share the sources.
    """
    from stream.errors import SettingsError
    from stream.settings import load_settings
    from stream.worker.stage_names import StageName
    from stream.worker.wiring import run_worker

    settings = load_settings(**({"feeds": file} if file else {}))
    if settings.feeds is None:
        raise SettingsError("setting 'feeds' (BELLWETHER_FEEDS): missing; name a file of sources, see `feeds init`")
    run_worker(settings, {StageName.FEEDS})


@app.command("try")
def try_feed(
    feed: Annotated[str, typer.Argument(help="Address of a feed (https://...), or a file; - is standard input.")],
    source: Annotated[str | None, typer.Option(help="Of the documents; the feed's host or file name if unset.")] = None,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Fetch without TLS, too.")] = False,
    allow_private: Annotated[bool, typer.Option("--allow-private", help="Fetch from private addresses, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The documents as JSON lines, as `publish` takes them.")] = False,
) -> None:
    """Read a feed once and show what it would give: its format, its newest items and their dates, and what is refused.
    Publishes nothing; exits with 1 if an item is refused or the feed is damaged.

    Items keep their ids, so publishing the documents of a feed again and again counts each item once.
    """
    from stream.cli.work.feeds import Given, try_one

    raise typer.Exit(1 if try_one(Given(feed, source, allow_http, allow_private), json) else 0)
