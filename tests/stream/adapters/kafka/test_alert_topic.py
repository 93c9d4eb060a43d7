"""Alerts on a topic: a login that is refused once is tried again with a new connection."""

import asyncio
from typing import Any

import pytest
from kafka.errors import SaslAuthenticationFailedError

from stream.adapters.kafka import alert_topic
from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.alert_topic import AlertTopic
from stream.errors import DeliveryError
from stream.pipeline.notify import Delivery


class _Producer:
    """Takes records, or refuses all of them."""

    def __init__(self, *, refuses: bool) -> None:
        self._refuses, self.taken, self.calls = refuses, list[bytes](), list[str]()
        self.keys: list[bytes] = []
        self._sender = self

    def send(self, _: str, value: bytes, key: bytes, *__: Any) -> "_Producer":
        if self._refuses:
            raise SaslAuthenticationFailedError("no")
        self.taken.append(value)
        self.keys.append(key)
        return self

    def get(self, _: float) -> None:
        """It is taken."""

    def force_close(self) -> None:
        self.calls.append("force")

    def join(self, _: float) -> None:
        self.calls.append("join")

    def close(self, _: float) -> None:
        self.calls.append("close")


def test_a_login_that_was_refused_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _Producer(refuses=True), _Producer(refuses=False)
    producers = iter([first, second])
    monkeypatch.setattr(alert_topic, "open_client", lambda *_, **__: next(producers))
    topic, delivery = AlertTopic(KafkaAccess("h:1"), "t"), Delivery(1, "a", "m", "kafka", "alert.firing", b"{}")

    async def work() -> None:
        with pytest.raises(DeliveryError, match="SaslAuthenticationFailedError"):
            await topic.send(delivery)
        await topic.send(delivery)
        await topic.aclose()

    asyncio.run(work())
    assert first.calls == ["force", "join", "close"]
    assert (second.taken, second.calls) == ([b"{}"], ["close"])


def test_an_incident_keeps_its_key_when_another_alert_stands_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = _Producer(refuses=False)
    monkeypatch.setattr(alert_topic, "open_client", lambda *_, **__: producer)
    topic = AlertTopic(KafkaAccess("h:1"), "t")

    async def work() -> None:
        for number, head in enumerate(("a", "b"), 1):
            await topic.send(Delivery(number, head, f"m{number}", "kafka", "alert.updated", b"{}", group_id="a"))

    asyncio.run(work())
    assert producer.keys == [b"a", b"a"]
