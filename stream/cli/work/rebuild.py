"""``bellwether rebuild``: rebuild, show how far it is, and tell what was rebuilt and what stays."""

from __future__ import annotations

import asyncio
from datetime import datetime

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from stream.console import plain_console
from stream.pipeline.figures import number
from stream.pipeline.notify import moment_of
from stream.pipeline.units import DAY
from stream.settings import Settings, load_settings
from stream.translation import _
from stream.worker.rebuild_command import DAYS_WRITTEN, DOCUMENTS_READ, Rebuilt, run_rebuild


def rebuild_since(since: datetime, *, force: bool) -> None:
    """Rebuild from the UTC day of ``since`` on, and print what came of it.

    Raises:
        BrokerError, StoreError, SettingsError: nothing was switched, or rows are missing; rebuild again.
    """
    settings = load_settings()
    columns = SpinnerColumn(), TextColumn("{task.completed:,.0f} {task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=plain_console(stderr=True)) as bar:
        names = {DOCUMENTS_READ: _("documents read again"), DAYS_WRITTEN: _("days written")}
        tasks = {what: bar.add_task(name, total=None, visible=what == DOCUMENTS_READ) for what, name in names.items()}

        def told(what: str, completed: int) -> None:
            bar.update(tasks[what], completed=completed, visible=True)

        rebuilt = asyncio.run(run_rebuild(settings, since, told, force=force))
    print_rebuilt(rebuilt, settings)


def print_rebuilt(rebuilt: Rebuilt, settings: Settings) -> None:
    """Say what was rebuilt, and which days stay as they are, and why."""
    counts = _("rebuilt {days} days: {documents} documents, {rows} rows in PostgreSQL")
    typer.echo(counts.format(days=rebuilt.days, documents=rebuilt.documents, rows=rebuilt.rows))
    if rebuilt.kept:
        sentence = _(
            "the log begins {begins}: {days} days stay as they are ({first} to {last}), since it holds fewer documents"
            " of them than stand there; --force rebuilds them all the same"
        )
        first, last = _day(rebuilt.kept[0]), _day(rebuilt.kept[-1])
        begins = f"{rebuilt.begins:%Y-%m-%d %H:%M} UTC"
        typer.echo(sentence.format(begins=begins, days=number(len(rebuilt.kept)), first=first, last=last))
    if rebuilt.beyond:
        sentence = _(
            "{days} days before {first} stay as they are: windows are kept for {hours} hours (BELLWETHER_KEEP_HOURS), "
            "rows for {kept} days (BELLWETHER_KEEP_DAYS); --force rebuilds them, too"
        )
        kept = {"hours": settings.keep_hours, "kept": settings.keep_days}
        typer.echo(sentence.format(days=number(rebuilt.beyond), first=_day(rebuilt.first), **kept))


def _day(day: int) -> str:
    return f"{moment_of(day * DAY):%Y-%m-%d}"
