"""Since when a receiver fails: from the first attempt that failed after its last success, and not while disabled."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest

from stream import metrics
from stream.pipeline.notify import Delivery, Receiver
from stream.worker import senders as module
from stream.worker.senders import Senders
from tests.contracts.alerts import LEASE, NOW, RULE, firing, tick
from tests.fakes.alerts import FakeAlertStore, FakeOutbox

MINUTE = timedelta(minutes=1)


class Nobody:
    """No receivers: none is started."""

    receivers: Mapping[str, Receiver] = MappingProxyType({})

    def refresh(self) -> bool:
        """Nothing to read."""
        return False


class Sent:
    """A receiver with a queue, whose clock is set by hand; nothing is sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = FakeAlertStore()
        self.outbox = FakeOutbox(self.store)
        self.service = Senders(self.outbox, Nobody())
        self.service._running = {"desk": None}  # type: ignore[dict-item]
        self._patch, self._version = monkeypatch, 0

    def plan(self, name: str, now: datetime) -> None:
        """Plan a notification."""
        made = tick(firing(name), receivers=["desk"], now=now)
        assert asyncio.run(self.store.commit(RULE, self._version, made))
        self._version += 1

    def claim(self, now: datetime) -> list[Delivery]:
        """Return what is due."""
        return asyncio.run(self.outbox.claim("desk", now, LEASE, 9))

    def fail(self, delivery: Delivery, now: datetime, wait: timedelta | None = timedelta(seconds=5)) -> None:
        """Record a failure."""
        asyncio.run(self.outbox.failed(delivery, "answered 500", None if wait is None else now + wait))

    def fail_once(self, name: str, now: datetime) -> None:
        """Plan a notification, claim it and record its failure."""
        self.plan(name, now)
        (delivery,) = self.claim(now)
        self.fail(delivery, now)

    def seconds(self, now: datetime) -> tuple[float | None, bool]:
        """Return for how long it is said to fail, and whether a person is asked for."""
        self._patch.setattr(module, "utc_now", lambda: now)
        asyncio.run(self.service._update_metrics())
        value = metrics.REGISTRY.get_sample_value("bellwether_receiver_failing_seconds", {"receiver": "desk"})
        return value, any("failing" in line for line in self.service.warnings())


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    yield Sent(monkeypatch)
    module._forget_metrics("desk")


def test_it_counts_from_the_first_failure_and_not_from_the_plan(sent: Sent) -> None:
    sent.plan("a", NOW - 60 * MINUTE)
    (one,) = sent.claim(NOW)
    assert sent.seconds(NOW) == (0.0, False)
    sent.fail(one, NOW)
    assert sent.seconds(NOW) == (0.0, False)
    (again,) = sent.claim(NOW + 5 * MINUTE)
    sent.fail(again, NOW + 5 * MINUTE, 30 * MINUTE)
    assert sent.seconds(NOW + 5 * MINUTE) == (300.0, False)
    assert sent.seconds(NOW + 6 * MINUTE) == (360.0, True)


def test_a_success_ends_it(sent: Sent) -> None:
    sent.plan("a", NOW)
    sent.plan("b", NOW)
    one, other = sent.claim(NOW)
    sent.fail(one, NOW)
    assert sent.seconds(NOW) == (0.0, False)
    asyncio.run(sent.outbox.delivered(other, NOW + 4 * MINUTE))
    assert sent.seconds(NOW + 6 * MINUTE) == (0.0, False)
    assert sent.seconds(NOW + 12 * MINUTE) == (360.0, True)
    asyncio.run(sent.outbox.delivered(one, NOW + 13 * MINUTE))
    assert sent.seconds(NOW + 13 * MINUTE) == (0.0, False)
    sent.fail_once("c", NOW + 60 * MINUTE)
    assert sent.seconds(NOW + 60 * MINUTE) == (0.0, False)


def test_what_replaces_one_that_failed_goes_on_with_the_count(sent: Sent) -> None:
    sent.fail_once("a", NOW)
    sent.plan("b", NOW + 4 * MINUTE)
    assert sent.seconds(NOW) == (0.0, False)
    sent.store.sent[0].next_at = None  # no news any more
    assert sent.seconds(NOW + 5 * MINUTE) == (0.0, False)
    (other,) = sent.claim(NOW + 5 * MINUTE)
    sent.fail(other, NOW + 5 * MINUTE)
    assert sent.seconds(NOW + 6 * MINUTE) == (360.0, True)


def test_one_that_is_gone_does_not_fail_and_counts_anew_when_it_is_enabled(sent: Sent) -> None:
    sent.fail_once("a", NOW)
    assert sent.seconds(NOW) == (0.0, False)
    asyncio.run(sent.outbox.disable("desk", "answered 410", "bellwether", NOW))
    assert sent.seconds(NOW + 60 * MINUTE) == (0.0, False)
    asyncio.run(sent.outbox.enable("desk"))
    assert sent.seconds(NOW + 61 * MINUTE) == (0.0, False)
    assert sent.seconds(NOW + 67 * MINUTE) == (360.0, True)


def test_what_is_given_up_fails_no_more(sent: Sent) -> None:
    sent.fail_once("a", NOW)
    assert sent.seconds(NOW) == (0.0, False)
    sent.store.sent[0].next_at = None
    assert sent.seconds(NOW + 60 * MINUTE) == (0.0, False)
    sent.fail_once("b", NOW + 90 * MINUTE)
    assert sent.seconds(NOW + 90 * MINUTE) == (0.0, False)
