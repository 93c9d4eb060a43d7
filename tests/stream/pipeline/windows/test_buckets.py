from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.classifier import Prediction
from stream.pipeline.documents.entities import EntitySentiment
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.rules import Rule
from stream.pipeline.windows.bucket import MEASURES, Bucket, minute_of
from stream.pipeline.windows.contribution import ALL, GROUP, TOPIC, contribution_of, raw_bucket
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
    raw = raw_bucket(scored(number).sentiment)
    assert raw.documents == raw.negative + raw.neutral + raw.positive == 1
    assert raw.p_negative + raw.p_neutral + raw.p_positive == 1_000_000
    assert (raw.independent, raw.stories, raw.sources) == (0, 0, 0)


def test_a_document_adds_to_its_topic_and_to_each_entry_that_it_names() -> None:
    entries = [Entry(name="Tesla"), Entry(name="Apple", by_topic=True)]
    document = scored(1)
    topic = f"{TOPIC}{document.topic.label}"
    of_entries = "entry:Tesla", "entry:Apple", f"entry:Apple/{topic}"
    assert contribution_of(document, entries).series == (topic, *of_entries, ALL)
    assert contribution_of(document).series == (topic,)


def _said(label: str, negative: float) -> Prediction:
    return Prediction(label, {"negative": negative, "neutral": 0.9 - negative, "positive": 0.1})


@given(
    st.permutations([("A", "negative", 0.8), ("B", "negative", 0.7), ("C", "neutral", 0.45), ("D", "positive", 0.1)])
)
def test_a_document_counts_once_in_a_group_with_the_worst_it_says_of_its_entries(
    said: list[tuple[str, str, float]],
) -> None:
    of_group = {"A": "banks", "B": "banks", "C": "cars", "D": "cars"}
    entities = tuple(EntitySentiment(name, _said(label, negative), 1.0) for name, label, negative in said)
    document = scored(1, sentiment=_said("neutral", 0.3), entities=entities)
    made = contribution_of(document, [Entry(name=name, group=of_group[name]) for name, _, _ in said])
    found = {series: made.to(series) for series in made.series}
    assert {series for series in found if series.startswith(GROUP)} == {"group:banks", "group:cars"}
    for series, negative in (("group:banks", 0.8), (ALL, 0.8), ("group:cars", 0.45)):
        assert (found[series].raw.documents, found[series].raw.p_negative) == (1, round(negative * 1_000_000))
    assert found["group:banks"].evidence is not None
    assert found["group:banks"].evidence.negative == 0.8
    assert found["group:cars"].evidence is None  # what is not negative proves nothing


def test_the_series_of_all_entries_is_watched_where_a_rule_names_it() -> None:
    assert not Rule().watches(ALL)
    assert not Rule(series=("watch*",)).watches(ALL)
    assert Rule(series=("topic:*", ALL)).watches(ALL)
    assert Rule().watches("group:banks")
    assert not Rule(without=("group:*",)).watches("group:banks")


def test_evidence_says_all_entries_that_the_document_names_its_story_and_when_it_was_scored() -> None:
    negative = Prediction("negative", {"negative": 1.0, "neutral": 0.0, "positive": 0.0})
    at = datetime(2026, 3, 2, tzinfo=UTC)
    evidence = contribution_of(scored(1, sentiment=negative, story="s", scored_at=at), [Entry(name="Tesla")]).evidence
    assert evidence is not None
    assert (evidence.entries, evidence.story, evidence.scored_at, evidence.copies) == (("Tesla",), "s", at, 1)


def test_without_a_story_equal_texts_are_one() -> None:
    one, two = (contribution_of(scored(n, text=text)) for n, text in ((1, "A RUMOUR  https://x.y"), (2, "a rumour @z")))
    assert one.member.story == two.member.story
    assert one.member.story != contribution_of(scored(3, text="another")).member.story


def test_an_empty_bucket_has_no_share_and_no_mean() -> None:
    assert Bucket().negative_share is None
    assert Bucket().mean_score is None


def test_the_next_minute_starts_on_its_stroke() -> None:
    stroke = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    assert minute_of(stroke) == minute_of(stroke - timedelta(milliseconds=1)) + 1
