"""How a worker ends, as its log tells it."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError

from stream.errors import AccessError, BrokerError, SettingsError, StoreError
from stream.settings import load_settings
from stream.worker.faust_app import create_app
from stream.worker.running import _code, without_our_tracebacks


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    before, logger, said = logging.getLogRecordFactory(), logging.getLogger("a worker's"), io.StringIO()
    handler = logging.StreamHandler(said)
    logger.addHandler(handler)
    logging.setLogRecordFactory(without_our_tracebacks)
    yield logger, said
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)


def test_an_error_of_ours_is_a_line_and_any_other_keeps_its_traceback(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, said = log
    for error in (StoreError("Redis did not answer"), KafkaConnectionError("away"), KeyError("a mistake")):
        try:
            raise error
        except (StoreError, KafkaConnectionError, KeyError):
            logger.exception("Crashed reason=%r", error, stack_info=True)
    ours, away, rest = said.getvalue().split("\n", 2)
    assert ours == "Crashed reason=StoreError('Redis did not answer')"
    assert away == "Crashed reason=KafkaConnectionError('away')"
    assert rest.startswith("Crashed reason=KeyError('a mistake')")
    assert "Traceback" in rest


def test_a_stage_needs_no_folder_where_it_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = create_app(load_settings(), "classify")
    app._create_directories()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("BELLWETHER_HTTP_PORT 9464 is taken"), 2),
        (AccessError("Kafka refused the login"), 2),
        (StoreError("away"), 1),
        (BrokerError("away"), 1),
    ],
)
def test_what_has_to_be_corrected_ends_with_a_code_of_its_own(error: Exception, code: int) -> None:
    assert _code(SystemExit(1), error) == code
