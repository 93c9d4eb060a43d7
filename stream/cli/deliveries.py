"""``bellwether deliveries``: every notification, how it stands, and another try."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.text import Text

from stream.cli.listing import console, listing, print_listing
from stream.cli.operating import TIME, Json, operate
from stream.pipeline.figures import short_id
from stream.translation import N_, _

app = typer.Typer(no_args_is_help=True, help="Notifications on their way, and those that did not arrive.")
# Characters: a number, a type, an alert, two times, and what stands between columns.
ROOM_OF_OTHERS = 68
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

    rows = operate(lambda ops: ops.deliveries(receiver, undelivered=undelivered, limit=limit))
    if json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    columns = N_("id"), N_("receiver"), N_("type"), N_("alert"), N_("created (UTC)"), N_("state")
    table = listing(*columns, whole={"id", "type", "alert", "created (UTC)"})
    # The rest of the line is enough for the others, so that no time is broken.
    table.columns[1].max_width = max(8, console().width - ROOM_OF_OTHERS)
    for row in rows:
        kind = row.type.removeprefix("alert.")  # without it there is room for a time at 80 columns
        cells = (str(row.id), row.receiver, kind, short_id(row.alert_id), f"{row.created_at:{TIME}}")
        failed = _(", {count} failed").format(count=row.attempts) if row.attempts else ""
        state = state_of(row).replace(f"{row.created_at:%F} ", "")  # of a time on the same day, the clock
        table.add_row(*cells, Text(state + failed))
    print_listing(table, N_("no deliveries"))


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
    typer.echo(_("delivery {id} to {receiver} is due now").format(id=state.id, receiver=state.receiver))
