"""Alerts and silences."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stream.clocks import Clock, utc_now
from stream.errors import NotFoundError, UsageError
from stream.operations.given import actor_of, one_line
from stream.pipeline.notify import Alert, AlertStore, AlertStory, Desk, Routing, Silence, Status, parse_matcher
from stream.pipeline.notify.doubts import Known
from stream.pipeline.notify.matching import MAX_COMMENT, MAX_MATCHERS
from stream.pipeline.notify.possible import Possible

LONGEST_SILENCE = timedelta(days=366)  # a year; what should never be told is a matter of rules or routes
MAX_COUNTED = 100  # alerts whose ids begin alike: an error says how many there are, up to so many


@dataclass(frozen=True)
class SilenceRequest:
    """A silence as somebody asks for it; without ``starts_at`` it begins now."""

    matchers: Sequence[str]
    ends_at: datetime
    comment: str
    starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AlertOperations:
    """What people do to alerts and silences.

    Attributes:
        routing: returns the routing in use.
        known: returns the rules and the watchlist in use, by which a silence is doubted.
    """

    store: AlertStore
    desk: Desk
    routing: Callable[[], Routing]
    clock: Clock = utc_now
    known: Callable[[], Known] = Known

    async def story(self, beginning: str) -> AlertStory:
        """Return the alert whose id is, or begins with, ``beginning``."""
        if (story := await self.store.story(beginning)) is not None:
            return story
        matching = await self.store.ids_with_prefix(beginning, MAX_COUNTED)
        if len(matching) != 1:
            count = f"{MAX_COUNTED} alerts or more" if len(matching) == MAX_COUNTED else f"{len(matching)} alerts"
            problem = f"{count} begin so" if matching else "no such alert; see `bellwether alerts list`"
            raise NotFoundError(f"alert '{beginning}': {problem}")
        story = await self.store.story(matching[0])
        if story is None:
            raise NotFoundError(f"alert '{beginning}' has just been forgotten")
        return story

    async def alerts_with_heads(self, status: Status | None, limit: int) -> list[Alert]:
        """Return the latest alerts, up to ``limit``, and of these the heads that are older and of ``status``, too."""
        found = {alert.id: alert for alert in await self.store.alerts(status, limit)}
        for head in {alert.head for alert in found.values()} - found.keys() - {""}:
            story = await self.store.story(head)
            if story is not None and status in (None, story.alert.status):
                found[head] = story.alert
        return list(found.values())

    async def acknowledge(self, beginning: str, author: str, comment: str, *, alone: bool = False) -> list[Alert]:
        """Acknowledge an alert and its group, or it ``alone``; return them as they now stand."""
        alert_id = (await self.story(beginning)).alert.id
        actor, text = actor_of(author), one_line(comment, "comment", MAX_COMMENT)
        alerts = await self.desk.acknowledge(alert_id, actor, text, now=self.clock(), alone=alone)
        if alerts is None:
            raise NotFoundError(f"alert '{beginning}' has just been forgotten")
        return alerts

    async def silence(self, request: SilenceRequest, author: str) -> tuple[Silence, list[Alert]]:
        """Keep alerts quiet; return the silence and the open alerts that it holds for now."""
        now = self.clock()
        starts = max(request.starts_at or now, now)
        if not 0 < len(request.matchers) <= MAX_MATCHERS:
            raise UsageError(f"a silence has 1 to {MAX_MATCHERS} matchers")
        if not starts < request.ends_at <= now + LONGEST_SILENCE:
            raise UsageError("a silence ends after it begins, and within a year")
        silence = Silence(
            id=secrets.token_hex(6),
            matchers=tuple(parse_matcher(text) for text in request.matchers),
            starts_at=starts,
            ends_at=request.ends_at,
            author=actor_of(author),
            comment=one_line(request.comment, "comment", MAX_COMMENT),
            created_at=now,
        )
        if not silence.comment:
            raise UsageError("a silence needs a comment: whoever is not told should learn why")
        await self.desk.add_silence(silence)
        routing = self.routing()
        return silence, [one for one in await self.store.open_alerts() if silence.covers(routing.labels(one), starts)]

    async def known_labels(self) -> Possible:
        """Return what labels alerts can have, as far as it is known; see :class:`Known`."""
        routing = self.routing()
        opened = [routing.labels(alert) for alert in await self.store.open_alerts()]
        return self.known().possible_with((await self.store.latest_decisions()).keys(), opened)

    async def end_silence(self, silence_id: str, author: str) -> Silence:
        """End a silence now."""
        silence = await self.desk.end_silence(silence_id, actor_of(author), self.clock())
        if silence is None:
            raise NotFoundError(f"silence '{silence_id}': no such silence; see `bellwether alerts silences`")
        return silence

    async def silences(self, *, ended: bool = False) -> list[Silence]:
        """Return the silences, those that are over too if ``ended``."""
        return await self.desk.silences(since=None if ended else self.clock())
