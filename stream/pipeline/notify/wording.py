"""Names that stand in the data as English words, as people are shown them: series, topics, severities, states. Pure.

What is stored, and the fields of a payload, keep the English words; see :mod:`stream.translation`.
"""

from __future__ import annotations

import re
from datetime import datetime

from stream.pipeline.figures import estimate, number, rounded
from stream.pipeline.rules import CRITICAL, WARNING
from stream.pipeline.rules.decision import Decision, Without
from stream.pipeline.rules.robust import MEMBERS_KEPT
from stream.pipeline.rules.words import DETAILS, ENDINGS, WHYS
from stream.pipeline.windows.contribution import ALL
from stream.pipeline.windows.earlier import SHOWN
from stream.pipeline.windows.series_names import group_of, split_series
from stream.translation import N_, _, chosen_language

# The labels of the classifiers that are shipped. A desk's own topics are shown as it named them.
TOPICS = frozenset(
    (
        N_("Analyst Update"),
        N_("Company | Product News"),
        N_("Currencies"),
        N_("Dividend"),
        N_("Earnings"),
        N_("Energy | Oil"),
        N_("Fed | Central Banks"),
        N_("Financials"),
        N_("General News | Opinion"),
        N_("Gold | Metals | Materials"),
        N_("IPO"),
        N_("Legal | Regulation"),
        N_("M&A | Investments"),
        N_("Macro"),
        N_("Markets"),
        N_("Personnel Change"),
        N_("Politics"),
        N_("Stock Commentary"),
        N_("Stock Movement"),
        N_("Treasuries | Corporate Debt"),
        N_("Test"),  # the series of `bellwether receivers test`
    )
)
SEVERITIES = frozenset((N_("info"), N_("warning"), N_("critical")))
NOT_KNOWN = N_(
    "Whether it would fire without its largest source or story is not known: of a window over three hours the documents"
    " are not kept."
)
# Of alerts and of decisions, and the types of notifications.
STATES = frozenset(
    (
        N_("firing"),
        N_("updated"),
        N_("test"),
        N_("acknowledged"),
        N_("resolved"),
        N_("warming up"),
        N_("too few"),
        N_("cannot tell"),
        N_("expected"),
        N_("muted"),
        N_("cooling down"),
        N_("already told"),
        N_("pending"),
        N_("keep firing"),
        N_("severity rose"),
        N_("resolving"),
        N_("accepted as normal"),
        N_("silenced"),
        N_("unsilenced"),
    )
)


def _patterns(*texts: str) -> tuple[tuple[re.Pattern[str], list[str], str], ...]:
    """Return the texts with a pattern of each, and the names of what stands in its braces."""
    return tuple(
        (re.compile(re.sub(r"\\{\w+\\}", lambda _match: r"(.+?)", re.escape(text))), re.findall(r"{(\w+)}", text), text)
        for text in texts
    )


# What is stored of a silence that kept a change back, and of one that ended: see :mod:`stream.pipeline.notify.board`.
SILENCES = N_("not notified: silence {id} by {name}: {comment}"), N_("silence {id} is over")
# What the rules say of a decision, as it is stored, and why an alert is over.
_DETAILS, _WHYS = _patterns(*ENDINGS, *DETAILS, *SILENCES), _patterns(*WHYS)


def topic_words(topic: str) -> str:
    """Return a topic's name as people read it."""
    return _(topic) if topic in TOPICS else topic


def severity_words(severity: str, level: int | None = None) -> str:
    """Return the name of a severity as people read it; of one that nobody knows, it says how bad ``level`` is.

    >>> severity_words("page", 30), severity_words("notice", 15), severity_words("critical", 30), severity_words("page")
    ('page (critical)', 'notice (info)', 'critical', 'page')
    """
    if severity in SEVERITIES:
        return _(severity)
    if level is None:
        return severity
    known = "critical" if level >= CRITICAL else "info" if level < WARNING else "warning"
    return _("{severity} ({known})").format(severity=severity, known=_(known))


def state_words(state: str) -> str:
    """Return the state of an alert, the reason of a decision or the type of a notification as people read it."""
    return _(str(state)) if state in STATES else str(state)


def step_words(step: str) -> str:
    """Return a step of an alert as people read it: the stored name of one ends in what makes it known once.

    >>> step_words("severity:critical"), step_words("acknowledged:02f9a8b5"), step_words("silenced:ab12cd34ef56")
    ('severity rose to critical', 'acknowledged', 'silenced')
    """
    kind, _colon, rest = step.partition(":")
    if kind == "severity":
        return _("severity rose to {severity}").format(severity=severity_words(rest))
    return state_words(kind)  # the rest is a hash of who said what, or a silence that the reason names


def series_name(series: str) -> str:
    """Return what a series is called: its entry of the watchlist, its topic, both, or its group.

    >>> series_name("topic:Macro"), series_name("entry:Acme"), series_name("entry:Acme/topic:Macro")
    ('Macro', 'Acme', 'Acme / Macro')
    >>> series_name("group:banks"), series_name("watchlist:all")
    ('group banks', 'all names')
    """
    if series == ALL:
        return _("all names")
    if group := group_of(series):
        return _("group {group}").format(group=group)
    entry, topic = split_series(series)
    return " / ".join(part for part in (entry, topic_words(topic)) if part) or series


def series_words(series: str) -> str:
    """Return a series where it stands within words: in English as commands take it, in other languages its name.

    >>> series_words("entry:Acme/topic:Macro")
    'entry:Acme/topic:Macro'
    """
    return series if chosen_language() == "en" else series_name(series)


def robust_words(decision: Decision, story: str) -> list[str]:
    """Return whether an alert would have fired without its largest source, and story, which is called ``story``.

    Nothing is returned where that is not known of a window whose documents are kept, as of one with very many.
    """
    if decision.without_source is None and decision.observation.window > MEMBERS_KEPT:
        return [_(NOT_KNOWN)]
    sentences = []
    if decision.without_source is not None:
        words, name = _("Without the largest source ({name}): {outcome}."), decision.without_source.largest
        sentences.append(words.format(name=name, outcome=_outcome(decision.without_source)))
    if decision.without_story is not None:
        words = _("Without the largest story ({name}): {outcome}.")
        sentences.append(words.format(name=story, outcome=_outcome(decision.without_story)))
    return sentences


def _outcome(without: Without) -> str:
    return _("{fires}, {negatives} of {documents} negative, score {score}").format(
        fires=_("it still fires") if without.fires else _("it does not fire"),
        negatives=number(without.negatives),
        documents=number(without.documents),
        score=estimate(without.score),
    )


def earlier_words(days: int, documents: int, negatives: int, last: datetime | None) -> str:
    """Return what was counted of a series before an event, in words.

    >>> earlier_words(30, 0, 0, None)
    'before: nothing was counted in the last 30 days'
    """
    if last is None:
        return _("before: nothing was counted in the last {days} days").format(days=days)
    return _(
        "before: {documents} documents in the last {days} days, {negatives} of them negative; the last at {time} UTC"
    ).format(documents=documents, days=days, negatives=negatives, time=f"{last:%Y-%m-%d %H:%M}")


def earlier_shown_words(shown: int, negatives: int) -> str:
    """Return why fewer documents of before are shown than were counted as negative; nothing where all asked for are.

    >>> earlier_shown_words(3, 7), earlier_shown_words(2, 2)
    ('', '')
    """
    if shown >= min(SHOWN, negatives):
        return ""
    return _(
        "shown of before: {shown} of {negatives} negative; each story stands once, and texts are kept for as many days"
        " as BELLWETHER_KEEP_POOL_DAYS says"
    ).format(shown=shown, negatives=negatives)


def detail_words(detail: str) -> str:
    """Return stored words on a decision as people read them, with short numbers; unknown words as they stand.

    >>> detail_words("firing: 11.666 of 42.333 documents negative in 15 min, expected 3.1 (0.0 to 7.2)")
    'firing: 11.7 of 42.3 documents negative in 15 min, expected 3.1 (0.0 to 7.2)'
    """
    words = rounded(detail)
    return words if chosen_language() == "en" else _translated(words, _DETAILS)


def _translated(words: str, patterns: tuple[tuple[re.Pattern[str], list[str], str], ...]) -> str:
    for pattern, names, text in patterns:
        if match := pattern.fullmatch(words):
            found = dict(zip(names, match.groups(), strict=True))
            found |= {name: state_words(found[name]) for name in ("state", "end") if name in found}
            if "why" in found:
                found["why"] = _translated(found["why"], _WHYS)
            return _(text).format(**found)
    return words
