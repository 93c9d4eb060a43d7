"""An in-memory store of sources; it passes the same contract suite as the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from stream.pipeline.feeds.ports import Claim, Health, Known, Position, Turn
from stream.pipeline.feeds.sources import POLLED, Source

replace = msgspec.structs.replace
_UNCLAIMED: datetime | None = None


class _Row:
    def __init__(self, url: str, now: datetime, lease: int = 0) -> None:
        self.position, self.health, self.next_at = Position(url=url, address=url), Health(), now
        self.lease, self.leased_until = lease, _UNCLAIMED


class FakeSourceStore:
    """The port :class:`stream.pipeline.feeds.ports.SourceStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, _Row] = {}
        self.items: dict[str, dict[str, Known]] = {}
        self.hosts: dict[str, datetime] = {}
        self.barred: dict[str, datetime] = {}

    async def claim(self, sources: Sequence[Source], now: datetime, lease: timedelta, limit: int) -> list[Claim]:
        for one in sources:
            row = self.rows.get(one.name)
            if row is None or row.position.url != one.url:
                self.rows[one.name] = _Row(one.url, now, row.lease + 1 if row else 0)
                if row is not None and one.type not in POLLED:  # a stream's cursor holds at another host
                    self.rows[one.name].position = replace(self.rows[one.name].position, cursor=row.position.cursor)
        free = [
            (row.next_at, one.name, row)
            for one in sources
            if (row := self.rows[one.name]).next_at <= now
            and (row.leased_until is None or row.leased_until <= now)
            and row.health.disabled is None
        ]
        claims = []
        for _, name, row in sorted(free, key=lambda item: item[:2])[:limit]:
            row.lease, row.leased_until = row.lease + 1, now + lease
            claims.append(
                Claim(name=name, lease=row.lease, until=now + lease, position=row.position, health=row.health)
            )
        return claims

    async def renew(self, claim: Claim, until: datetime) -> Claim | None:
        if (row := self._held(claim)) is None:
            return None
        row.leased_until = until
        return replace(claim, until=until)

    async def save(self, claim: Claim, position: Position, health: Health, items: Mapping[str, Known]) -> bool:
        if (row := self._held(claim)) is None:
            return False
        row.position, row.health = position, health
        self.items.setdefault(claim.name, {}).update(items)
        return True

    async def release(self, claim: Claim, next_at: datetime) -> bool:
        if (row := self._held(claim)) is None:
            return False
        row.next_at, row.leased_until = next_at, None
        return True

    async def known(self, name: str, ids: Sequence[str]) -> dict[str, Known]:
        return {id_: one for id_ in ids if (one := self.items.get(name, {}).get(id_))}

    async def health(self) -> dict[str, tuple[Health, datetime | None]]:
        return {name: (row.health, row.next_at) for name, row in self.rows.items()}

    async def enable(self, name: str, now: datetime) -> bool:
        if (row := self.rows.get(name)) is None:
            return False
        row.next_at, row.position = now, replace(row.position, address=row.position.url)
        row.health = replace(row.health, disabled=None, failures=0)
        return True

    async def turn(self, host: str, now: datetime, spacing: timedelta) -> Turn:
        if self.barred.get(host, now) > now:
            return Turn(self.barred[host], True)
        at = max(self.hosts.get(host, now), now)
        self.hosts[host] = at + spacing
        return Turn(at)

    async def bar(self, host: str, until: datetime) -> None:
        self.barred[host] = max(self.barred.get(host, until), until)

    def _held(self, claim: Claim) -> _Row | None:
        row = self.rows.get(claim.name)
        return row if row and row.lease == claim.lease and row.leased_until is not None else None
