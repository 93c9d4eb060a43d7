"""How a worker ends, as its log tells it."""

import io
import logging
from collections.abc import Iterator

import pytest

from stream.errors import StoreError
from stream.worker.running import without_our_tracebacks


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
    for error in (StoreError("Redis did not answer"), KeyError("a mistake")):
        try:
            raise error
        except (StoreError, KeyError):
            logger.exception("Crashed reason=%r", error, stack_info=True)
    ours, _, rest = said.getvalue().partition("\n")
    assert ours == "Crashed reason=StoreError('Redis did not answer')"
    assert rest.startswith("Crashed reason=KeyError('a mistake')")
    assert "Traceback" in rest
