"""The ``bellwether`` command: the only place that wires concrete adapters."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Annotated

import typer

from models.errors import ModelError
from stream.cli import (
    alerts,
    api,
    backfill,
    backtest,
    bench,
    dashboards,
    dead_letters,
    deliveries,
    demo,
    documents,
    feeds,
    model,
    rebuild,
    receivers,
    routes,
    rules,
    shards,
    watchlist,
    windows,
    worker,
)
from stream.cli.examples import with_examples
from stream.cli.hints import hint
from stream.cli.operating import say, shown
from stream.cli.output import written_output
from stream.cli.plain_group import PlainGroup
from stream.cli.said import in_own_language
from stream.errors import BellwetherError
from stream.standard_error import tolerate_lost_lines
from stream.translation import choose_language


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # here, since it reads the disk

        typer.echo(f"bellwether {version('bellwether')}")
        raise typer.Exit


app = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Bellwether: a real-time monitor of financial sentiment. Settings are variables: see docs/settings.md.",
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What stands before a command."""


app.command()(demo.demo)
app.command()(demo.watch)
app.command()(worker.up)
app.command()(worker.worker)
app.command()(worker.migrate)
app.command()(rebuild.rebuild)
app.command()(windows.windows)
app.command()(documents.publish)
app.command()(backfill.backfill)
app.command()(documents.classify)
app.command()(backtest.backtest)
app.add_typer(worker.topics, name="topics")
app.add_typer(shards.app, name="shards")
app.add_typer(alerts.app, name="alerts")
app.add_typer(receivers.app, name="receivers")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(routes.app, name="routes")
app.add_typer(api.app, name="api")
app.add_typer(documents.app, name="documents")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(bench.app, name="bench")
app.add_typer(dashboards.app, name="dashboards")
app.add_typer(model.app, name="model")
app.add_typer(feeds.app, name="feeds")
app.add_typer(watchlist.app, name="watchlist")
app.add_typer(rules.app, name="rules")
with_examples(app)


def main() -> None:
    """Run the command; an expected error is one line on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that is not UTF-8, or an argument that is none, must not end in an error of its own.
            stream.reconfigure(errors="backslashreplace")
    tolerate_lost_lines()
    # kafka-python tells each connection that it loses, and each step of its own that took over 0.1 s. What goes wrong
    # comes to us as an error, which is told once, by name.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    # aiokafka warns at each connection of a password that is sent without TLS; docs/security.md says so once.
    logging.getLogger("aiokafka.conn").setLevel(logging.ERROR)
    try:
        if language := os.environ.get("BELLWETHER_LANGUAGE"):  # here too, for commands that need no settings
            choose_language(language)
        with written_output():
            app()
    except (BellwetherError, ModelError) as error:
        say(shown(in_own_language(str(error))))
        if advice := hint(error):
            say(in_own_language(advice))
        raise SystemExit(2) from None
    except BrokenPipeError:
        # The reader of our output left (`| head`); that is no error of ours.
        sys.stderr.close()
        raise SystemExit(0) from None
