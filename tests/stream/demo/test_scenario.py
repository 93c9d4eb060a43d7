from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import msgspec
import pytest

from models.artifact import DEFAULT, open_artifact
from models.classifier import Classified, load_classifier
from models.labels import NEGATIVE, SENTIMENT, TOPIC
from models.text import fingerprint_text
from stream.demo.english import crisis_texts, names
from stream.demo.grammar import draw_cast, expand
from stream.demo.scenario import Published, Sizes, burst_window, crisis_window, generate
from stream.demo.script import Script
from stream.demo.scripts import script_of
from stream.pipeline.documents.document import parse_document
from stream.translation import LANGUAGES

END = datetime(2026, 3, 12, 17, 0, tzinfo=UTC)
RUMOUR = fingerprint_text(crisis_texts.RUMOUR)


def _content(item: Published) -> str:
    return parse_document(msgspec.json.encode(item.document), item.at).content


def _names_the_bank(item: Published) -> bool:
    return re.search("castermere|cstrb", _content(item), re.IGNORECASE) is not None


@pytest.fixture(scope="module")
def scenario() -> list[Published]:
    return generate(7, END)


@pytest.fixture(scope="module")
def crisis(scenario: list[Published]) -> list[Published]:
    start, _ = crisis_window(END)
    return [item for item in scenario if item.at >= start and _names_the_bank(item)]


@pytest.fixture(scope="module")
def copies(scenario: list[Published]) -> list[Published]:
    return [item for item in scenario if fingerprint_text(_content(item)) == RUMOUR]


def test_the_seed_decides(scenario: list[Published]) -> None:
    assert generate(7, END) == scenario
    assert generate(8, END) != scenario


def test_another_end_takes_no_id_of_this_scenario(scenario: list[Published]) -> None:
    later = generate(7, END + timedelta(seconds=1))
    assert {item.document["id"] for item in later}.isdisjoint(item.document["id"] for item in scenario)


def test_the_zone_of_the_end_does_not_matter(scenario: list[Published]) -> None:
    assert generate(7, END.astimezone(timezone(timedelta(hours=5)))) == scenario


def test_times_rise_within_the_days_before_the_end(scenario: list[Published]) -> None:
    times = [item.at for item in scenario]
    assert times == sorted(times)
    assert END - timedelta(days=4) <= times[0]
    assert times[-1] < END


def test_about_as_many_documents_as_asked_for(scenario: list[Published]) -> None:
    assert 11_500 < len(scenario) - 200 - 1_500 < 12_700
    assert 850 < len(generate(7, END, Sizes(3, per_day=300, crisis=0, copies=0))) < 980


def test_both_feeds_and_many_sources(scenario: list[Published]) -> None:
    assert {item.feed for item in scenario} == {"news", "social"}
    assert len({item.document["source"] for item in scenario}) >= 20


def test_every_document_is_read_and_keeps_its_time(scenario: list[Published]) -> None:
    known = {"id", "source", "text", "title", "body", "author", "published_at"}
    for item in scenario:
        document = parse_document(msgspec.json.encode(item.document), END)
        assert document.published_at == item.at
        assert document.id == item.document["id"]
        assert item.document.keys() <= known
    assert len({item.document["id"] for item in scenario}) == len(scenario)


def test_no_template_is_left_unfilled(scenario: list[Published]) -> None:
    for item in scenario:
        assert not re.search(r"[\[\]{}|]| ,", _content(item)), _content(item)


@pytest.mark.parametrize("script", [*map(script_of, LANGUAGES)], ids=LANGUAGES)
def test_every_wording_can_be_expanded(script: Script) -> None:
    rng, of = Random(1), script.incidents
    usual = [text for one in script.wordings.values() for text in one.bad + one.plain + one.good]
    for template in (*usual, *of.shares, *of.business, *of.social, *of.calm, *of.follow_ups, *of.denials):
        assert template.count("[") == template.count("]")
        for _ in range(5):
            text = expand(template, rng, draw_cast(rng, script.names), script.numbers)
            assert not re.search(r"[\[\]{}|]", text), text


def test_the_day_is_busy_and_the_night_is_quiet(scenario: list[Published], copies: list[Published]) -> None:
    rumoured = {item.document["id"] for item in copies}
    hours = Counter(item.at.hour for item in scenario if item.document["id"] not in rumoured)
    # The end is six in the evening there, so the market's clock is an hour ahead of UTC here.
    assert min(hours[hour] for hour in range(8, 16)) > 5 * max(hours[hour] for hour in range(3))


def test_most_ordinary_texts_are_their_own_and_a_few_are_copied(scenario: list[Published]) -> None:
    counts = Counter(fingerprint_text(_content(item)) for item in scenario)
    del counts[RUMOUR]
    assert len(counts) > 11_000
    assert any(2 <= count <= 5 for count in counts.values())


def test_the_crisis_has_many_voices_and_words(crisis: list[Published]) -> None:
    start, stop = crisis_window(END)
    assert 150 <= len(crisis) <= 250
    assert all(start <= item.at < stop for item in crisis)
    assert len({item.document["source"] for item in crisis}) >= 25
    assert len({fingerprint_text(_content(item)) for item in crisis}) >= 60


def test_the_crisis_swells_and_fades(crisis: list[Published]) -> None:
    start, _ = crisis_window(END)
    fifths = Counter((item.at - start) // timedelta(minutes=11) for item in crisis)
    assert fifths[0] < fifths[1]
    assert fifths[1] > fifths[3] > fifths[4]


def test_the_bank_that_fails_has_a_past_of_its_own(scenario: list[Published], crisis: list[Published]) -> None:
    before = [item for item in scenario if item not in crisis and _names_the_bank(item)]
    days = Counter((END - item.at).days for item in before)
    # The detector decides on a series a day after its first document.
    assert all(days[day] >= 15 for day in range(4)), days


def test_the_rumour_is_one_text_from_four_accounts(copies: list[Published]) -> None:
    start, stop = burst_window(END)
    assert len(copies) == 1_500
    assert all(start <= item.at < stop and item.feed == "social" for item in copies)
    assert {item.document["source"] for item in copies} == {f"chirp/{name}" for name in names.RUMOUR_ACCOUNTS}
    assert len({item.document["text"] for item in copies}) > 500
    assert END - timedelta(days=2) <= start < stop <= END - timedelta(days=1)


@pytest.mark.parametrize(
    "arguments",
    [{"end": END.replace(tzinfo=None)}, {"days": 1}, {"per_day": 0}],
    ids=["no zone", "too few days", "no documents"],
)
def test_what_makes_no_scenario_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"time zone|at least"):
        generate(1, arguments.pop("end", END), Sizes(**arguments))


def test_the_subjects_are_the_topics_of_the_model() -> None:
    for language in LANGUAGES:
        assert set(script_of(language).wordings) == set(open_artifact(DEFAULT).manifest.heads[TOPIC].labels)


def test_the_classifier_calls_the_crisis_negative_and_puts_it_in_one_topic(crisis: list[Published]) -> None:
    texts = [_content(item) for item in crisis]
    negative = Counter[str]()
    for answer in load_classifier(threads=1).classify(texts):
        assert isinstance(answer, Classified)
        if answer.heads[SENTIMENT].label == NEGATIVE:
            negative[answer.heads[TOPIC].label] += 1
    assert negative.total() >= 0.7 * len(texts)
    assert negative.most_common(1)[0][1] >= 60
