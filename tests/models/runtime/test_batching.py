from hypothesis import given
from hypothesis import strategies as st

from models.runtime.batching import token_batches


@given(lengths=st.lists(st.integers(1, 300), max_size=80), budget=st.integers(1, 2000), max_rows=st.integers(1, 40))
def test_every_row_comes_once_and_no_batch_of_several_exceeds_the_budget(
    lengths: list[int], budget: int, max_rows: int
) -> None:
    batches = list(token_batches(lengths, budget, max_rows))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= max_rows
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget
