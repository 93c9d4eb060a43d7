"""What hangs on an alert: documents, steps, deliveries, and where the time went."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table

from dashboards.kit.colors import ATTENTION, BAD, CALM, SEVERITIES, STATUSES, UNKNOWN
from dashboards.kit.fields import color_words, hide, link_field, override, value, wrap_text
from dashboards.kit.layout import TO_ALERT
from dashboards.kit.panels import PanelSpec, table_panel
from dashboards.kit.sql import ALERT, FROM_MS, HEAD, TITLED, TO_MS, WEB, Sql, name_of, severity_column
from stream.view.wording import OLD_NEWS

# What a person did has no decision: it is as bad as the alert is.
STEP_LEVEL = f"coalesce((decision ->> 'level')::int, (SELECT level FROM alerts WHERE id = {ALERT}))"


def evidence() -> table.Panel:
    spec = PanelSpec(
        "Which documents about $name prove it?",
        "What was kept when the alert fired, the most negative first; beside it how negative the whole text is, where "
        "that is not what it says of the name. Of a document with a title the title is shown. A long text is cut at "
        "its end, without tags and entities of web pages: `bellwether alerts show --json` has it word for word.",
        "No evidence was kept for this alert.",
        unit="none",
        width=24,
        height=11,
    )
    sql = f"""
        SELECT published_at AS "published", {TITLED} || CASE WHEN truncated AND title IS NULL THEN ' ...' ELSE '' END AS
            "document",
          negative, negative_of_text AS "whole text", source,
          array_to_string(entries, ', ') AS "names", {WEB} AS "link", document AS "id"
        FROM alert_evidence WHERE alert_id = {ALERT} AND before IS NOT TRUE ORDER BY position"""
    panel = table_panel(spec, Sql(sql))
    override(panel, "document", *wrap_text())
    override(panel, "negative", value("unit", "percentunit"), value("decimals", 0), value("custom.width", 85))
    override(panel, "whole text", value("unit", "percentunit"), value("decimals", 0), value("custom.width", 95))
    override(panel, "whole text", value("noValue", "same"))
    for name, width in (("source", 150), ("names", 110), ("id", 110)):
        override(panel, name, value("custom.width", width), value("noValue", "-"))
    for name in ("source", "names"):
        override(panel, name, *wrap_text())
    override(panel, "link", value("custom.width", 110), value("noValue", "none given"))
    return link_field(panel, "link", "Open the document", "${__value.raw}", leaves=True)


def steps() -> table.Panel:
    spec = PanelSpec(
        "What happened to it, and who did it?",
        "Every step of the alert's life: when in the documents' time, when it was written down, by whom and why.",
        "There is no such alert. Choose one above.",
        unit="none",
        width=24,
        height=6,
    )
    # Behind acknowledged stands a hash of who said what, which says nothing to people.
    sql = f"""
        SELECT at AS "when", regexp_replace(step, '^acknowledged:.*', 'acknowledged') AS "step",
          {severity_column(STEP_LEVEL)}, reason, actor AS "by", recorded_at AS "written down"
        FROM alert_transitions WHERE alert_id = {ALERT} ORDER BY recorded_at, at, alert_transitions.step"""
    panel = table_panel(spec, Sql(sql))
    override(panel, "step", *color_words(STATUSES), value("custom.width", 130))
    override(panel, "reason", *wrap_text())
    override(panel, "by", value("custom.width", 140))
    override(panel, "severity", *color_words(SEVERITIES), value("custom.width", 110))
    return panel


def event() -> table.Panel:
    spec = PanelSpec(
        "What else belongs to the same event?",
        "All alerts of the event, the one at its head first: they share stories, or one names the other. Receivers get "
        "one message for all of them.",
        "There is no such alert. Choose one above.",
        unit="none",
        width=24,
        height=6,
    )
    sql = f"""
        SELECT {name_of()} AS "series", {severity_column()}, status, fired_at AS "fired", resolved_at AS "resolved",
          rule, CASE WHEN {HEAD} THEN 'head' ELSE 'member' END AS "stands as", id AS "alert_id",
          {FROM_MS} AS "from_ms", {TO_MS} AS "to_ms"
        FROM alerts WHERE group_id = (SELECT group_id FROM alerts WHERE id = {ALERT})
        ORDER BY {HEAD} DESC, level DESC, fired_at, id LIMIT 100"""
    panel = hide(table_panel(spec, Sql(sql)), "alert_id", "from_ms", "to_ms")
    override(panel, "severity", *color_words(SEVERITIES), value("custom.width", 110))
    override(panel, "status", *color_words(STATUSES), value("custom.width", 130))
    override(panel, "resolved", value("noValue", "not yet"))
    return link_field(panel, "series", "Why did it fire?", TO_ALERT)


def deliveries() -> table.Panel:
    spec = PanelSpec(
        "Who was told, and did it arrive?",
        "One row per receiver and message, of the alert's whole group; what is no news any more is not sent.",
        "Nobody was told: no receiver is set up, or the alert was silenced.",
        unit="none",
        width=24,
        height=6,
    )
    sql = f"""
        SELECT receiver, type AS "message", CASE WHEN delivered_at IS NOT NULL THEN 'delivered'
            WHEN next_at IS NOT NULL THEN 'on its way' WHEN error LIKE 'not sent: %' THEN 'not sent'
            ELSE 'given up' END AS "result",
          delivered_at AS "arrived", attempts AS "failed", error AS "last error"
        FROM deliveries WHERE group_id = (SELECT group_id FROM alerts WHERE id = {ALERT})
        ORDER BY created_at, id LIMIT 200"""
    panel = table_panel(spec, Sql(sql))
    results = {"delivered": CALM, "on its way": ATTENTION, "given up": BAD, "not sent": UNKNOWN}
    override(panel, "result", *color_words(results), value("custom.width", 90))
    override(panel, "arrived", value("noValue", "-"))
    for name, width in (("receiver", 90), ("message", 125), ("failed", 60)):
        override(panel, name, value("custom.width", width))
    return override(panel, "last error", value("noValue", "none"))


def delays() -> table.Panel:
    spec = PanelSpec(
        "Where did the time go between the news and the message?",
        "Of the newest document in the window on which the alert fired: when it was published, read, scored, when the "
        "alert was written and when the first receiver had it. Bellwether's own time begins when it came to Kafka: how "
        "old it was then is up to its source, its feed, or who replays old news.",
        "There is no such alert. Choose one above.",
        unit="none",
        width=24,
        height=7,
    )
    sql = f"""
        SELECT step.what AS "step", step.at AS "at",
          extract(epoch FROM step.at - lag(step.at) OVER (ORDER BY step.place))::float8 AS "after the step before",
          CASE WHEN step.place > 1 THEN step.whose END AS "whose time",
          extract(epoch FROM step.at - CASE WHEN step.place > 1 THEN a.ingested_at END)::float8 AS "since it came"
        FROM alerts AS a, LATERAL (VALUES (1, 'published by its source', '', a.published_at),
          (2, 'came to Kafka', CASE WHEN a.ingested_at - a.published_at > interval '{OLD_NEWS.total_seconds():.0f} s'
            THEN 'old news when it came: a late feed, or a replay' ELSE 'its source and its feed' END, a.ingested_at),
          (3, 'scored', 'Bellwether', a.scored_at), (4, 'alert written', 'Bellwether', a.created_at),
          (5, 'first receiver had it', 'Bellwether and the receiver', (SELECT min(delivered_at) FROM deliveries
            WHERE group_id = a.group_id AND created_at >= a.created_at))
        ) AS step (place, what, whose, at) WHERE a.id = {ALERT} AND step.at IS NOT NULL ORDER BY step.place"""
    panel = table_panel(spec, Sql(sql))
    for name in ("after the step before", "since it came"):
        override(panel, name, value("unit", "s"), value("decimals", 1), value("noValue", "-"))
    return override(panel, "whose time", value("noValue", "-"))
