"""kafka-python's clients: what goes wrong is told in our words, and leaves nothing behind."""

import gc
import logging

import pytest
from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaTimeoutError

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.clients import client_asking
from stream.embedded import free_port
from stream.errors import BrokerError
from tests.leftovers import Held, each_time_more, held_now

# kafka-python leaves the socket of a connection that was refused to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.mark.parametrize("kind", [KafkaConsumer, KafkaAdminClient])
def test_an_address_where_nothing_listens_is_told_and_asking_it_leaves_nothing_behind(
    kind: type, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "kafka")  # what is logged holds on to the error, and that to its sockets
    servers, held = f"127.0.0.1:{free_port()}", list[Held]()
    for _ in range(4):
        with (
            pytest.raises(BrokerError, match=rf"^Kafka at {servers} did not return news: .+"),
            client_asking(kind, KafkaAccess(servers), "return news", bootstrap_timeout_ms=300),
        ):
            pytest.fail("there is no broker")
        gc.collect()
        held.append(held_now())
    assert not each_time_more(held), held


def test_a_client_is_closed_and_an_error_of_the_network_is_one_of_the_broker() -> None:
    closed = []

    class Client:
        def __init__(self, **config: object) -> None:
            assert config.pop("bootstrap_servers") == ["one:1", "two:2"]

        def close(self) -> None:
            closed.append(self)

    for error in (KafkaTimeoutError(), ConnectionResetError("reset")):
        with (
            pytest.raises(BrokerError, match="Kafka at one:1,two:2 did not answer: "),
            client_asking(
                lambda kafka_client, **config: Client(**config), KafkaAccess("one:1,two:2"), "answer"
            ) as client,
        ):
            raise error
        assert closed[-1] is client
    assert len(closed) == 2
