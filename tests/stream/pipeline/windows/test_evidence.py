"""Which documents an alert shows: a line a story, the most negative first."""

from datetime import UTC, datetime

from stream.pipeline.windows.evidence import Evidence, strongest

AT = datetime(2014, 10, 29, tzinfo=UTC)


def _item(document: str, negative: float, source: str, story: str, text: str = "") -> Evidence:
    return Evidence(document, source, AT, text or f"words of {document}", negative, story=story)


def test_a_story_has_one_line_also_when_a_retweet_became_a_story_of_its_own() -> None:
    first = _item("1", 0.9, "a", "s1", "$FB falls 10 % after hours https://x.example/1")
    items = [
        _item("2", 0.8, "b", "s1"),
        _item("3", 0.7, "c", "s2", "RT @trader: $FB falls 10 % after hours"),
        _item("4", 0.6, "d", "s3"),
        first,
    ]
    assert [item.id for item in strongest(items, 5)] == ["1", "4"]


def test_the_most_negative_comes_first_and_each_source_before_its_second_line() -> None:
    items = [_item(str(at), 0.9 - at / 10, source, f"s{at}") for at, source in enumerate("aaabc")]
    assert [item.id for item in strongest(items, 3)] == ["0", "3", "4"]
    assert [item.id for item in strongest(items, 4)] == ["0", "1", "3", "4"]
    assert [item.id for item in strongest(items, 9)] == ["0", "1", "2", "3", "4"]
