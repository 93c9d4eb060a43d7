"""The report of a backtest: one HTML file without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from stream.pipeline.backtest import BacktestResult, RaisedAlert
from stream.pipeline.backtest.compare import Difference
from stream.pipeline.detect import Kind
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.documents.readable import readable
from stream.pipeline.figures import negative_of_both, rounded, setting, span
from stream.pipeline.notify.wording import detail_words, robust_words, series_words, severity_words
from stream.pipeline.units import DAY
from stream.pipeline.windows.evidence import Evidence
from stream.translation import N_, _, chosen_language
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
LEGEND = N_(
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
    parts = [
        _("<h1>Backtest of {title}</h1>").format(title=escape(title)),
        f"<p>{_summary(result, events)}</p>",
        _rules(result),
        *(_differences(differences) if differences is not None else ()),
        _events(events, result.alerts),
        _table(result.alerts),
        f"<p><small>{_(LEGEND)}</small></p>",
        *(_alert(place, alert, result) for place, alert in enumerate(result.alerts[:MAX_PICTURES], 1)),
    ]
    if len(result.alerts) > MAX_PICTURES:
        words = _("Pictures of the first {count} alerts.")
        parts.append(f"<p>{words.format(count=MAX_PICTURES)}</p>")
    language = "zh-CN" if chosen_language() == "zh" else chosen_language()
    page = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(title)}</title>'
    return page + f"<style>{STYLE}</style>" + "".join(parts) + "</html>\n"


def _summary(result: BacktestResult, events: Sequence[Event]) -> str:
    days = (result.last - result.first) / DAY
    return _("{told}, {first} to {last}, by {rules} rules.").format(
        told=messages_words(events, len(result.alerts), days),
        first=_clock(result.first),
        last=_clock(result.last),
        rules=len(result.rules),
    )


def _heads(*names: str) -> str:
    """Return the head of a table; the names are given in English."""
    return "".join(f"<th>{_(name)}" for name in names)


def _series(series: str) -> str:
    return escape(series_words(series))


def _rules(result: BacktestResult) -> str:
    rows = "".join(
        f"<tr><td>{escape(rule.name)}<td>{_(rule.detector.kind)}<td>{escape(', '.join(rule.series))}"
        f"<td>{setting(rule.budget)}<td>{_minutes(rule.detector.windows)}<td><small>{rule.hash[:12]}</small></tr>"
        for rule in result.rules
    )
    heads = _heads(N_("rule"), N_("kind"), N_("series"), N_("false alarms a month"), N_("windows"), N_("hash"))
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _minutes(windows: Sequence[int]) -> str:
    return _("{minutes} min").format(minutes=", ".join(map(str, windows)))


def counted(words: str, differences: Sequence[Difference], **values: str) -> str:
    """Return ``words`` with how many alerts come (``more``) and go (``less``), and how many others change, if any."""
    signs = [item.sign for item in differences]
    said = words.format(more=signs.count("+"), less=signs.count("-"), **values)
    changed = _("; ~{count} at another minute or of another severity")
    return said + changed.format(count=signs.count("~")) if "~" in signs else said


def _differences(differences: Sequence[Difference]) -> Iterator[str]:
    words = _("+{more} / -{less} alerts against the other rules")
    yield f"<h2>{counted(words, differences)}</h2><table>"
    for item in differences:
        name = {"+": "plus", "-": "minus"}.get(item.sign, "")
        where = f"{_clock(item.alert.minute)}<td>{_series(item.alert.series)}<td>{escape(rounded(item.why))}"
        yield f'<tr><td class="{name}">{item.sign}<td>{where}</tr>'
    yield "</table>"


def _events(events: Sequence[Event], alerts: Sequence[RaisedAlert]) -> str:
    places = {id(alert): place for place, alert in enumerate(alerts, 1)}
    rows = "".join(
        f'<tr><td><a href="#a{places[id(event.head)]}">{_clock(event.minute)}</a><td>{_series(event.head.series)}'
        f"<td>{', '.join(_series(one.series) for one in event.members if one is not event.head)}"
        f"<td>{event.peak:.1f} / {event.threshold:.1f}<td>{escape(event.headline)}</tr>"
        for event in events
    )
    heads = _heads(N_("fired"), N_("event"), N_("with"), N_("peak, threshold"), N_("most negative document"))
    return _("<h2>Events</h2>") + f"<table><tr>{heads}</tr>{rows}</table>"


def _table(alerts: Sequence[RaisedAlert]) -> str:
    rows = "".join(
        f'<tr><td><a href="#a{place}">{_clock(alert.minute)}</a><td>{_series(alert.series)}'
        f"<td>{escape(alert.rule)}<td>{escape(severity_words(alert.severity))}<td>{alert.decision.observation.score:.1f}<td>{_lasted(alert)}</tr>"
        for place, alert in enumerate(alerts, 1)
    )
    heads = _heads(N_("fired"), N_("series"), N_("rule"), N_("severity"), N_("score"), N_("lasted"))
    return _("<h2>Alerts</h2>") + f"<table><tr>{heads}</tr>{rows}</table>"


def _alert(place: int, alert: RaisedAlert, result: BacktestResult) -> str:
    observation = alert.decision.observation
    counted = _("documents") if observation.kind == Kind.VOLUME else _("negatives")
    band = result.bands.get((alert.rule, alert.series))
    drawn = picture(band.points, alert.minute, alert.resolved, counted) if band else ""
    named = _story(alert.decision.without_story.largest, alert.evidence) if alert.decision.without_story else ""
    robust = map(escape, robust_words(alert.decision, named))
    evidence = "".join(
        f"<li>{escape(readable(item.shown)[:300])} <small>{', '.join(_about(item))}</small></li>"
        for item in alert.evidence[:MAX_DOCUMENTS]
    )
    detail = detail_words(alert.decision.detail)
    head = f"<h3>{place}. {_series(alert.series)}, {_clock(alert.minute)}</h3><p>{escape(detail)}</p>"
    return f'<section id="a{place}">{head}{drawn}<p>{" ".join(robust)}</p><ol>{evidence}</ol></section>'


def _about(item: Evidence) -> Iterator[str]:
    yield escape(item.source)
    yield item.published_at.strftime(_("%d %b %H:%M"))
    yield escape(item.id)
    if both := negative_of_both(item.negative, item.negative_of_text):
        yield both


def _story(story: str, evidence: Sequence[Evidence]) -> str:
    """Return what a story is called: its headline, where a document of it is among the evidence."""
    return next((headline(item.shown) for item in evidence if item.story == story), _("none of its documents is below"))


def _lasted(alert: RaisedAlert) -> str:
    return _("still on") if alert.resolved is None else span((alert.resolved - alert.minute) * 60)


def _clock(minute: int) -> str:
    return f"{EPOCH + timedelta(minutes=minute):%Y-%m-%d %H:%M}"
