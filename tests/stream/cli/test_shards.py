"""`bellwether shards`: what is kept is told, another number is refused, and windows are moved."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.cli import app
from stream.embedded import Valkey
from stream.errors import StoreError

PLACE = "as BELLWETHER_SHARDS says"


def test_what_is_kept_is_told_and_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(shards: int, command: str) -> str:
        monkeypatch.setenv("BELLWETHER_SHARDS", str(shards))
        done = CliRunner().invoke(app, ["shards", command])
        if done.exception is not None:
            raise done.exception
        return done.stdout.strip()

    async def mark(shards: int) -> None:
        async with connected(server.url) as client:
            await RedisStores(client, Layout("bellwether", shards)).rebuilds().mark()

    with Valkey(tmp_path) as server:
        monkeypatch.setenv("BELLWETHER_REDIS", server.url)
        for command in ("check", "move", "check"):  # neither of them chooses
            assert "nothing was counted yet" in said(4, command)
        asyncio.run(mark(1))
        assert said(1, "check") == f"windows are kept in 1, {PLACE}"
        with pytest.raises(StoreError, match=r"4, but the windows in Redis are kept in 1; .*`bellwether shards move`"):
            said(4, "check")
        assert said(1, "move").startswith("nothing to move")
        assert said(4, "move").startswith("windows were kept in 1, and are kept in 4 from now on")
        assert said(4, "check") == f"windows are kept in 4, {PLACE}"
        with pytest.raises(StoreError, match="1, but the windows in Redis are kept in 4"):
            asyncio.run(mark(1))
        asyncio.run(mark(4))
        assert said(1, "move").startswith("windows were kept in 4, and are kept in 1 from now on")
