"""What one record did is told from what a store did."""

import asyncio
from collections.abc import Sequence

import pytest

from stream.errors import BellwetherError, DocumentError, StoreError
from stream.worker.alone import each_alone


def _doubled(numbers: Sequence[int], poison: dict[int, Exception]) -> list[int | DocumentError]:
    async def work(items: Sequence[int]) -> list[int]:
        for item in items:
            if item in poison:
                raise poison[item]
        return [2 * item for item in items]

    return asyncio.run(each_alone("doubling", work, numbers))


def test_all_at_once_where_nothing_fails() -> None:
    assert _doubled([1, 2, 3], {}) == [2, 4, 6]
    assert _doubled([], {}) == []


@pytest.mark.parametrize("poison", [[1], [2], [1, 3], [1, 2, 3]])
def test_those_that_fail_alone_are_named_and_the_others_done(poison: list[int]) -> None:
    found = _doubled([1, 2, 3], {item: KeyError("label") for item in poison})
    for item, result in zip([1, 2, 3], found, strict=True):
        assert (str(result) == "doubling: KeyError: 'label'") == (item in poison)
        assert isinstance(result, DocumentError) or result == 2 * item


@pytest.mark.parametrize("error", [StoreError("away"), ConnectionResetError("away"), MemoryError(), TimeoutError()])
def test_an_outage_is_nobody_s_fault(error: Exception) -> None:
    with pytest.raises((BellwetherError, OSError, MemoryError)):
        _doubled([1, 2, 3], {2: error})


def test_an_outage_that_begins_while_one_is_searched_is_one() -> None:
    calls = []

    async def work(items: Sequence[int]) -> list[int]:
        calls.append(len(items))
        raise KeyError("odd") if len(calls) < 3 else StoreError("away")

    with pytest.raises(StoreError):
        asyncio.run(each_alone("work", work, [1, 2, 3]))
    assert calls == [3, 1, 1]
