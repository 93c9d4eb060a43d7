"""How the series stands now: the decision in words, negative share, score, copies."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat

from dashboards.kit.colors import ATTENTION, BAD, CALM, UNKNOWN
from dashboards.kit.fields import word_for_null
from dashboards.kit.panels import PanelSpec, number_panel, word_panel
from dashboards.kit.sql import CHOSEN, MIN_DOCUMENTS, OF_SERIES, OF_THRESHOLD, Sql
from stream.pipeline.windows.independence import UNIT


def verdict() -> stat.Panel:
    spec = PanelSpec(
        f"How does {CHOSEN} stand now?",
        "The latest decision on this series, in the detector's words; of several rules, the one nearest to an alarm.",
        "not judged yet",
        unit="string",
        width=7,
        height=4,
    )
    sql = f"""
        SELECT reason AS "decision" FROM series_state WHERE {OF_SERIES}
        ORDER BY score / nullif(threshold, 0) DESC NULLS LAST LIMIT 1"""
    colors = {"firing": BAD, "keep firing": BAD, "severity rose": BAD, "resolving": ATTENTION, "pending": ATTENTION}
    colors |= {"expected": CALM, "resolved": CALM, "accepted as normal": CALM}
    silent = ("too few", "warming up", "cannot tell", "muted", "cooling down", "already told")
    colors |= dict.fromkeys(silent, UNKNOWN)
    return word_panel(spec, colors, Sql(sql))


def negative_share() -> stat.Panel:
    spec = PanelSpec(
        "How negative lately?",
        f"Negative among independent documents of the hour before the end of the chosen time. Grey: fewer than "
        f"{MIN_DOCUMENTS} documents.",
        "too few",
        unit="percentunit",
        width=5,
        height=4,
    )
    sql = f"""
        SELECT CASE WHEN sum(independent) >= {MIN_DOCUMENTS * UNIT}
          THEN sum(independent_negative)::float8 / sum(independent) END AS "negative share"
        FROM series_minutes
        WHERE {OF_SERIES} AND minute <= $__timeTo() AND minute > $__timeTo()::timestamptz - interval '1 hour'"""
    steps = [(None, CALM), (0.4, ATTENTION), (0.6, BAD)]
    return number_panel(spec, steps, Sql(sql)).decimals(0).mappings([word_for_null("too few", UNKNOWN)])


def score() -> stat.Panel:
    spec = PanelSpec(
        "How far is it from an alarm?",
        "The latest score beside its threshold; at 1 x it fires. Of several rules, the one nearest to an alarm.",
        "not judged yet",
        unit=OF_THRESHOLD,
        width=6,
        height=4,
    )
    score_of_threshold = "max(greatest(score, 0) / nullif(threshold, 0))"
    sql = f"""SELECT {score_of_threshold} AS "score of threshold" FROM series_state WHERE {OF_SERIES}"""
    return number_panel(spec, [(None, CALM), (0.7, ATTENTION), (1, BAD)], Sql(sql)).decimals(1)


def copies() -> stat.Panel:
    spec = PanelSpec(
        "How many documents are copies?",
        "Part of the documents in the chosen time that repeat a story. An alert counts a story once, however loud.",
        "no documents",
        unit="percentunit",
        width=6,
        height=4,
    )
    sql = f"""
        SELECT 1 - sum(independent)::float8 / {UNIT} / nullif(sum(documents), 0) AS "copies"
        FROM series_minutes WHERE {OF_SERIES} AND $__timeFilter(minute)"""
    return number_panel(spec, [(None, CALM), (0.5, ATTENTION)], Sql(sql)).decimals(0)
