"""The report of a backtest: one HTML file without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from stream.pipeline.backtest.compare import Difference
from stream.pipeline.backtest.run import BacktestResult, RaisedAlert
from stream.pipeline.detect import Kind
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.documents.readable import readable
from stream.pipeline.figures import estimate, negative_of_both, number, rounded, span
from stream.pipeline.rules import Without
from stream.pipeline.units import DAY
from stream.pipeline.windows.evidence import Evidence
from stream.view.backtest.events import Event, messages_words
from stream.view.backtest.picture import picture
from stream.view.wording import headline

MAX_PICTURES = 500
MAX_DOCUMENTS = 5  # of an alert
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2em auto;padding:0 1em;color:#1c2430;background:#fff}
table{border-collapse:collapse;width:100%;margin:1em 0}td,th{text-align:left;padding:.25em .6em;border-bottom:1px solid
#d8dde4;vertical-align:top}svg{width:100%;height:auto;background:#fafbfc}svg text{font-size:11px;fill:#5a6573}
.end{text-anchor:end}.middle{text-anchor:middle}.band{fill:#b9d3ea;opacity:.7}.expected{fill:none;stroke:#4a86bd;
stroke-dasharray:4 3}.observed{fill:none;stroke:#1c2430;stroke-width:1.6}.on{fill:#f2b8b5;opacity:.45}.fired{stroke:
#b3261e;stroke-width:1.5}.plus{color:#1b6e3c}.minus{color:#b3261e}small{color:#5a6573}section{margin:2.5em 0}
"""
LEGEND = (
    "Black: counted in the window. Blue: expected, with the interval that holds nineteen of twenty counts when nothing"
    " is going on. Red: the alert is on. Times are event times in UTC."
)


def report(
    title: str, result: BacktestResult, events: Sequence[Event], differences: Sequence[Difference] | None = None
) -> str:
    """Return the page.

    Args:
        title: what the documents are.
        result: of the rules that are looked at.
        events: its alerts by event.
        differences: from other rules, where they were compared.
    """
    days = (result.last - result.first) / DAY
    parts = [
        f"<h1>Backtest of {escape(title)}</h1>",
        f"<p>{messages_words(events, len(result.alerts), days)}, {_clock(result.first)} to {_clock(result.last)}, by"
        f" {len(result.rules)} rules.</p>",
        _rules(result),
        *(_differences(differences) if differences is not None else ()),
        _events(events, result.alerts),
        _table(result.alerts),
        f"<p><small>{LEGEND}</small></p>",
        *(_alert(place, alert, result) for place, alert in enumerate(result.alerts[:MAX_PICTURES], 1)),
    ]
    if len(result.alerts) > MAX_PICTURES:
        parts.append(f"<p>Pictures of the first {MAX_PICTURES} alerts.</p>")
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return head + "".join(parts) + "</html>\n"


def _rules(result: BacktestResult) -> str:
    rows = "".join(
        f"<tr><td>{escape(rule.name)}<td>{rule.detector.kind}<td>{escape(', '.join(rule.series))}<td>{rule.budget:.3g}"
        f"<td>{', '.join(map(str, rule.detector.windows))} min<td><small>{rule.hash[:12]}</small></tr>"
        for rule in result.rules
    )
    return f"<table><tr><th>rule<th>kind<th>series<th>false alarms a month<th>windows<th>hash</tr>{rows}</table>"


def _differences(differences: Sequence[Difference]) -> Iterator[str]:
    more = sum(item.sign == "+" for item in differences)
    yield f"<h2>+{more} / -{len(differences) - more} alerts against the other rules</h2><table>"
    for item in differences:
        name = "plus" if item.sign == "+" else "minus"
        where = f"{_clock(item.alert.minute)}<td>{escape(item.alert.series)}<td>{escape(rounded(item.why))}"
        yield f'<tr><td class="{name}">{item.sign}<td>{where}</tr>'
    yield "</table>"


def _events(events: Sequence[Event], alerts: Sequence[RaisedAlert]) -> str:
    places = {id(alert): place for place, alert in enumerate(alerts, 1)}
    rows = "".join(
        f'<tr><td><a href="#a{places[id(event.head)]}">{_clock(event.minute)}</a><td>{escape(event.head.series)}'
        f"<td>{', '.join(escape(one.series) for one in event.members if one is not event.head)}"
        f"<td>{event.peak:.1f} of {event.threshold:.1f}<td>{escape(event.headline)}</tr>"
        for event in events
    )
    head = "<th>fired<th>event<th>with<th>peak, threshold<th>most negative document"
    return f"<h2>Events</h2><table><tr>{head}</tr>{rows}</table>"


def _table(alerts: Sequence[RaisedAlert]) -> str:
    rows = "".join(
        f'<tr><td><a href="#a{place}">{_clock(alert.minute)}</a><td>{escape(alert.series)}<td>{escape(alert.rule)}'
        f"<td>{escape(alert.severity)}<td>{alert.decision.observation.score:.1f}<td>{_lasted(alert)}</tr>"
        for place, alert in enumerate(alerts, 1)
    )
    return f"<h2>Alerts</h2><table><tr><th>fired<th>series<th>rule<th>severity<th>score<th>lasted</tr>{rows}</table>"


def _alert(place: int, alert: RaisedAlert, result: BacktestResult) -> str:
    observation = alert.decision.observation
    counted = "documents" if observation.kind == Kind.VOLUME else "negatives"
    band = result.bands.get((alert.rule, alert.series))
    drawn = picture(band.points, alert.minute, alert.resolved, counted) if band else ""
    source, story = alert.decision.without_source, alert.decision.without_story
    robust = [] if source is None else [_robust("largest source", source.largest, source)]
    robust += [] if story is None else [_robust("largest story", _story(story.largest, alert.evidence), story)]
    evidence = "".join(
        f"<li>{escape(readable(item.shown)[:300])} <small>{', '.join(_about(item))}</small></li>"
        for item in alert.evidence[:MAX_DOCUMENTS]
    )
    detail = rounded(alert.decision.detail)
    head = f"<h3>{place}. {escape(alert.series)}, {_clock(alert.minute)}</h3><p>{escape(detail)}</p>"
    return f'<section id="a{place}">{head}{drawn}<p>{" ".join(robust)}</p><ol>{evidence}</ol></section>'


def _about(item: Evidence) -> Iterator[str]:
    yield escape(item.source)
    yield f"{item.published_at:%d %b %H:%M}"
    yield escape(item.id)
    if both := negative_of_both(item.negative, item.negative_of_text):
        yield both


def _story(story: str, evidence: Sequence[Evidence]) -> str:
    """Return what a story is called: its headline, where a document of it is among the evidence."""
    return next((headline(item.shown) for item in evidence if item.story == story), "none of its documents is below")


def _robust(what: str, name: str, without: Without) -> str:
    fires = "it still fires" if without.fires else "it does not fire"
    counts = f"{number(without.negatives)} of {number(without.documents)} negative, score {estimate(without.score)}"
    return f"Without the {what} ({escape(name)}): {fires}, {counts}."


def _lasted(alert: RaisedAlert) -> str:
    return "still on" if alert.resolved is None else span((alert.resolved - alert.minute) * 60)


def _clock(minute: int) -> str:
    return f"{EPOCH + timedelta(minutes=minute):%Y-%m-%d %H:%M}"
