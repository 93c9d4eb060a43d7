"""``bellwether feeds``: feeds (RSS, Atom, JSON Feed) as documents."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Feeds: RSS, Atom, JSON Feed.")


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
