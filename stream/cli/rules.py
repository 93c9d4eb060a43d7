"""``bellwether rules``: check a file before it is used, and see what a series is held against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.cells import cell_len
from rich.text import Text

from stream.cli.listing import console, listing, print_listing
from stream.cli.operating import Json, check_series, say
from stream.errors import SettingsError
from stream.translation import N_, _, in_english

if TYPE_CHECKING:
    from stream.pipeline.rules import Explanation, Rule, RuleState

app = typer.Typer(no_args_is_help=True, help="When alerts are raised.")
_COLUMNS = (
    N_("rule"), N_("kind"), N_("windows"),
    N_("false alarms a month"), N_("at least"), N_("mutes"), N_("series; severities"),
)  # fmt: skip
_ROOM = 36  # signs of a rule's name that leave the others room in a terminal of 80 columns
_WORDS = N_("negative"), N_("volume"), N_("documents"), N_("negatives")  # kinds of rules, and what they count


@app.command()
def check(file: Annotated[Path, typer.Argument(help="YAML.")], json: Json = False) -> None:
    """Read a file and show the rules that follow; a wrong one gives its line and the reason, and exit code 2."""
    from stream.adapters.files.known import known_entries
    from stream.adapters.files.rules import read_rules
    from stream.pipeline.figures import setting
    from stream.pipeline.notify.doubts import doubts_of_rules
    from stream.pipeline.notify.unwatched import doubts_of_watched
    from stream.pipeline.rules.rule import written_name
    from stream.settings import load_settings

    rules = read_rules(file)
    for doubt in (*doubts_of_rules(rules), *doubts_of_watched(rules, known_entries(load_settings().watchlist))):
        say(doubt)
    if json:
        typer.echo(msgspec.json.encode(rules).decode())
        return
    short = all(cell_len(rule.name) <= _ROOM for rule in rules)
    table = listing(*_COLUMNS, whole={"rule", "kind"} if short else {"kind"})
    for rule in rules:
        table.add_row(*map(Text, _cells(rule)))
    print_listing(table, N_("no rules"), sentences=True)
    written = [rule for rule in rules if rule.name == written_name(rule.name)]  # the tests of a rule share its budget
    one, several = N_("{count} rule"), N_("{count} rules")
    counted = _(one if len(written) == 1 else several).format(count=len(written))
    one, several = N_("{count} test"), N_("{count} tests")
    tests = _(one if len(rules) == 1 else several).format(count=len(rules))
    budget = setting(sum(rule.budget for rule in written))
    words = _("{file}: {rules} with {tests}, {budget} false alarms a month in all")
    typer.echo(words.format(file=file, rules=counted, tests=tests, budget=budget))


def _cells(rule: Rule) -> Iterator[str]:
    from stream.pipeline.figures import setting
    from stream.pipeline.rules.rule import written_name

    yield rule.name
    yield _(rule.detector.kind)
    yield ", ".join(_("{minutes} min").format(minutes=window) for window in rule.detector.windows)
    yield setting(rule.budget)
    yield setting(rule.detector.support)
    yield str(len(rule.mutes))
    # The tests of a rule watch the same: below the table of a terminal that is told once.
    yield "" if console().is_terminal and rule.name != written_name(rule.name) else _watched(rule)


def _watched(rule: Rule) -> str:
    from stream.pipeline.notify.wording import severity_words
    from stream.pipeline.rules.ladder import LEVELS

    without = _(" without {series}").format(series=", ".join(rule.without)) if rule.without else ""
    ladder = ", ".join(
        severity_words(step.name)
        + (_(" at +{score}").format(score=f"{step.above:g}") if step.above else "")
        + ("" if step.name in LEVELS else _(" (level {level})").format(level=level))
        for step, level in zip(rule.severities, rule.levels, strict=True)
    )
    return _("{series}; {severities}").format(series=", ".join(rule.series) + without, severities=ladder)


@app.command("explain")
def explain_(
    series: Annotated[str, typer.Argument(help="Such as topic:Macro, entry:Tesla or group:banks.")], json: Json = False
) -> None:
    """Say what is expected of a series in the window that ends now, by which rule and why, and what would fire."""
    import asyncio

    from models.errors import ArtifactError
    from stream.adapters.files.rules import read_rules
    from stream.pipeline.rules import explain, hearing_words, sharpest
    from stream.settings import load_settings
    from stream.worker.classifier_facts import read_classifier_facts

    check_series(series)
    settings = load_settings()
    rules = [rule for rule in read_rules(settings.rules) if rule.watches(series)]
    if not rules:
        raise SettingsError(f"series '{series}': no rule watches it; see the file that BELLWETHER_RULES names")
    states = asyncio.run(_states(rules))
    learned = [(rule, state) for rule, state in zip(rules, states, strict=True) if state is not None]
    try:
        errors = read_classifier_facts(settings).errors
    except ArtifactError:
        errors = None  # There is no model here; what it gets wrong is not corrected for.
    with in_english() if json else nullcontext():
        explained = [explain(rule, state, series, errors) for rule, state in learned]
    known = [item for item in explained if item is not None]
    if json:
        typer.echo(msgspec.json.encode(known).decode())
    elif not known:
        raise SettingsError(f"series '{series}': nothing is known of it yet; is the name right, and does a worker run?")
    else:
        for item in known:
            _print(item)
        typer.echo(hearing_words(sharpest(learned, errors)))


async def _states(rules: list[Rule]) -> list[RuleState | None]:
    from stream.adapters.postgres.alert_store import PostgresAlertStore
    from stream.adapters.postgres.engine import engine_of
    from stream.settings import load_settings

    settings = load_settings()
    engine = engine_of(settings.postgres.get_secret_value(), settings.postgres_timeout)
    try:
        store = PostgresAlertStore(engine)
        return [(await store.load(rule.name))[1] for rule in rules]
    finally:
        await engine.dispose()


def _print(item: Explanation) -> None:
    for line in _lines(item):
        typer.echo(line)


def _lines(item: Explanation) -> Iterator[str]:
    """Yield what is told of an explanation."""
    from stream.pipeline.notify.wording import series_words

    yield _("{series}, rule '{rule}' ({kind}), at {time} UTC").format(
        series=series_words(item.series), rule=item.rule, kind=_(item.kind), time=f"{item.at:%Y-%m-%d %H:%M}"
    )
    yield "  " + _("now: {now}").format(now=item.now)
    learned = _("learned from {days} days of its own past").format(days=f"{item.past_days:.1f}")
    yield "  " + learned + (_(", still warming up") if item.warming_up else "")
    yield "  " + _("a middling hour brings {hourly} documents, this hour {now} (hour of day and week").format(
        hourly=f"{item.hourly:.1f}", now=f"{item.hourly_now:.1f}"
    )
    yield "  " + _("x{hour}, today x{day}); {share} of them are negative").format(
        hour=f"{item.hour_factor:.2f}", day=f"{item.day_factor:.2f}", share=f"{item.share:.1%}"
    )
    inside = _("{share} of {looked} past counts lay inside the expected interval (meant: 95 %)").format(
        share=f"{item.coverage:.1%}", looked=f"{item.looked:.0f}"
    )
    yield "  " + (inside if item.looked else _("the expected interval was not yet held against its counts"))
    words = _("threshold {threshold}: {origin}")
    yield "  " + words.format(threshold=f"{item.threshold:.2f}", origin=item.threshold_from)
    yield from _windows(item)


def _windows(item: Explanation) -> Iterator[str]:
    """Yield what would fire in each window."""
    from stream.pipeline.figures import estimate

    for window in item.windows:
        usual = _("{minutes} min: about {usual} documents are usual; ").format(
            minutes=window.minutes, usual=f"{window.usual:.1f}"
        )
        fires = _("it fires from {count} {counted} on").format(count=window.fires_at, counted=_(item.counted))
        yield "  " + usual + (fires if window.fires_at else _("nothing can fire"))
    if not item.windows and item.decided_by != item.rule:
        words = _("it brings about {daily} documents a day: this test leaves it to '{test}'")
        yield "  " + words.format(daily=estimate(24 * item.hourly), test=item.decided_by)
    elif not item.windows:
        yield "  " + _("how much it brings is not known well enough yet to decide on it")
