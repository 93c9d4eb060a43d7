from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stream.pipeline.aggregate import MEASURES, Bucket, contribution, minute_of
from tests.contracts.windows import scored

buckets = st.builds(Bucket, **{name: st.integers(0, 10**12) for name in MEASURES})


@given(a=buckets, b=buckets, c=buckets)
def test_buckets_are_a_commutative_group(a: Bucket, b: Bucket, c: Bucket) -> None:
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).merge(c) == a.merge(b.merge(c))
    assert a.merge(Bucket()) == a
    assert a.merge(b).revert(b) == a


@given(number=st.integers(0, 10_000))
def test_a_document_adds_one_everywhere_it_should(number: int) -> None:
    raw, independent = contribution(scored(number)).raw, contribution(scored(number)).independent
    assert raw.documents == raw.negative + raw.neutral + raw.positive == 1
    assert raw.p_negative + raw.p_neutral + raw.p_positive == 1_000_000
    assert independent.independent == 1
    assert raw.merge(independent).negative_share in (0.0, 1.0)


def test_an_empty_bucket_has_no_share_and_no_mean() -> None:
    assert Bucket().negative_share is None
    assert Bucket().mean_score is None


def test_the_next_minute_starts_on_its_stroke() -> None:
    stroke = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    assert minute_of(stroke) == minute_of(stroke - timedelta(milliseconds=1)) + 1
