"""The HTTP API on loopback, on fakes, in a thread of its own."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from stream.adapters.http.server import BoundedRunner, Bounds
from stream.api.server import RateLimits, create_app
from stream.api.tokens import Role, TokenFile, new_token
from stream.errors import BrokerError, DeliveryError
from stream.operations import Operations
from stream.pipeline.documents.intake import Published, Record, sort_lines
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.feeds.ports import Health
from stream.pipeline.notify import Delivery, Receiver, Routing
from tests.contracts.alerts import RULE, firing, tick
from tests.contracts.alerts import document as evidence
from tests.contracts.sources import source
from tests.fakes.alerts import FakeAlertStore, FakeDesk, FakeOutbox
from tests.fakes.sources import FakeSourceStore

NOW = datetime.now(UTC)
AT_MOST = 120.0  # seconds; generous: the machine may be busy
ROUTING = Routing(("pager",))
MACRO = firing("topic:Macro").alert_id
READER, READER_LINE = new_token("reader", Role.READ)
ACTOR, ACTOR_LINE = new_token("ann", Role.ACT)
PUBLISHER, PUBLISHER_LINE = new_token("script", Role.PUBLISH)


class Pager:
    """A receiver that takes everything, until it is told not to."""

    name, is_log = "pager", False

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.error: DeliveryError | None = None

    async def send(self, delivery: Delivery) -> None:
        """Take it."""
        if self.error is not None:
            raise self.error
        self.taken.append(delivery)

    async def aclose(self) -> None:
        """Nothing to close."""


class FakeIntake:
    """Takes documents as the real one does, into a list."""

    def __init__(self) -> None:
        self.taken: list[Record] = []
        self.error: BrokerError | None = None
        self.goes_on = Event()
        self.goes_on.set()

    async def take(self, feed: str, lines: Sequence[bytes]) -> Published:
        """Take them, when it may go on."""
        await asyncio.to_thread(self.goes_on.wait, AT_MOST)
        if self.error is not None:
            raise self.error
        records, refused = sort_lines(feed, lines, datetime.now(UTC), Acceptance())
        self.taken += records
        return Published(len(records), refused)


class Served:
    """The API on loopback, on fakes that pass the contract suites."""

    def __init__(self, tokens: Path, limits: RateLimits | None = None, bounds: Bounds | None = None) -> None:
        self.bounds = bounds
        self.store, self.pager, self.intake = FakeAlertStore(), Pager(), FakeIntake()
        self.sources = FakeSourceStore()
        receivers: Mapping[str, Receiver] = {"pager": self.pager}
        self.operations = Operations(
            store=self.store,
            desk=FakeDesk(self.store, lambda: ROUTING),
            outbox=FakeOutbox(self.store),
            names=lambda: list(receivers),
            receivers=lambda: receivers,
            routing=lambda: ROUTING,
            intake=self.intake,
            sources=self.sources,
        )
        self.tokens = TokenFile(tokens)
        self.app = create_app(self.operations, self.tokens, limits)
        self.url = ""

    async def fill(self) -> None:
        """Two alerts of one event, and their notification."""
        shared = [evidence(1), evidence(2)]
        changes = [firing("topic:Macro", evidence=shared), firing("entry:Acme", evidence=shared)]
        await self.store.commit(RULE, 0, tick(*changes, receivers=["pager"], now=NOW))
        wire = source("wire")
        (claim,) = await self.sources.claim([wire], NOW, timedelta(minutes=1), 1)
        looked = Health(kind="RSS 2.0", tried_at=NOW, succeeded_at=NOW, new_at=NOW, looks=4, unchanged=3, documents=9)
        await self.sources.save(claim, claim.position, looked, {})
        await self.sources.release(claim, NOW + timedelta(minutes=5))

    @contextmanager
    def running(self) -> Iterator["Served"]:
        """Serve in a thread."""
        loop, listens, stop = asyncio.new_event_loop(), Event(), asyncio.Event()

        async def serve() -> None:
            await self.fill()
            runner = BoundedRunner(self.app, self.bounds)
            await runner.listen("127.0.0.1", 0, "BELLWETHER_HTTP")
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            listens.set()
            await stop.wait()
            await runner.cleanup()

        thread = Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
        thread.start()
        try:
            assert listens.wait(AT_MOST)
            yield self
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()

    def ask(self, method: str, path: str, token: str | None = ACTOR, **more: Any) -> httpx.Response:
        """Ask."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        more = {"timeout": AT_MOST, "trust_env": False, **more}
        return httpx.request(method, f"{self.url}{path}", headers=headers, **more)
