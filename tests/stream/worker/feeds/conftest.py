"""A publisher for the tests of a file, without pages at the beginning of each."""

from collections.abc import Iterator

import pytest

from tests.publishers import Publisher, publishing


@pytest.fixture(scope="module")
def shared() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def publisher(shared: Publisher) -> Publisher:
    shared.pages.clear()
    shared.requests.clear()
    return shared
