"""What metrics keep beyond counting."""

from stream import metrics


def test_the_newest_document_of_a_topic_never_goes_back() -> None:
    for published in (200.0, 100.0, 300.0, 250.0):
        metrics.saw_document("test.metrics", published)
    assert metrics.REGISTRY.get_sample_value("bellwether_newest_document_seconds", {"topic": "test.metrics"}) == 300.0


def test_the_process_tells_of_itself() -> None:
    assert (metrics.REGISTRY.get_sample_value("bellwether_process_cpu_seconds_total") or 0) > 0
