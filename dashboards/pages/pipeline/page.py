"""The pipeline itself: is it up to date, where does it wait, what does it lose, who was not told.

From Prometheus, but for which series' documents came too late: labels by series would be too many for it.
"""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from dashboards.kit.layout import Page, assemble
from dashboards.pages.pipeline import feeds, flow, hearing, outcomes, standstill, status, times
from stream.worker.stage_names import StageName

PAGE = Page(
    "bellwether-pipeline",
    "Bellwether: is the pipeline well?",
    "Bellwether's own health: data age, lag, throughput, delays, errors, dead letters, deliveries, load.",
    "now-3h",
)
STAGES = tuple(stage.value for stage in StageName)


def build() -> dict[str, Any]:
    """Return the dashboard."""
    return assemble(
        PAGE,
        [
            [
                status.data_age(),
                status.waiting_records(),
                status.dead_letters(),
                status.failed_deliveries(),
                status.store_failures(),
            ],
            [flow.documents(), flow.lag()],
            [standstill.partitions(), standstill.loops()],
            [standstill.memory(), standstill.broker(), standstill.clocks()],
            [flow.source_ages(), times.delays()],
            [times.stage_histogram(), times.stage_quantiles()],
            [flow.batch_sizes(), times.load()],
            [outcomes.errors(), outcomes.deliveries()],
            [hearing.heard()],
            [outcomes.decisions(), flow.cache_answers()],
            [flow.not_read()],
            [flow.late_documents()],
            [feeds.states(), feeds.looks()],
            [feeds.sources()],
        ],
        [_stage_variable()],
    )


def _stage_variable() -> builders.CustomVariable:
    first = StageName.CLASSIFY.value
    chosen = dashboard.VariableOption(text=first, value=first, selected=True)
    options = [dashboard.VariableOption(text=name, value=name, selected=name == first) for name in STAGES]
    variable = (
        builders.CustomVariable("stage")
        .label("Stage")
        .description("Whose delays two panels show; notify is all receivers.")
    )
    return variable.values(",".join(STAGES)).current(chosen).options(options).multi(False).include_all(False)
