"""``bellwether rules``: check a file before it is used, and see what a series is held against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.text import Text

from stream.cli.listing import listing, print_listing
from stream.errors import SettingsError

if TYPE_CHECKING:
    from stream.pipeline.rules import Explanation, Rule, RuleState

app = typer.Typer(no_args_is_help=True, help="When alerts are raised.")
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


@app.command()
def check(file: Annotated[Path, typer.Argument(help="YAML.")], json: Json = False) -> None:
    """Read a file and show the rules that follow; a wrong one gives its line and the reason, and exit code 2."""
    from stream.adapters.files.rules import read_rules
    from stream.pipeline.rules.ladder import LEVELS
    from stream.pipeline.rules.rule import written_name

    rules = read_rules(file)
    if json:
        typer.echo(msgspec.json.encode(rules).decode())
        return
    columns = "rule", "kind", "series", "windows", "false alarms a month", "at least", "severities", "mutes"
    table = listing(*columns, whole={"kind"})
    for rule in rules:
        series = ", ".join(rule.series) + (f" without {', '.join(rule.without)}" if rule.without else "")
        cells = rule.name, rule.detector.kind, series, ", ".join(f"{window} min" for window in rule.detector.windows)
        ladder = ", ".join(
            f"{step.name}{f' at +{step.above:g}' if step.above else ''}"
            + ("" if step.name in LEVELS else f" (level {level})")
            for step, level in zip(rule.severities, rule.levels, strict=True)
        )
        numbers = f"{rule.budget:.3g}", f"{rule.detector.support:g}", ladder, str(len(rule.mutes))
        table.add_row(*map(Text, (*cells, *numbers)))
    print_listing(table, "no rules")
    written = [rule for rule in rules if rule.name == written_name(rule.name)]  # the tests of a rule share its budget
    counted = f"{len(written)} rule{'s'[: len(written) != 1]} with {len(rules)} test{'s'[: len(rules) != 1]}"
    typer.echo(f"{file}: {counted}, {sum(rule.budget for rule in written):.3g} false alarms a month in all")


@app.command("explain")
def explain_(
    series: Annotated[str, typer.Argument(help="Such as topic:Macro or entry:Tesla.")], json: Json = False
) -> None:
    """Say what is expected of a series in the window that ends now, by which rule and why, and what would fire."""
    import asyncio

    from models.errors import ArtifactError
    from stream.adapters.files.rules import read_rules
    from stream.pipeline.rules import explain, hearing_words, sharpest
    from stream.settings import load_settings
    from stream.worker.classifier_facts import read_classifier_facts

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
    say = typer.echo
    say(f"{item.series}, rule '{item.rule}' ({item.kind}), at {item.at:%Y-%m-%d %H:%M} UTC")
    say(f"  now: {item.now}")
    say(f"  learned from {item.past_days:.1f} days of its own past" + (", still warming up" if item.warming_up else ""))
    say(f"  a middling hour brings {item.hourly:.1f} documents, this hour {item.hourly_now:.1f} (hour of day and week")
    say(f"  x{item.hour_factor:.2f}, today x{item.day_factor:.2f}); {item.share:.1%} of them are negative")
    inside = f"{item.coverage:.1%} of {item.looked:.0f} past counts lay inside the expected interval (meant: 95 %)"
    say(f"  {inside if item.looked else 'the expected interval was not yet held against its counts'}")
    say(f"  threshold {item.threshold:.2f}: {item.threshold_from}")
    for window in item.windows:
        fires = f"it fires from {window.fires_at} {item.counted} on" if window.fires_at else "nothing can fire"
        say(f"  {window.minutes} min: about {window.usual:.1f} documents are usual; {fires}")
    if not item.windows:
        say("  it has so many documents that the rule's other test decides on it")
