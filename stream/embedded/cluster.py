"""Valkey servers that share the slots, as a Redis Cluster without replicas."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis import Redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS

from stream.embedded.server import START_TIMEOUT, free_port, stop_all
from stream.embedded.valkey import Valkey
from stream.errors import EmbeddedError


class ClusterValkey(Valkey):
    """A server of a cluster; its servers talk to each other on a port of their own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.bus = free_port()

    def ask(self, *command: Any) -> Any:
        """Run a command on this server alone."""
        with Redis.from_url(self.url, decode_responses=True) as client:
            return client.execute_command(*command)

    def _command(self) -> Sequence[str]:
        options = {"enabled": "yes", "port": str(self.bus), "node-timeout": "3000", "replica-validity-factor": "0"}
        # Else a primary waits five seconds for a second replica before it sends what it holds.
        command = [*super()._command(), "--repl-diskless-sync-delay", "0"]
        for name, value in options.items():
            command += [f"--cluster-{name}", value]
        return command


class _Member(ClusterValkey):
    """A server that takes the password of another: a client of a cluster has one for all."""

    def __init__(self, folder: Path, first: ClusterValkey) -> None:
        super().__init__(folder)
        self._password = first._password


class ValkeyCluster:
    """So many servers, the slots in equal parts; each in a folder of its own under ``folder``."""

    def __init__(self, folder: Path, servers: int) -> None:
        first = ClusterValkey(folder / "0")
        self.servers = [first, *(_Member(folder / str(number), first) for number in range(1, servers))]

    @property
    def url(self) -> str:
        """A URL of the cluster, with the password; see :func:`stream.adapters.redis.client.client_of`."""
        first, *others = (server.url.removeprefix("redis://").removesuffix("/0") for server in self.servers)
        return "redis+cluster://" + ",".join([first, *(other.rpartition("@")[2] for other in others)])

    def __enter__(self) -> Self:
        try:
            for server in self.servers:
                server.start()
            self._join()
        except BaseException:
            stop_all(self.servers)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_all(self.servers)

    def _join(self) -> None:
        first, *others = self.servers
        share = REDIS_CLUSTER_HASH_SLOTS / len(self.servers)
        for at, server in enumerate(self.servers):
            server.ask("CLUSTER", "ADDSLOTSRANGE", int(at * share), int((at + 1) * share) - 1)
        for server in others:
            first.ask("CLUSTER", "MEET", "127.0.0.1", server.port, server.bus)
        _until(lambda: all("cluster_state:ok" in server.ask("CLUSTER", "INFO") for server in self.servers))


def _until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not what():
        if time.monotonic() > deadline:
            raise EmbeddedError(f"the servers of a cluster did not find each other in {START_TIMEOUT:.0f} s")
        time.sleep(0.05)
