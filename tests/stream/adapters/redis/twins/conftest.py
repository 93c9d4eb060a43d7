"""Rules that stand in Python and in Lua: generated cases go through both, and the answers are the same.

The Lua runs on a real server, put together from the files that the adapters use.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.embedded import Valkey
from tests.stream.adapters.redis.twins.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as valkey:
        server = Server(valkey.url)
        yield server
        server.close()
