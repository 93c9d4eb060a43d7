"""``bellwether deliveries``: every notification, how it stands, and another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.text import Text

from stream.cli.listing import console, listing, print_listing
from stream.cli.operating import TIME, Json, operate, say
from stream.pipeline.figures import short_id
from stream.translation import N_, _

if TYPE_CHECKING:
    from stream.operations import Operations, ReceiverState
    from stream.pipeline.notify import DeliveryState

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

    async def look(operations: Operations) -> tuple[list[DeliveryState], dict[str, str]]:
        rows = await operations.deliveries(receiver, undelivered=undelivered, limit=limit)
        return rows, {one.name: held for one in await operations.receiver_states() if (held := _held_back(one))}

    rows, held = operate(look)
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
        if row.next_at is not None and row.receiver in held:
            state = _(held[row.receiver])
        table.add_row(*cells, Text(state + failed))
    print_listing(table, N_("no deliveries"))


def _held_back(receiver: ReceiverState) -> str | None:
    if not receiver.known:
        return N_("held back: its receiver is not configured here")
    return N_("held back: its receiver is disabled") if receiver.disabled else None


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

    async def make_due(operations: Operations) -> tuple[DeliveryState, bool]:
        state = await operations.retry(delivery)
        return state, state.receiver in operations.names()

    state, known = operate(make_due)
    if not known:
        words = _("receiver '{name}' is not configured here; where no worker has it either, nobody sends this")
        say(words.format(name=state.receiver))
    typer.echo(_("delivery {id} to {receiver} is due now").format(id=state.id, receiver=state.receiver))
