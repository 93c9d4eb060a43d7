"""``bellwether receivers``: who is notified, whether they take it, and a test."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.text import Text

from stream.cli.listing import listing, print_listing
from stream.cli.operating import SECONDS, TIME, Author, Json, author_of, operate, shown
from stream.translation import N_, _

app = typer.Typer(no_args_is_help=True, help="Who is notified.")
Name = Annotated[str, typer.Argument(help="The receiver's name.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """List receivers: whether they are disabled and why, how much waits for them."""
    rows = operate(lambda operations: operations.receiver_states())
    if json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    table = listing(N_("receiver"), N_("state"), N_("waiting"), N_("since (UTC)"), N_("given up"), whole={"receiver"})
    for row in rows:
        state = _("enabled") if row.known else _("not configured")
        if row.disabled is not None:
            reason, actor = shown(row.disabled.reason or ""), shown(row.disabled.actor or "")
            words = _("disabled since {time} UTC by {actor}: {reason}")
            state = words.format(time=f"{row.disabled.disabled_at:{TIME}}", actor=actor, reason=reason)
        since = f"{row.waiting.oldest:{SECONDS}}" if row.waiting.oldest else ""
        table.add_row(row.name, Text(state), str(row.waiting.queued), since, str(row.waiting.given_up))
    print_listing(table, N_("no receivers"))


@app.command()
def test(name: Name) -> None:
    """Send a notification of type alert.test, at once and not through the queue. Exit code 2 if it is not taken."""
    message_id = operate(lambda operations: operations.test(name))
    typer.echo(_("{name} took it: {id}").format(name=name, id=message_id))


@app.command()
def enable(name: Name) -> None:
    """Let a disabled receiver have its deliveries again, but for what is no news any more."""
    changed = operate(lambda operations: operations.enable(name))
    typer.echo((_("{name} is enabled") if changed else _("{name} is enabled, as it was")).format(name=name))


@app.command()
def disable(
    name: Name, reason: Annotated[str, typer.Option("--reason", "-m", help="Why.")] = "", author: Author = None
) -> None:
    """Keep a receiver's deliveries back until it is enabled again."""
    who = author_of(author)
    operate(lambda operations: operations.disable(name, who, reason))
    typer.echo(_("{name} is disabled; `bellwether receivers enable {name}` undoes it").format(name=name))
