"""The most negative stories of the series."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table

from dashboards.kit.fields import link_field, override, value, wrap_text
from dashboards.kit.panels import PanelSpec, table_panel
from dashboards.kit.sql import CHOSEN, OF_SERIES, TITLED, WEB, Sql


def stories() -> table.Panel:
    spec = PanelSpec(
        f"Which recent stories about {CHOSEN} are the most negative?",
        "The most negative documents kept of each minute, one per story, with how often it was copied and by how many "
        "sources it was told; and how negative the whole text is, where that is not what it says of the name. Of the "
        "day before the end of the chosen time, at most.",
        "No negative document in this time.",
        unit="none",
        width=24,
        height=12,
    )
    sql = f"""
        WITH kept AS MATERIALIZED (
          SELECT story, document, minute, negative, copies, source FROM series_evidence
          WHERE {OF_SERIES} AND $__timeFilter(minute) AND minute > $__timeTo()::timestamptz - interval '1 day'
        ), copied AS (
          -- Each minute with a document of a story has the copies of the whole day.
          SELECT story, sum(of_day) AS copies FROM (
            SELECT story, max(copies) AS of_day FROM kept GROUP BY story, date_trunc('day', minute AT TIME ZONE 'UTC')
          ) AS days GROUP BY story
        ), stories AS (
          SELECT story, max(negative) AS negative, copied.copies, count(DISTINCT source) AS sources
          FROM kept JOIN copied USING (story) GROUP BY story, copied.copies
          ORDER BY max(negative) DESC, copied.copies DESC, story LIMIT 25
        ), shown AS (
          SELECT DISTINCT ON (story) story, minute, document FROM kept JOIN stories USING (story, negative)
          ORDER BY story, document
        )
        SELECT e.published_at AS "published", {TITLED} AS "story", stories.negative AS "negative",
          e.negative_of_text AS "whole text", stories.copies, stories.sources, e.source, {WEB} AS "link"
        FROM stories JOIN shown USING (story) JOIN series_evidence AS e USING (minute, document)
        WHERE e.{OF_SERIES} ORDER BY stories.negative DESC, stories.copies DESC, e.document"""
    panel = table_panel(spec, Sql(sql))
    override(panel, "negative", value("unit", "percentunit"), value("decimals", 0), value("custom.width", 90))
    override(panel, "whole text", value("unit", "percentunit"), value("decimals", 0), value("custom.width", 95))
    override(panel, "whole text", value("noValue", "same"))
    override(panel, "copies", value("custom.width", 80))
    override(panel, "sources", value("custom.width", 80))
    override(panel, "source", value("custom.width", 170))
    override(panel, "story", *wrap_text())
    override(panel, "link", value("custom.width", 110), value("noValue", "none given"))
    return link_field(panel, "link", "Open the document", "${__value.raw}", leaves=True)
