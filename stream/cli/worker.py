"""``bellwether worker`` and what it needs around it: ``up``, ``migrate``, ``topics create``."""

from __future__ import annotations

import shlex
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.said import in_own_language
from stream.translation import _
from stream.worker.stage_names import StageName

if TYPE_CHECKING:
    from stream.embedded import Ports
    from stream.settings import Settings

topics = typer.Typer(no_args_is_help=True, help="Kafka topics.")


def worker(
    stage: Annotated[list[StageName] | None, typer.Option(help="Run this stage only; may be repeated.")] = None,
) -> None:
    """Run the stream until stopped: feeds, classify, aggregate, project, detect, notify. Needs topics and tables, see
    `topics create` and `migrate`.
    """
    from stream.settings import load_settings
    from stream.worker.wiring import run_worker

    run_worker(load_settings(), set(stage or StageName), in_own_language)


def migrate() -> None:
    """Create or update the tables in PostgreSQL. Changes nothing when they are current."""
    from stream.settings import load_settings
    from stream.worker.preparation import migrate_database

    migrate_database(load_settings())
    typer.echo(_("tables are current"))


Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="Listen there; a free port if unset.")]


def up(
    folder: Annotated[
        Path | None, typer.Option(help="Keep data here; a folder that is deleted at the end if unset.")
    ] = None,
    env: Annotated[
        Path | None,
        typer.Option(help="Write the settings to this file, to be sourced, when all is ready; gone at the end."),
    ] = None,
    kafka_port: Port = None,
    redis_port: Port = None,
    postgres_port: Port = None,
) -> None:
    """Start the embedded servers (Kafka protocol, Valkey, PostgreSQL) with topics and tables, until Ctrl-C.

    Prints the settings with which the other commands reach them, passwords included: Valkey and PostgreSQL let nobody
    else in. The broker asks for no password, listens on this machine alone, and keeps its records in memory only.
    """
    from stream.adapters.files.temporary import temporary_folder
    from stream.embedded import Ports

    # SIGTERM as Ctrl-C, so that a supervisor leaves no server behind either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with nullcontext(folder) if folder else temporary_folder("bellwether-") as data:
        try:
            _serve(data, Ports(kafka_port, redis_port, postgres_port), env)
        except KeyboardInterrupt:
            typer.echo("# stopped", err=True)


def _serve(folder: Path, ports: Ports, env: Path | None) -> None:
    from stream.embedded import Servers
    from stream.embedded.environment import check_exports, export_lines, exports_written
    from stream.settings import load_settings
    from stream.worker.preparation import prepare

    if env is not None:
        check_exports(env)
    typer.echo("# a broker, Valkey and PostgreSQL start, some seconds ...", err=True)
    with Servers(folder, ports) as servers:
        settings = load_settings(**servers.settings)
        created = prepare(settings)
        typer.echo(f"# topics made: {', '.join(created) or 'none, all were there'}; tables are current", err=True)
        # The topics are named by it: without it, whoever sources these lines would look for others.
        named = {"name": settings.name} if "name" in settings.model_fields_set else {}
        exports = {**servers.settings, **named}
        for line in export_lines(exports):
            typer.echo(line)
        with exports_written(env, exports) if env is not None else nullcontext():
            if env is not None:
                typer.echo(f"# ready, in another shell: . {_sourced(env)}", err=True)
            typer.echo("# Ctrl-C stops everything" if env else "# ready; Ctrl-C stops everything", err=True)
            servers.watch()


def _sourced(path: Path) -> str:
    # Without a slash, a shell looks for it where commands are.
    return shlex.quote(str(path) if "/" in str(path) else f"./{path}")


@topics.command("create")
def topics_create(
    alter: Annotated[
        bool,
        typer.Option(
            "--alter",
            help="Topics that exist, too: the broker sets the time of records, and keeps scored documents long enough.",
        ),
    ] = False,
) -> None:
    """Create the topics that are missing. Topics that exist stay as they are, unless you say --alter.

    The topic of scored documents is kept a day longer than windows (BELLWETHER_KEEP_HOURS), which are rebuilt from it.
    """
    from stream.adapters.kafka import topic_admin
    from stream.pipeline.topics import Topics
    from stream.settings import load_settings

    settings = load_settings()
    names = Topics(settings.name).all
    created = topic_admin.create_topics(settings.kafka_access, names, settings.partitions, settings.replication)
    typer.echo(_("created: {topics}").format(topics=", ".join(created) or _("none, all were there")))
    if unstamped := topic_admin.stamped_by_producers(settings.kafka_access, names):
        if alter:
            topic_admin.stamp_by_broker(settings.kafka_access, unstamped)
        state = "stamped by the broker from now on" if alter else "stamped by producers' clocks; --alter changes that"
        typer.echo(f"{state}: {', '.join(unstamped)}")
    if said := _keep_scored(settings, created, alter):
        typer.echo(said)


def _keep_scored(settings: Settings, created: list[str], alter: bool) -> str:
    """Keep the topic of scored documents for longer than windows, and return what is to be said, if anything."""
    from stream.adapters.kafka import topic_admin
    from stream.errors import BrokerError
    from stream.pipeline.topics import Topics

    scored, hours = Topics(settings.name).scored, settings.keep_hours + 24
    short = topic_admin.kept_too_short(settings.kafka_access, scored, settings.keep_hours)
    if short and (alter or scored in created):
        try:
            topic_admin.keep_for(settings.kafka_access, scored, hours)
        except BrokerError as error:  # who may create topics need not be allowed to alter them
            return f"{short}; {error}"
        return f"kept for {hours} hours, a day longer than windows: {scored}"
    return short
