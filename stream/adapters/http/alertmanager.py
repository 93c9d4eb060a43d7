"""The notification as Alertmanager's webhook, version 4, so that receivers and on-call tools work unchanged.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. It knows neither updates nor acknowledgement:
what is not resolved is "firing". A member's labels are ``alertname`` (the rule), ``series``, ``severity``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from stream.adapters.http.escaping import one_line
from stream.adapters.http.summary import earlier, figures, headline, quoted, shares
from stream.pipeline.notify.payload import Brief, Member, Notification
from stream.pipeline.notify.wording import detail_words, series_words, state_words
from stream.translation import _

MAX_CHARACTERS = 280  # of a document that a description quotes
NEVER = datetime(1, 1, 1, tzinfo=UTC)  # what Alertmanager sends for the end of what goes on


def alertmanager_body(note: Notification, receiver: str) -> bytes:
    """Return the body of the request, as JSON; ``receiver`` is its name in the routes file."""
    data = note.data
    alerts = [_alert(note, member) for member in data.members]
    labels = [alert["labels"] for alert in alerts]
    common = {key: text for key, text in labels[0].items() if all(other.get(key) == text for other in labels)}
    return msgspec.json.encode(
        {
            "version": "4",
            "groupKey": f"bellwether:{data.group_id}",
            "truncatedAlerts": data.members_total - len(data.members),
            "status": "firing" if data.members_open else "resolved",
            "receiver": receiver,
            "groupLabels": {"group_id": data.group_id},
            "commonLabels": common,
            "commonAnnotations": {"summary": one_line(headline(note))},
            "externalURL": data.links.dashboard or "",
            "alerts": alerts,
        }
    )


def _alert(note: Notification, member: Member) -> dict[str, Any]:
    data = note.data
    series, status = one_line(series_words(member.series)), state_words(member.status)
    annotations = {"summary": _("{series}: {status}").format(series=series, status=status)}
    if member.alert_id == data.alert_id:
        annotations = {"summary": one_line(headline(note)), "description": _description(note)}
    return {
        "status": "resolved" if member.status == "resolved" else "firing",
        "labels": {"alertname": member.rule, "series": member.series, "severity": member.severity},
        "annotations": annotations,
        "startsAt": member.fired_at,
        "endsAt": member.resolved_at or NEVER,
        "generatorURL": data.links.dashboard or "",
        "fingerprint": member.alert_id.replace("-", "")[:16],
    }


def _description(note: Notification) -> str:
    data = note.data
    quotes = [_quote(item) for item in data.evidence[:3]]
    detail = [one_line(detail_words(data.detail))] if data.detail else []
    return "\n".join([*figures(note), *detail, *earlier(data), *quotes])


def _quote(item: Brief) -> str:
    text, _goes_on = quoted(item, MAX_CHARACTERS)
    return f"“{text}” ({'; '.join((one_line(item.source), *shares(item)))})"
