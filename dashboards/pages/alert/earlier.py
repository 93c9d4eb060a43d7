"""What was written before: an alert of a name that was new or silent is read by that, for there is no usual to see."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table

from dashboards.kit.fields import link_field, override, value, wrap_text
from dashboards.kit.panels import PanelSpec, table_panel
from dashboards.kit.sql import ALERT, TITLED, WEB, Sql
from stream.pipeline.windows.earlier import LOOK_BACK, SHOWN, SILENT_DAYS, SILENT_DOCUMENTS

HEIGHT = 6


def counted() -> table.Panel:
    spec = PanelSpec(
        "Was $name new, or silent before?",
        f"What was counted of it in the {LOOK_BACK} days before the window of the alert, or as many as are stored.",
        f"There were more than {SILENT_DOCUMENTS} documents in the {SILENT_DAYS} days before, or it is not known.",
        unit="none",
        width=8,
        height=HEIGHT,
    )
    sql = f"""
        SELECT line.what, line.figure AS "value" FROM alerts AS a, LATERAL (VALUES
          (1, 'days looked at', a.earlier ->> 'days'), (2, 'documents', coalesce(a.earlier ->> 'documents', '0')),
          (3, 'negative', coalesce(a.earlier ->> 'negatives', '0')),
          (4, 'the last one', coalesce(to_char((a.earlier ->> 'last')::timestamptz AT TIME ZONE 'UTC',
            'YYYY-MM-DD HH24:MI') || ' UTC', '-'))
        ) AS line (place, what, figure) WHERE a.id = {ALERT} AND a.earlier IS NOT NULL ORDER BY line.place"""
    panel = table_panel(spec, Sql(sql))
    override(panel, "value", value("unit", "string"))
    return override(panel, "what", value("custom.width", 150))


def documents() -> table.Panel:
    spec = PanelSpec(
        "What was last written of it before?",
        f"The last {SHOWN} negative documents before the window of the alert, if it was new or silent; those that are "
        "older than what is kept have no text.",
        "No negative document of before is kept.",
        unit="none",
        width=16,
        height=HEIGHT,
    )
    sql = f"""
        SELECT published_at AS "published", {TITLED} AS "document", negative, source, {WEB} AS "link"
        FROM alert_evidence WHERE alert_id = {ALERT} AND before ORDER BY published_at DESC, position"""
    panel = table_panel(spec, Sql(sql))
    override(panel, "document", *wrap_text())
    override(panel, "negative", value("unit", "percentunit"), value("decimals", 0), value("custom.width", 85))
    override(panel, "source", value("custom.width", 130), value("noValue", "-"), *wrap_text())
    override(panel, "link", value("custom.width", 110), value("noValue", "none given"))
    return link_field(panel, "link", "Open the document", "${__value.raw}", leaves=True)
