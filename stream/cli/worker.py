"""``bellwether worker`` and what it needs around it: ``up``, ``migrate``, ``topics create``."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from stream.worker.stage_names import StageName

topics = typer.Typer(no_args_is_help=True, help="Kafka topics.")


def worker(
    stage: Annotated[list[StageName] | None, typer.Option(help="Run this stage only; may be repeated.")] = None,
) -> None:
    """Run the stream until stopped: classify, aggregate, project, detect, notify. Needs topics and tables, see
    `topics create` and `migrate`.
    """
    from stream.settings import load_settings
    from stream.worker.wiring import run_worker

    run_worker(load_settings(), set(stage or StageName))


def migrate() -> None:
    """Create or update the tables in PostgreSQL. Harmless when they are current."""
    from stream.settings import load_settings
    from stream.worker.preparation import migrate_database

    migrate_database(load_settings())
    typer.echo("tables are current")


def up(
    folder: Annotated[
        Path | None, typer.Option(help="Keep data here; a folder that is deleted at the end if unset.")
    ] = None,
) -> None:
    """Start the embedded servers (Kafka protocol, Valkey, PostgreSQL) with topics and tables, until Ctrl-C.

    Prints the settings with which the other commands reach them, passwords included: Valkey and PostgreSQL let nobody
    else in. The broker asks for no password, listens on this machine alone, and keeps its records in memory only.
    """
    from stream.embedded import Servers
    from stream.settings import load_settings
    from stream.worker.preparation import prepare

    # SIGTERM as Ctrl-C, so that a supervisor leaves no server behind either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="bellwether-") as temporary:
        try:
            with Servers(folder or Path(temporary)) as servers:
                prepare(load_settings(**servers.settings))
                for name, value in servers.settings.items():
                    typer.echo(f"export BELLWETHER_{name.upper()}={value}")
                typer.echo("# ready; Ctrl-C stops everything", err=True)
                servers.watch()
        except KeyboardInterrupt:
            typer.echo("# stopped", err=True)


@topics.command("create")
def topics_create(
    alter: Annotated[
        bool, typer.Option("--alter", help="Let the broker stamp the topics that are there and bear producers' times.")
    ] = False,
) -> None:
    """Create the topics that are missing; those that are there stay as they are, but for --alter."""
    from stream.adapters.kafka.topic_admin import create_topics, stamp_by_broker, stamped_by_producers
    from stream.pipeline.topics import Topics
    from stream.settings import load_settings

    settings = load_settings()
    names = Topics(settings.name).all
    created = create_topics(settings.kafka, names, settings.partitions, settings.replication)
    typer.echo(f"created: {', '.join(created) or 'none, all were there'}")
    if unstamped := stamped_by_producers(settings.kafka, names):
        if alter:
            stamp_by_broker(settings.kafka, unstamped)
        state = "stamped by the broker from now on" if alter else "stamped by producers' clocks; --alter changes that"
        typer.echo(f"{state}: {', '.join(unstamped)}")
