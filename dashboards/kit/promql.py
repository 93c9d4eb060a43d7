"""Queries to Prometheus."""

from __future__ import annotations

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import QueryEditorMode

from dashboards.names import PROMETHEUS_UID, SOURCES

PROMETHEUS = DataSourceRef(type_val=SOURCES[PROMETHEUS_UID], uid=PROMETHEUS_UID)
# The range of rate() and increase(): Grafana chooses it, so that it always holds two samples.
RANGE = "[$__rate_interval]"
NO_METRICS = "No metrics: does Prometheus reach the worker's /metrics?"


def over_time(expression: str, legend: str, ref_id: str = "A") -> prometheus.Dataquery:
    """Return the query of values over time."""
    return _query(expression, legend, ref_id).range()


def now(expression: str, legend: str, ref_id: str = "A") -> prometheus.Dataquery:
    """Return the query of the value at the end."""
    return _query(expression, legend, ref_id).instant()


def _query(expression: str, legend: str, ref_id: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(PROMETHEUS).expr(expression).legend_format(legend).ref_id(ref_id)
    return query.editor_mode(QueryEditorMode.CODE)
