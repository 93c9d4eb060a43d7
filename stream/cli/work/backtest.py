"""``bellwether backtest``: read, decide, compare, print."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stream.adapters.files.documents import DocumentFile
from stream.adapters.files.rules import read_rules
from stream.cli.listing import console
from stream.cli.operating import TIME, configured_routing, shown
from stream.cli.work.backtest_json import BacktestFound, as_json
from stream.cli.work.left_out import check_documents
from stream.cli.work.past import Past
from stream.clocks import utc_now
from stream.console import plain_console
from stream.errors import SettingsError
from stream.pipeline.backtest import (
    BacktestResult,
    Difference,
    DocumentHistory,
    HistoryCollector,
    backtest_rules,
    compare,
)
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.documents.named_since import with_named_since
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.documents.watchlist import Entry, Watchlist
from stream.pipeline.figures import number, rounded
from stream.pipeline.notify.wording import series_words, state_words
from stream.pipeline.rules import Rule, hearing_words
from stream.pipeline.units import DAY
from stream.pipeline.windows.bucket import minute_of
from stream.settings import Settings, load_settings
from stream.translation import N_, _, in_english
from stream.view.backtest.events import event_lines, events_of, messages_words, told_to
from stream.view.backtest.report import counted, report
from stream.worker.classifier_facts import read_classifier_facts

_BY = {"+": N_("not raised by the others"), "-": N_("raised by the others alone"), "~": N_("raised by both")}
SHOWN = 200  # events, and differences, that are printed at most, so that the sums below stay in sight; --json has all


def run_backtest(
    file: DocumentFile | None,
    since: datetime | None,
    rules: Path | None,
    against: Path | None,
    json: bool,
    html: Path | None,
) -> int:
    """Decide over a file, or over the scored topic from a time on, and print what was raised; see the command.

    Returns:
        How many documents were refused.
    """
    _check_writable(html)
    settings = load_settings()
    chosen = read_rules(rules or settings.rules)
    others = None if against is None else read_rules(against)
    with progress_bar(plain_console(stderr=True), json) as bar:
        collected, past = collect_history(settings, file, since, bar)
        check_documents(collected, past)
        routing = configured_routing(settings)
        errors = read_classifier_facts(settings).errors
        decide = partial(
            backtest_rules,
            errors=errors,
            receivers=lambda alert: told_to(alert, routing),
            now=minute_of(utc_now()),
        )
        result = _run(chosen, collected, bar, N_("deciding, days"), decide)
        other = None if others is None else _run(others, collected, bar, N_("the other, days"), decide)
    found = BacktestFound(collected, past, result, events_of(result, routing))
    if other is not None:
        found = replace(found, differences=compare(result, other), others=len(events_of(other, routing)))
    if html is not None:
        title = file.file if file else _("the scored topic since {time}").format(time=f"{since:{TIME}}")
        _write(html, report(title, result, found.events, found.differences))
    if json:
        _print_json(found, other)
    else:
        _print(found)
    return past.refused.total


def _check_writable(html: Path | None) -> None:
    """Refuse, before minutes of work, a report that cannot be written."""
    if html is not None and (html.is_dir() or not html.absolute().parent.is_dir()):
        raise SettingsError(f"--html {html}: no file can be written there; is there a folder {html.absolute().parent}?")


def progress_bar(terminal: Console, quiet: bool) -> Progress:
    """Return a bar that says what is done, how far it is, and since when."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, console=terminal, disable=quiet)


def collect_history(
    settings: Settings, file: DocumentFile | None, since: datetime | None, bar: Progress
) -> tuple[DocumentHistory, Past]:
    """Read and classify the documents of a file, or of the scored topic from a time on, and say how that went."""
    watchlist = _watchlist(settings)
    past = Past(settings, watchlist)
    documents = past.of_file(file) if file is not None else past.of_topic(since or EPOCH)
    collector = HistoryCollector()
    task = bar.add_task(_("reading documents"), total=None)
    for document in documents:
        collector.add(*_named(document, watchlist))
        if collector.documents % 500 == 0:
            bar.update(task, completed=collector.documents)
    bar.update(task, completed=collector.documents, total=collector.documents)
    return collector.collected(), past


def _named(document: ScoredDocument, watchlist: Watchlist | None) -> tuple[ScoredDocument, list[Entry]]:
    """Return the document, and the entries that it names, as the watchlist is now."""
    if watchlist is None:
        return document, []
    entries = entries_of(document, watchlist.entries_in)
    return with_named_since(document, entries, watchlist.places), entries


def _watchlist(settings: Settings) -> Watchlist | None:
    if settings.watchlist is None:
        return None
    from stream.adapters.files.watchlist import read_watchlist

    return read_watchlist(settings.watchlist)


def _run(rules: tuple[Rule, ...], collected: DocumentHistory, bar: Progress, what: str, decide: Any) -> BacktestResult:
    days = max((collected.last - collected.first) // DAY + 1, 1) * len(rules)
    task = bar.add_task(_(what), total=days)
    result: BacktestResult = decide(rules, collected, progress=lambda count: bar.advance(task, count))
    bar.update(task, completed=days)
    return result


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def _print_json(found: BacktestFound, other: BacktestResult | None) -> None:
    with in_english():
        found = replace(found, differences=None if other is None else compare(found.result, other))
    typer.echo(msgspec.json.encode(as_json(found)).decode())


def _print(found: BacktestFound) -> None:
    result, past = found.result, found.past
    if result.deaf:
        typer.echo(_deaf(result))
    for event in found.events[:SHOWN]:
        for line in event_lines(event):
            console().print(shown(line), highlight=False, soft_wrap=True)
    days = (result.last - result.first) / DAY
    told = messages_words(found.events, len(result.alerts), days)
    watched = sum(any(rule.watches(name) for rule in result.rules) for name in found.collected.members)
    counts = {"documents": number(found.collected.documents), "series": number(watched)}
    typer.echo(_("{told} (documents: {documents}, series: {series})").format(told=told, **counts))
    typer.echo(hearing_words(result.hearing))
    if past.unread.sentence:
        typer.echo(past.unread.sentence)
    if past.refused.total:
        one, many = _("1 document could not be read"), _("{count} documents could not be read")
        typer.echo(one if past.refused.total == 1 else many.format(count=past.refused.total))
        for sentence in past.refused.sentences():
            typer.echo(f"  {sentence}")
    if found.differences is not None:
        _print_differences(found.differences, days)
        words = _("events: {count}, by the other rules {others}")
        typer.echo(words.format(count=len(found.events), others=found.others))


def _deaf(result: BacktestResult) -> str:
    """Say that no alert is no good news here."""
    if not any(result.reasons.values()):
        return _(
            "No series was decided on: no rule watches one of these documents, or they are of too short a time;"
            " see `bellwether rules check`."
        )
    often = ", ".join(
        _("'{reason}' {count} times").format(reason=state_words(reason), count=f"{count:,}")
        for reason, count in result.reasons.items()
        if count
    )
    return _(
        "No series ever had enough documents for a decision ({often}): that nothing was raised says nothing."
    ).format(often=often)


def _print_differences(differences: list[Difference], days: float) -> None:
    for item in differences[:SHOWN]:
        fired = f"{EPOCH + timedelta(minutes=item.alert.minute):{TIME}}"
        line = _("{sign} {time} {series} ({rule}), {by}: {why}").format(
            sign=item.sign,
            time=fired,
            series=series_words(item.alert.series),
            rule=item.alert.rule,
            by=_(_BY[item.sign]),
            why=rounded(item.why),
        )
        console().print(line, highlight=False, soft_wrap=True)
    words = _("+{more} / -{less} alerts over the {days} days")
    typer.echo(counted(words, differences, days=f"{days:.0f}"))
