"""From panels to a dashboard: places on the grid, ids, links to the others, and what the SDK leaves wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from dashboards.kit.fields import PanelBuilder
from dashboards.kit.sql import POSTGRES, Sql
from dashboards.names import COLUMNS, TAG

# Out of a table with the columns of sql.FROM_MS and sql.TO_MS.
TO_ALERT = (
    "/d/bellwether-alert?var-alert_id=${__data.fields.alert_id:percentencode}"
    "&from=${__data.fields.from_ms:percentencode}&to=${__data.fields.to_ms:percentencode}"
)
Variable = Builder[dashboard.VariableModel]


@dataclass(frozen=True, slots=True)
class Page:
    """A dashboard: what it is called, what it asks and the time it opens with; ``since`` as in "now-6h"."""

    uid: str
    title: str
    description: str
    since: str
    refresh: str = "30s"


def assemble(
    page: Page,
    rows: Sequence[Sequence[PanelBuilder]],
    variables: Sequence[Variable] = (),
    annotations: Sequence[builders.AnnotationQuery] = (),
) -> dict[str, Any]:
    """Return a dashboard as JSON; each of ``rows`` stands below the one before.

    Raises:
        ValueError: the panels of a row are wider than the grid; Grafana would shift them without a word.
    """
    builder = builders.Dashboard(page.title).uid(page.uid).description(page.description).tags([TAG])
    builder.timezone("browser").tooltip(dashboard.DashboardCursorSync.CROSSHAIR).refresh(page.refresh).readonly()
    builder.time(page.since, "now").link(_links()).variables(list(variables)).annotations(list(annotations))
    content: dict[str, Any] = json.loads(json.dumps(builder.build(), cls=JSONEncoder))
    content["panels"] = _placed(rows)
    return _without_leftovers(content)


def _links() -> builders.DashboardLink:
    link = builders.DashboardLink("Bellwether").type(dashboard.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(False).keep_time(True).include_vars(True).tooltip("The other dashboards, same time")


def _placed(rows: Sequence[Sequence[PanelBuilder]]) -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        x = 0
        built = [json.loads(json.dumps(panel.build(), cls=JSONEncoder)) for panel in row]
        for panel in built:
            width, height = panel["gridPos"]["w"], panel["gridPos"]["h"]
            panel |= {"id": len(panels) + 1, "gridPos": {"x": x, "y": y, "w": width, "h": height}}
            panel["datasource"] = panel["targets"][0]["datasource"]
            panels.append(panel)
            x += width
        if x > COLUMNS:
            raise ValueError(f"the row of '{row[0].build().title}' is {x} columns wide, the grid has {COLUMNS}")
        y += max(panel["gridPos"]["h"] for panel in built)
    return panels


def _without_leftovers(content: dict[str, Any]) -> dict[str, Any]:
    """Take out what SDK 0.0.21 writes and Grafana 13 has no place for."""
    for annotation in content.get("annotations", {}).get("list", []):
        annotation.pop("placement", None)
    for variable in content.get("templating", {}).get("list", []):
        for name in [key for key in variable if key.startswith("auto")]:
            del variable[name]
    return content


def choice(name: str, label: str, description: str, sql: str) -> builders.QueryVariable:
    """Return a variable that one can search; ``sql`` lists its values, the first is the one chosen at first."""
    variable = builders.QueryVariable(name).label(label).description(description).datasource(POSTGRES)
    variable.query(" ".join(sql.split())).refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
    variable.sort(dashboard.VariableSort.DISABLED).multi(False).include_all(False).allow_custom_value(True)
    return variable


def derived(name: str, sql: str) -> builders.QueryVariable:
    """Return a variable that nobody sees or chooses, for the titles of panels: ``sql`` gives its only value."""
    about = "What the chosen one is about."
    return choice(name, name, about, sql).hide(dashboard.VariableHide.HIDE_VARIABLE).allow_custom_value(False)


def marks(name: str, color: str, sql: str) -> builders.AnnotationQuery:
    """Return marks over all panels; the query's columns are time, timeend, text and tags."""
    return (
        builders.AnnotationQuery()
        .name(name)
        .datasource(POSTGRES)
        .enable(True)
        .hide(False)
        .icon_color(color)
        .target(Sql(sql))
    )
