"""Topics side by side: how negative each is now, and when it was more negative than usual."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, statushistory

from dashboards.kit.colors import ATTENTION, BAD, CALM, USUAL
from dashboards.kit.fields import link, word_for_null, word_for_range
from dashboards.kit.panels import PanelSpec, history_panel, tile_panel
from dashboards.kit.sql import BUCKETS, MIN_DOCUMENTS, over_time

LATELY = "PARTITION BY series ORDER BY bucket RANGE BETWEEN 3540 PRECEDING AND CURRENT ROW"  # an hour
DEVIATIONS = [
    word_for_range(-99, -3, "far calmer than usual", "#1f60c4"),
    word_for_range(-3, -2, "calmer", "#5794f2aa"),
    word_for_range(-2, 2, "as usual", USUAL),
    word_for_range(2, 3, "more negative", ATTENTION),
    word_for_range(3, 99, "far more negative than usual", BAD),
    word_for_null("too few documents", "#8e8e8e40"),
]


def negative_share() -> stat.Panel:
    spec = PanelSpec(
        "How negative is each topic?",
        f"Negative among independent documents (copies of one story count once) of the last hour, and its course. "
        f"Orange from 40 %, red from 60 %: a level, not yet an alarm, for topics differ. Grey: fewer than "
        f"{MIN_DOCUMENTS} documents. Click a tile for the topic.",
        "too few",
        unit="percentunit",
        width=24,
        height=8,
    )
    sql = f"""
        SELECT bucket AS "time", substr(series, 7) AS "topic", CASE WHEN sum(documents) OVER lately >= {MIN_DOCUMENTS}
          THEN sum(negatives) OVER lately / sum(documents) OVER lately END AS "negative share"
        FROM ({BUCKETS}) AS buckets
        WINDOW lately AS ({LATELY})
        ORDER BY 1, 2"""
    panel = tile_panel(spec, [(None, CALM), (0.4, ATTENTION), (0.6, BAD)], over_time(sql)).decimals(0).min(0).max(1)
    panel.display_name("${__field.labels.topic}").interval("5m").max_data_points(72)
    url = "/d/bellwether-series?${__url_time_range}&var-series=topic:${__field.labels.topic:percentencode}"
    return panel.override_by_field_type("number", [link("Show this topic", url)])


def deviations() -> statushistory.Panel:
    spec = PanelSpec(
        "When was which topic more negative than usual?",
        "Negatives of the hour up to each cell beside what is usual for the topic, in standard deviations: within two "
        f"is chance. Orange from two on, red from three, blue calmer, grey fewer than {MIN_DOCUMENTS} documents. It is "
        "no alarm: of so many cells some are red by chance.",
        "No documents in this time.",
        unit="none",
        width=24,
        height=13,
    )
    sql = f"""
        SELECT bucket AS "time", substr(series, 7) AS "topic", CASE WHEN documents >= {MIN_DOCUMENTS} THEN
          (negatives - documents * usual) / sqrt(documents * usual * (1 - usual) + 0.25) END AS "more than usual"
        FROM (SELECT bucket, series, sum(documents) OVER lately AS documents, sum(negatives) OVER lately AS negatives,
            coalesce(usual, sum(negatives) OVER whole / nullif(sum(documents) OVER whole, 0)) AS usual
          FROM ({BUCKETS}) AS buckets LEFT JOIN (SELECT series, min(expected_share) AS usual FROM series_state
            WHERE kind = 'negative' GROUP BY series) AS states USING (series)
          WINDOW whole AS (PARTITION BY series), lately AS ({LATELY})) AS hours
        ORDER BY 1, 2"""
    return history_panel(spec, DEVIATIONS, over_time(sql)).display_name("${__field.labels.topic}")
