"""``bellwether backfill``: read the files, bring the documents in, tell what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from stream.adapters.files.documents import DocumentFile, parse_line
from stream.batches import batches
from stream.cli.operating import say
from stream.cli.work.refused import Refused
from stream.console import plain_console
from stream.errors import DocumentError
from stream.pipeline.documents.document import Read
from stream.pipeline.documents.masking import Acceptance, Masker
from stream.pipeline.figures import number, span
from stream.pipeline.notify import moment_of
from stream.pipeline.units import HOUR
from stream.settings import Settings, load_settings
from stream.translation import _
from stream.worker.backfill import Found, Tally
from stream.worker.backfill_command import prepared
from stream.worker.relearning import Learned

BATCH = 256  # documents that are classified at once: twice a worker's default, for nobody waits for the first


def run_backfill(files: Sequence[DocumentFile], *, alerts_wanted: bool) -> int:
    """Bring the documents of ``files`` in, and print what became of them; return how many were refused.

    Raises:
        SettingsError, UsageError: a file cannot be read, or an option is wrong.
        BrokerError, StoreError, ModelError: a server or the model is missing; run it again.
    """
    settings, refused = load_settings(), Refused()
    asyncio.run(_run(settings, files, refused, alerts_wanted=alerts_wanted))
    return refused.total


async def _run(settings: Settings, files: Sequence[DocumentFile], refused: Refused, *, alerts_wanted: bool) -> None:
    now = datetime.now(UTC)
    many = len(files) > 1
    async with prepared(settings, refused.add, now, alerts_wanted=alerts_wanted) as ready:
        backfill = ready.backfill
        with _bar() as bar:
            task = bar.add_task(_("documents brought in"), total=None)
            for file in files:
                found = batches(_found(file, f"{file.file} " if many else "", refused, now, settings.acceptance), BATCH)
                while batch := await asyncio.to_thread(_next_batch, found, settings.masker):
                    await backfill.add(batch)
                    bar.update(task, completed=backfill.tally.added)
            await backfill.project()
            task = bar.add_task(_("minutes learned from"), total=None)
            learned = await backfill.learn(ready.relearning(lambda minutes: bar.advance(task, minutes)))
    _print(backfill.tally, refused, learned, settings)


def _next_batch(found: Iterator[list[Found]], masker: Masker | None) -> list[Found]:
    batch = next(found, [])
    return [item if masker is None else Found(item.where, masker.document(item.document)) for item in batch]


def _bar() -> Progress:
    columns = SpinnerColumn(), TextColumn("{task.completed:,.0f} {task.description}"), TimeElapsedColumn()
    return Progress(*columns, console=plain_console(stderr=True))


def _found(file: DocumentFile, before: str, refused: Refused, now: datetime, accepted: Acceptance) -> Iterator[Found]:
    """Yield the documents of a file that have a time, and not one that is to come."""
    for line in file.lines(say):
        where = f"{before}line {line.number}"
        parsed = parse_line(line, now, accepted)
        if isinstance(parsed, DocumentError):
            refused.add(parsed, where)
        elif problem := _time_problem(parsed, now):
            refused.add(problem, where)
        else:
            yield Found(where, parsed.document)


def _time_problem(read: Read, now: datetime) -> str:
    """Return what is wrong with the time of a document of the past, or ""."""
    if read.document.withdrawn:
        return "withdrawn: a record that takes a document back is published, not brought in"
    if not read.is_dated:
        return "published_at: missing; a document of the past needs its time (--column published_at=COLUMN)"
    is_to_come = read.document.published_at > now
    return "published_at: lies in the future; what is to come is published" if is_to_come else ""


def _print(tally: Tally, refused: Refused, learned: list[Learned] | None, settings: Settings) -> None:
    counts = _("brought in: {added}, counted already: {known}, left out: {out}, refused: {refused}")
    out = tally.old + tally.expired
    typer.echo(counts.format(added=tally.added, known=tally.known, out=out, refused=refused.total))
    for sentence in refused.sentences():
        typer.echo(f"  {sentence}")
    if tally.old:
        older = _(
            "left out: {count} documents are older than {days} days, for which minutes are kept (BELLWETHER_KEEP_DAYS)"
        )
        typer.echo(older.format(count=number(tally.old), days=settings.keep_days))
    if tally.expired_from is not None:
        since = f"{moment_of(tally.expired_from * HOUR):%Y-%m-%d}"
        typer.echo(
            _(
                "left out: {count} documents of hours that Redis holds no more (BELLWETHER_KEEP_HOURS);"
                " `bellwether rebuild --since {day}` brings these back, as far as the log goes; then run this again"
            ).format(count=number(tally.expired), day=since)
        )
    for sentence in _learned(learned):
        typer.echo(sentence)


def _learned(learned: list[Learned] | None) -> Iterator[str]:
    if learned is None:
        yield _(
            "the detector goes on with what it knows: it has learned from more than the windows still hold"
            " (BELLWETHER_KEEP_HOURS), and would know less if it began anew"
        )
    for item in learned or ():
        learned_from = _("rule '{rule}' has learned from {time} of {count} series")
        stored = _("; alerts stored: {count}").format(count=item.alerts) if item.alerts else ""
        over = span(item.minutes * 60)
        yield learned_from.format(rule=item.rule, time=over, count=number(item.series)) + stored
