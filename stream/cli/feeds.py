"""``bellwether feeds``: sources that are read: feeds, filings, streams."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stream.cli.operating import Json
from stream.cli.said import in_own_language
from stream.translation import _

app = typer.Typer(no_args_is_help=True, help="Sources that are read: feeds, filings, streams.")
File = Annotated[Path | None, typer.Argument(help="YAML file of sources; that of BELLWETHER_FEEDS if left out.")]
Name = Annotated[str, typer.Argument(help="Of the source.")]


@app.command("run")
def run_feeds(
    file: File = None,
) -> None:
    """Read the sources of a file and publish what they have, until stopped: the stage feeds of the worker, alone.

    It needs the broker and PostgreSQL. Any number of these share the sources.
    """
    from stream.cli.work.sources import file_of
    from stream.settings import load_settings
    from stream.worker.stage_names import StageName
    from stream.worker.wiring import run_worker

    run_worker(load_settings(feeds=file_of(file)), {StageName.FEEDS}, in_own_language)


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


@app.command()
def check(
    file: File = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the sources that are off.")] = False,
    json: Json = False,
) -> None:
    """Read a file and ask each of its sources once: what it is, what would be published, its newest item, its dates and
    its language. Publishes nothing; exits with 1 if something is wrong with a source, with 2 if the file is wrong.
    """
    from stream.cli.work.sources import check_sources

    raise typer.Exit(1 if check_sources(file, everything, json) else 0)


@app.command("list")
def list_(file: File = None, json: Json = False) -> None:
    """List the sources of a file and how each is: ok, failing, silent for too long against its own rhythm, disabled."""
    from stream.cli.work.sources import list_sources

    list_sources(file, json)


@app.command()
def show(name: Name) -> None:
    """Show all that is known of how a source is, as JSON."""
    from stream.cli.work.sources import show_source

    show_source(name)


@app.command()
def enable(name: Name) -> None:
    """Ask a source again that is disabled, as after a 410, or that waits; at the address that its file gives."""
    from stream.cli.work.sources import enable_source

    enable_source(name)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where it is written.")] = Path("sources.yaml"),
) -> None:
    """Write a file of sources to start from: central banks, regulators, exchanges, news. All of them are off."""
    from stream.adapters.files.new_file import write_new
    from stream.adapters.files.sources import starter

    write_new(file, starter())
    said = _("{file}: nothing is on. Read the terms of a source, then take its `enabled: false` out.")
    typer.echo(said.format(file=file))


@app.command("import")
def import_(
    opml: Annotated[Path, typer.Argument(help="OPML, as feed readers export it.")],
    file: Annotated[Path, typer.Argument(help="Where the sources are written.")] = Path("sources.yaml"),
) -> None:
    """Make a file of sources of the feeds in an OPML file."""
    from stream.adapters.files.new_file import write_new
    from stream.adapters.files.opml import sources_of_opml
    from stream.adapters.files.sources import read_sources
    from stream.cli.operating import say, shown
    from stream.cli.said import in_own_language

    text, count, left_out = sources_of_opml(opml)
    write_new(file, text)
    read_sources(file, resolve=False)
    for one in left_out:
        say(shown(_("left out: {what}").format(what=in_own_language(one))))
    typer.echo(_("{file}: {count} sources").format(file=file, count=count))


@app.command()
def export(file: File = None) -> None:
    """Print the feeds of a file of sources as OPML, for a feed reader."""
    from stream.adapters.files.opml import opml_of
    from stream.adapters.files.sources import read_sources
    from stream.cli.operating import say, shown
    from stream.cli.work.sources import file_of

    path = file_of(file)
    on = read_sources(path, resolve=False).sources
    everything = read_sources(path, resolve=False, everything=True).sources
    typer.echo(opml_of(on.values()), nl=False)
    if off := [name for name in everything if name not in on]:
        say(shown(_("left out, since they are off: {names}").format(names=", ".join(off))))
    if others := [one.name for one in on.values() if one.type != "rss"]:
        say(shown(_("left out, since they are no feeds: {names}").format(names=", ".join(others))))
