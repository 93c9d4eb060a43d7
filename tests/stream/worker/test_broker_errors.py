"""What the producer raises is an error of Kafka's in our words, and is tried again where that can help."""

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
)
from faust.exceptions import ProducerSendError

from stream.adapters.kafka.transport import broker_errors
from stream.errors import BrokerError

PASSING = [KafkaError, KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError, NotLeaderForPartitionError]
LASTING = [MessageSizeTooLargeError, TopicAuthorizationFailedError]


def _raised(error: Exception, cause: Exception | None = None) -> BrokerError:
    with pytest.raises(BrokerError, match="Kafka did not take it") as raised, broker_errors("take it"):
        raise error from cause
    return raised.value


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_tried_again(kind: type[KafkaError]) -> None:
    assert not _raised(kind()).permanent
    assert not _raised(ProducerSendError("Error while sending"), kind()).permanent


@pytest.mark.parametrize("kind", LASTING)
def test_what_lasts_is_not(kind: type[KafkaError]) -> None:
    assert _raised(kind()).permanent
    told = _raised(ProducerSendError("Error while sending"), kind())
    assert told.permanent
    assert kind.__name__ in str(told)


def test_an_error_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="ours"), broker_errors("take it"):
        raise ValueError("ours")
