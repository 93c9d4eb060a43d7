"""``bellwether routes``: check the file before it is used, and see where an alert would go."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.operating import check_series, groups_of, say
from stream.errors import SettingsError, UsageError
from stream.pipeline.status import Status
from stream.translation import _

if TYPE_CHECKING:
    from stream.pipeline.notify import Routing
    from stream.pipeline.notify.doubts import Known
    from stream.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Where alerts go.")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="YAML.")],
    without_secrets: Annotated[bool, typer.Option(help="Where the secrets are not kept: leave them out.")] = False,
) -> None:
    """Read a file and count what is in it; a wrong one gives its line and the reason, and exit code 2."""
    from stream.adapters.files.routes import read_routes
    from stream.pipeline.notify.doubts import doubts_of_routes
    from stream.worker.destinations import make_receiver

    routes = read_routes(file, resolve=not without_secrets, make=None if without_secrets else make_receiver)
    for doubt in doubts_of_routes(routes.routing.routes, _known()):
        say(doubt)
    names = ", ".join(spec.name for spec, _ in routes.receivers) or _("none")
    default = ", ".join(routes.routing.default) or _("nobody")
    every = routes.routing.grouping.interval.total_seconds() / 60
    counted = _(
        "{file}: receivers {receivers}; {routes} routes; default {default}; updates of a group every {every} min"
    )
    count = len(routes.routing.routes)
    typer.echo(counted.format(file=file, receivers=names, routes=count, default=default, every=f"{every:g}"))


@app.command("test")
def trace(
    series: Annotated[
        str, typer.Option(help="topic:LABEL, entry:NAME, entry:NAME/topic:LABEL, group:NAME or watchlist:all.")
    ],
    severity: Annotated[str, typer.Option(help="One of the rules' own.")] = "warning",
    rule: Annotated[str, typer.Option(help="The rule's name.")] = "negative-surge",
    kind: Annotated[str, typer.Option(help="The rule's kind.")] = "negative",
    file: Annotated[Path | None, typer.Option(help="Instead of the file of the settings.")] = None,
) -> None:
    """Show where an alert would go, and why."""
    from stream.pipeline.detect.spec import Kind
    from stream.pipeline.notify import Alert
    from stream.settings import load_settings

    check_series(series, guessed=False)
    if kind not in list(Kind):
        raise UsageError(f"--kind {kind}: one of {', '.join(Kind)} is expected")
    settings = load_settings()
    routing, now = _routing(settings, file), datetime.now(UTC)
    labels = routing.labels(Alert("", rule, series, Status.FIRING, now, kind=kind, severity=severity))
    typer.echo(" ".join(f'{label}="{text}"' for label, text in labels.items() if text))
    for line in routing.explain(labels):
        typer.echo(line)
    typer.echo(_("goes to: {receivers}").format(receivers=", ".join(routing.receivers(labels)) or _("nobody")))


def _known() -> Known:
    """Return what alerts can be about by the files of the settings; without a file of rules any may be in use."""
    from stream.adapters.files.known import known_entries, known_rules
    from stream.pipeline.notify.doubts import Known
    from stream.settings import load_settings

    try:
        settings = load_settings()
    except SettingsError:
        return Known()  # the file of routes is checked all the same
    return Known(known_rules(settings.rules) if settings.rules else (), known_entries(settings.watchlist))


def _routing(settings: Settings, file: Path | None) -> Routing:
    import msgspec

    path = file or settings.routes
    if path is None:
        from stream.worker.destinations import Destinations

        routing = Destinations(settings).routing()
    else:
        from stream.adapters.files.routes import read_routes

        routing = read_routes(path, resolve=False).routing
    return msgspec.structs.replace(routing, groups=groups_of(settings))
