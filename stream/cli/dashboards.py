"""``bellwether dashboards``: build them, check them, push them to a Grafana, verify that they work there.

The package ``dashboards`` stands above this one and needs an extra of its own, so each command imports it when it runs.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from stream.errors import SettingsError
from stream.translation import LANGUAGES, chosen_language

if TYPE_CHECKING:
    from dashboards.grafana.client import Grafana

Url = Annotated[str, typer.Option(help="Grafana's URL, as in the browser.")]
LOGIN = "Log in by GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD (or ..._FILE)."

app = typer.Typer(no_args_is_help=True, help="Grafana dashboards.")


@app.command()
def build() -> None:
    """Write the dashboards' JSON again, in each language. For people who change them, from a checkout."""
    from dashboards.build import build, folder_of

    for language in LANGUAGES:
        folder = folder_of(language)
        changes = build(folder, language)
        for name, change in sorted(changes.items()):
            typer.echo(f"{change}: {name}")
        typer.echo(f"{folder} is current" if not changes else f"written to {folder}")


@app.command()
def check() -> None:
    """Say whether the dashboards' JSON is what the code makes, and keeps the house style; exit code 2 if not."""
    from dashboards.build import committed, differences, folder_of
    from dashboards.check import faults

    for language in LANGUAGES:
        folder = folder_of(language)
        changes = [
            f"{folder.name}/{name} would be {change}" for name, change in sorted(differences(folder, language).items())
        ]
        if changes:
            raise SettingsError(f"{', '.join(changes)}; run `bellwether dashboards build`")
        if found := faults(committed(language).values()):
            raise SettingsError("; ".join(found))
    typer.echo(f"{len(committed())} dashboards are current and keep the house style, in {' and '.join(LANGUAGES)}")


@app.command(
    help="Bring folder, data sources and dashboards into a running Grafana, in the language of BELLWETHER_LANGUAGE. "
    f"Twice changes nothing more. {LOGIN}"
)
def push(
    url: Url = "http://127.0.0.1:3000",
    postgres: Annotated[str | None, typer.Option(help="PostgreSQL as Grafana reaches it, host:port.")] = None,
    database: Annotated[str, typer.Option(help="The database.")] = "bellwether",
    sslmode: Annotated[str, typer.Option(help="disable, require, verify-ca, verify-full.")] = "verify-full",
    prometheus: Annotated[str | None, typer.Option(help="Prometheus as Grafana reaches it, a URL.")] = None,
) -> None:
    """See ``help``; --postgres and --prometheus are needed while the data sources are not there."""
    grafana = _open(url)
    from dashboards.build import committed
    from dashboards.grafana.push import Sources, push

    password = os.environ.get("GRAFANA_READER_PASSWORD")
    sources = Sources(postgres, database, password=password, sslmode=sslmode, prometheus=prometheus)
    for line in push(grafana, committed(chosen_language()), sources):
        typer.echo(line)
    typer.echo(f"{grafana.url}/d/bellwether-overview")


@app.command(help=f"Ask a running Grafana whether all works there: data sources, every panel's query. {LOGIN}")
def verify(url: Url = "http://127.0.0.1:3000") -> None:
    """See ``help``; exit code 1 when something does not work."""
    grafana = _open(url)
    from dashboards.build import committed
    from dashboards.grafana.verify import verify

    bad = 0
    for finding in verify(grafana, committed(chosen_language()), datetime.now(UTC)):
        bad += not finding.ok
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject}: {finding.message}")
    typer.echo("all works" if not bad else f"{bad} things do not work")
    raise typer.Exit(1 if bad else 0)


def _open(url: str) -> Grafana:
    from dashboards import require

    require("grafana_api")
    from dashboards.grafana.client import Grafana, login

    return Grafana(url, login())
