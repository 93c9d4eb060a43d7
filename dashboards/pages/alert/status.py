"""Where the alert stands, how bad it is, and how many sources stand behind it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat

from dashboards.kit.colors import ATTENTION, CALM, SEVERITIES, STATUSES
from dashboards.kit.panels import PanelSpec, number_panel, word_panel
from dashboards.kit.sql import ALERT, Sql, severity_column


def status() -> stat.Panel:
    spec = PanelSpec("Is it still open?", "Where the alert stands.", "no such alert", unit="string", width=6, height=4)
    return word_panel(spec, STATUSES, Sql(f"""SELECT status AS "status" FROM alerts WHERE id = {ALERT}"""))


def severity() -> stat.Panel:
    spec = PanelSpec(
        "How bad is it?",
        "The severity it has reached; it may have risen.",
        "no such alert",
        unit="string",
        width=6,
        height=4,
    )
    return word_panel(
        spec,
        SEVERITIES,
        Sql(f"""SELECT {severity_column()} FROM alerts WHERE id = {ALERT}"""),
    )


def sources() -> stat.Panel:
    spec = PanelSpec(
        "How many sources stand behind it?",
        "Different sources among the documents kept as evidence, ten at most. One source is one voice.",
        "no evidence was kept",
        unit="none",
        width=6,
        height=4,
    )
    sql = f"""
        SELECT nullif(count(DISTINCT source), 0) AS "sources" FROM alert_evidence
        WHERE alert_id = {ALERT} AND before IS NOT TRUE"""
    return number_panel(spec, [(None, ATTENTION), (3, CALM)], Sql(sql))
