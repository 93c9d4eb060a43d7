"""A real cluster for tests: three Valkey servers that share the slots, a replica of the first, and a spare one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import pytest
from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from stream.embedded.cluster import ClusterValkey
from stream.embedded.server import stop_all

SLOTS = 16384
TIMEOUT = 180.0


class Node(ClusterValkey):
    """A server of a cluster, without a password: nodes and tests talk to each other as they like."""

    def _input(self) -> bytes:
        return b""

    def ask(self, *command: Any) -> Any:
        """Run a command on this node alone."""
        with Redis(port=self.port, decode_responses=True) as client:
            return client.execute_command(*command)

    @property
    def id(self) -> str:
        """Its name within the cluster."""
        return str(self.ask("CLUSTER", "MYID"))

    @property
    def is_primary(self) -> bool:
        """Whether it takes writes."""
        return bool(self.ask("ROLE")[0] == "master")


class RealCluster:
    """Three primaries, a replica of the first one, and a spare primary that has no slots."""

    def __init__(self, folder: Path) -> None:
        self.nodes = [Node(folder / str(number)) for number in range(5)]
        self._slots: list[Any] = []

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            stop_all(self.nodes)
            raise
        return self

    def _begin(self) -> None:
        for node in self.nodes:
            node.start()
        first, *others = self.nodes
        for node in others:
            first.ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        for number, node in enumerate(self.nodes[:3]):
            node.ask("CLUSTER", "ADDSLOTSRANGE", number * SLOTS // 3, (number + 1) * SLOTS // 3 - 1)
        until(lambda: all("cluster_known_nodes:5" in node.ask("CLUSTER", "INFO") for node in self.nodes))
        self.nodes[3].ask("CLUSTER", "REPLICATE", first.id)
        self.settled()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_all(self.nodes)

    def settled(self) -> None:
        """Wait until every node knows who holds what, and the replica holds what its primary does."""
        until(lambda: all("cluster_state:ok" in node.ask("CLUSTER", "INFO") for node in self.nodes))
        until(lambda: all(node.ask("ROLE")[3] == "connected" for node in self.nodes if not node.is_primary))
        until(lambda: len({str(sorted(map(_primary, node.ask("CLUSTER", "SLOTS")))) for node in self.nodes}) == 1)
        self._slots = self.nodes[0].ask("CLUSTER", "SLOTS")

    def owner(self, name: str) -> Node:
        """The node that held the keys of the deployment ``name`` when the cluster was at rest."""
        slot = slot_of(name)
        port = next(row[2][1] for row in self._slots if row[0] <= slot <= row[1])
        return next(node for node in self.nodes if node.port == port)

    def pair(self) -> tuple[Node, Node]:
        """A primary, and the replica of it."""
        one, other = self.nodes[0], self.nodes[3]
        return (one, other) if one.is_primary else (other, one)

    def name_on(self, node: Node) -> str:
        """A fresh name of a deployment whose keys are on ``node``."""
        return next(name for name in iter(lambda: uuid4().hex, "") if self.owner(name) is node)

    def url(self, name: str) -> str:
        """A URL with one node, which does not hold the keys of the deployment ``name``."""
        start = next(node for node in self.nodes[1:3] if node is not self.owner(name))
        return f"redis+cluster://127.0.0.1:{start.port}"


@contextmanager
def killed(node: Node) -> Iterator[None]:
    """The node is dead meanwhile; whatever happens, it is there again at the end."""
    node.kill()
    try:
        yield
    finally:
        node.start()


def _primary(row: Any) -> tuple[int, int, int]:
    """The first slot, the last one and the port, of a row of CLUSTER SLOTS."""
    return row[0], row[1], row[2][1]


def slot_of(name: str) -> int:
    """The slot of a deployment's keys."""
    return int(key_slot(f"{{{name}}}".encode()))


def until(what: Callable[[], bool]) -> None:
    """Wait until ``what`` is so; a node that is away is asked again."""
    deadline = time.monotonic() + TIMEOUT
    while not _is(what):
        assert time.monotonic() < deadline, "the cluster did not come to rest"
        time.sleep(0.05)


def _is(what: Callable[[], bool]) -> bool:
    try:
        return what()
    except RedisError:
        return False


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """The cluster, at rest; a test that moves something puts it right or leaves another owner behind."""
    with RealCluster(Path(tmp_path_factory.mktemp("cluster"))) as servers:
        yield servers
