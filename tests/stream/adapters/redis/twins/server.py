"""A server on which the Lua of the adapters runs, and the loop that its client lives in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from stream.adapters.redis.client import Client, Script, client_of, close

T = TypeVar("T")


class Server:
    """A client of a running server, and the loop that it lives in."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self.client: Client = client_of(url)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def call(self, script: Script, *arguments: Any) -> Any:
        return self.run(script(keys=["{twins}"], args=arguments))

    def close(self) -> None:
        self.run(close(self.client))
        self._runner.close()
