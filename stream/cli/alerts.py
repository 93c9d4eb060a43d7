"""``bellwether alerts``: what fired, and all that is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.errors import SettingsError
from stream.pipeline.notify import Alert, AlertStore, AlertStory, Status
from stream.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="What fired, and why.")
T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
TIME = "%Y-%m-%d %H:%M"


@app.command("list")
def list_(
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    json: Json = False,
) -> None:
    """List alerts, newest first. Times are event times in UTC."""
    alerts = _with_store(lambda store: store.alerts(status, limit))
    if json:
        typer.echo(msgspec.json.encode(alerts).decode())
        return
    table = Table("id", "series", "rule", "status", "fired (UTC)", "resolved (UTC)")
    for alert in alerts:
        table.add_row(alert.id, Text(alert.series), alert.rule, alert.status, *_times(alert))
    Console().print(table if alerts else "no alerts")


@app.command()
def show(alert: Annotated[str, typer.Argument(help="The alert's id, or its beginning.")], json: Json = False) -> None:
    """Show an alert: numbers, transitions, evidence, deliveries."""
    story = _with_store(lambda store: _story(store, alert))
    if json:
        typer.echo(msgspec.json.encode(story).decode())
    else:
        _print(story, Console())


async def _story(store: AlertStore, beginning: str) -> AlertStory:
    found = await store.story(beginning)
    if found is None:
        matching = [item.id for item in await store.alerts(None, 10_000) if item.id.startswith(beginning)]
        if len(matching) != 1:
            problem = f"{len(matching)} alerts begin so" if matching else "no such alert; see `bellwether alerts list`"
            raise SettingsError(f"alert '{beginning}': {problem}")
        found = await store.story(matching[0])
    assert found is not None  # noqa: S101 - alerts are not deleted between two reads
    return found


def _with_store(work: Callable[[AlertStore], Awaitable[T]]) -> T:
    from sqlalchemy.ext.asyncio import create_async_engine

    from stream.adapters.alert_store import PostgresAlertStore

    async def run() -> T:
        engine = create_async_engine(load_settings().postgres.get_secret_value())
        try:
            return await work(PostgresAlertStore(engine))
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _times(alert: Alert) -> tuple[str, str]:
    return f"{alert.fired_at:{TIME}}", f"{alert.resolved_at:{TIME}}" if alert.resolved_at else ""


def _print(story: AlertStory, console: Console) -> None:
    alert = story.alert
    fired, resolved = _times(alert)
    console.print(Text(f"{alert.series}: {alert.rule}, {alert.status}", style="bold"))
    console.print(f"id {alert.id}, fired {fired} UTC" + (f", resolved {resolved} UTC" if resolved else ""))
    for step in story.transitions:
        if step.decision is None:
            console.print(Text(f"{step.at:{TIME}} {step.step} by {step.actor}: {step.reason}"))
            continue
        seen = step.decision.observation
        console.print(
            f"{step.at:{TIME}} {step.step}: {seen.negatives} negative of {seen.documents} independent documents in"
            f" {seen.window} min; expected {seen.expected_negatives:.1f} of as many ({seen.expected_share:.0%}), usual"
            f" {seen.usual_negatives:.1f}; score {seen.score:.1f}; recorded {step.recorded_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    evidence = Table("published (UTC)", "source", "p(negative)", "text", title="Evidence, verbatim")
    for item in story.evidence:
        text = Text(item.text + (" [cut]" if item.truncated else "") + (f"\n{item.url}" if item.url else ""))
        evidence.add_row(f"{item.published_at:{TIME}}", Text(item.source), f"{item.negative:.2f}", text)
    deliveries = Table("receiver", "type", "message id", "failed attempts", "state", title="Deliveries")
    for sent in story.deliveries:
        state = f"delivered {sent.delivered_at:%H:%M:%S}" if sent.delivered_at else sent.error or "waiting"
        deliveries.add_row(sent.receiver, sent.type, sent.message_id, str(sent.attempts), Text(state))
    console.print(evidence, deliveries, sep="\n")
