"""``bellwether dashboards``: build them, check them, push them to a Grafana, verify that they work there.

The package ``dashboards`` stands above this one and needs an extra of its own, so each command imports it when it runs.
"""

from __future__ import annotations

import typer

from stream.errors import SettingsError

app = typer.Typer(no_args_is_help=True, help="Grafana dashboards.")


@app.command()
def build() -> None:
    """Write the dashboards' JSON anew; for who changes them, from a checkout."""
    from dashboards.build import GENERATED, build

    changes = build()
    for name, change in sorted(changes.items()):
        typer.echo(f"{change}: {name}")
    typer.echo(f"{GENERATED} is current" if not changes else f"written to {GENERATED}")


@app.command()
def check() -> None:
    """Say whether the dashboards' JSON is what the code makes, and keeps the house style; exit code 2 if not."""
    from dashboards.build import committed, differences
    from dashboards.style import faults

    changes = [f"{name} would be {change}" for name, change in sorted(differences().items())]
    if changes:
        raise SettingsError(f"{', '.join(changes)}; run `bellwether dashboards build`")
    if found := faults(committed().values()):
        raise SettingsError("; ".join(found))
    typer.echo(f"{len(committed())} dashboards are current and keep the house style")
