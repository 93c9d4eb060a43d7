"""``bellwether deliveries``: every notification, how it stands, and another try."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.text import Text

from stream.cli.listing import listing, print_listing
from stream.cli.operating import SECONDS, Json, operate
from stream.pipeline.figures import short_id

app = typer.Typer(no_args_is_help=True, help="Notifications on their way, and those that did not arrive.")
Id = Annotated[int, typer.Argument(min=1, help="The delivery's number.")]


@app.command("list")
def list_(
    receiver: Annotated[str | None, typer.Option(help="Only to this one.")] = None,
    undelivered: Annotated[bool, typer.Option(help="Only what was not taken.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    json: Json = False,
) -> None:
    """List deliveries, newest first."""
    from stream.cli.work.story import state_of

    rows = operate(lambda ops: ops.outbox.deliveries(receiver, undelivered=undelivered, limit=limit))
    if json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    columns = "id", "receiver", "type", "alert", "created (UTC)", "failed", "state"
    table = listing(*columns, whole={"id", "type", "alert"})
    for row in rows:
        cells = (str(row.id), row.receiver, row.type, short_id(row.alert_id), f"{row.created_at:{SECONDS}}")
        table.add_row(*cells, str(row.attempts), Text(state_of(row)))
    print_listing(table, "no deliveries")


@app.command()
def show(delivery: Id) -> None:
    """Show a delivery and its payload, as JSON."""
    state, content = operate(lambda operations: operations.delivery(delivery))
    payload = msgspec.Raw(content) if content else None
    text = msgspec.json.encode({"state": state, "payload": payload})
    typer.echo(msgspec.json.format(text, indent=2).decode())


@app.command()
def retry(delivery: Id) -> None:
    """Make a delivery that was not taken due at once, with a fresh schedule. It keeps its id."""
    state = operate(lambda operations: operations.retry(delivery))
    typer.echo(f"delivery {state.id} to {state.receiver} is due now")
