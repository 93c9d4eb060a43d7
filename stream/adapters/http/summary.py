"""A notification in a few lines of words: what happened, the figures, the times; for the messages that people read."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto

import msgspec

from stream.adapters.http.escaping import one_line
from stream.pipeline.documents.readable import readable
from stream.pipeline.figures import estimate, negative_of_both, number
from stream.pipeline.notify.payload import VOLUME, Brief, Data, Height, Member, Notification
from stream.pipeline.notify.wording import earlier_words, series_words, severity_words
from stream.pipeline.rules import CRITICAL
from stream.translation import N_, _

TIME = "%Y-%m-%d %H:%M"
MAX_RULE, MIN_SERIES = 80, 60  # characters
WORDS = {
    "alert.firing": N_("FIRING"),
    "alert.updated": N_("UPDATED"),
    "alert.resolved": N_("RESOLVED"),
    "alert.test": N_("TEST"),
}


class Tone(Enum):
    """How a message is to look: what fires and is critical, what else fires, what is over, a test."""

    CRITICAL, WARNING, OVER, TEST = auto(), auto(), auto(), auto()


def tone(note: Notification) -> Tone:
    """Return how the message is to look."""
    if note.type == "alert.test":
        return Tone.TEST
    if note.data.members_open == 0:
        return Tone.OVER
    return Tone.CRITICAL if note.data.level >= CRITICAL else Tone.WARNING


def headline(note: Notification, most: int | None = None) -> str:
    """Return what happened to what, in one line of at most so many characters.

    Of a group: the leading series and how many others. Of a series that is too long its middle goes: the end has its
    topic.
    """
    data = note.data
    # What waits since a release that counted no series has their number as 0.
    others = (data.series_total or data.members_total) - 1
    more = _(" and {others} more").format(others=others) if others > 0 else ""
    severity = severity_words(data.severity, data.level)
    if data.repeat:
        severity += _(", reminder {number}").format(number=data.repeat)
    severity += _acknowledged(data)
    word = _("FIRED AND RESOLVED") if data.unannounced else _(WORDS[note.type])
    title, series = _("{word} ({severity}): {series}"), series_words(data.series)
    if most is not None:
        beside = len(title.format(word=word, severity=severity, series=more))
        series = _without_middle(series, max(most - beside, MIN_SERIES))
    return _without_middle(title.format(word=word, severity=severity, series=series + more), most)


def _without_middle(text: str, most: int | None) -> str:
    """Return a text of at most so many characters.

    >>> _without_middle("entry:Acme Holdings/topic:Macro", 19)
    'entry:Acm…pic:Macro'
    """
    if most is None or len(text) <= most:
        return text
    end = most // 2
    return f"{text[: most - end - 1]}…{text[-end:]}"


def _acknowledged(data: Data) -> str:
    """Return who has acknowledged the event, and how much of it where that is not all: of the rest people are reminded.

    What waits since a release that did not count them says nothing of it.
    """
    if not data.members_acknowledged:
        return ""
    words = _(", acknowledged by {name}")
    if data.members_acknowledged < data.members_open:
        words = _(", {count} of {members} acknowledged by {name}")
    fields = {"count": data.members_acknowledged, "members": data.members_open}
    return words.format(name=_(", ").join(data.acknowledgers), **fields)


def figures(note: Notification) -> tuple[str, ...]:
    """Return what was observed against what was expected, in one line; of what is over at its height, too, in two.

    It says when that was, where it is not that of which the notification tells. What is over has no score: its window
    may still hold all of it.
    """
    data = note.data
    now = _counted(data.kind, data)
    if data.status == "resolved" and not isinstance(data.height, msgspec.UnsetType):
        return _height_and_end(data.height, now, note)
    if data.status != "resolved":
        now += _("; score {score}").format(score=estimate(data.score))
    before = earlier_clock(data.observed_at, note)
    return (_("at {time} UTC: {counts}").format(time=before, counts=now) if before else now,)


def earlier_clock(moment: datetime | None, note: Notification) -> str:
    """Return the time of numbers that are not of the minute of which the notification tells; nothing of those that are.

    A reminder, an acknowledgement and the step of another member come later than they do.
    """
    if moment is None or moment == note.timestamp.replace(second=0, microsecond=0):
        return ""
    return _clock(moment, note)


def _height_and_end(height: Height, counts: str, note: Notification) -> tuple[str, str]:
    data = note.data
    worst, end = _("at its height, {time} UTC: {counts}"), _("at the end, {time} UTC: {counts}")
    return (
        worst.format(time=_clock(height.at, note), counts=_counted(data.kind, height)),
        end.format(time=_clock(data.resolved_at or note.timestamp, note), counts=counts),
    )


def _clock(moment: datetime, note: Notification) -> str:
    """Return a time, with its day where that is not the one of which the notification tells."""
    return f"{moment:%H:%M}" if moment.date() == note.timestamp.date() else f"{moment:{TIME}}"


def _counted(kind: str, seen: Data | Height) -> str:
    observed, expected = seen.observed, seen.expected
    counted = {"documents": number(observed.documents), "negatives": number(observed.negatives)}
    counted["minutes"] = str(seen.window_minutes)
    if kind == VOLUME:
        return _(
            "{documents} independent documents in {minutes} min, {negatives} of them negative;"
            " usual {usual} ({low} to {high})"
        ).format(usual=estimate(seen.usual.documents), low=number(expected.low), high=number(expected.high), **counted)
    share = f"{observed.negatives / observed.documents:.0%}" if observed.documents else _("none")
    return _(
        "{negatives} negative of {documents} independent documents ({share}) in {minutes} min;"
        " expected {expected} ({expected_share}), usual {usual}"
    ).format(
        share=share,
        expected=estimate(expected.negatives),
        expected_share=f"{expected.share:.0%}",
        usual=estimate(seen.usual.negatives),
        **counted,
    )


def times(data: Data) -> str:
    """Return since when it fires, and when it resolved, in one line."""
    fired = _("fired {time} UTC").format(time=f"{data.fired_at:{TIME}}")
    if data.resolved_at is None:
        return fired
    return fired + _(", resolved {time} UTC").format(time=f"{data.resolved_at:{TIME}}")


def rule_name(told: Data | Member) -> str:
    """Return which rule decided, not too long."""
    return told.rule if len(told.rule) <= MAX_RULE else f"{told.rule[: MAX_RULE - 1]}…"


def earlier(data: Data) -> tuple[str, ...]:
    """Return what was written before, in one line; nothing where the series is neither new nor was silent."""
    before = data.earlier
    if isinstance(before, msgspec.UnsetType):
        return ()
    return (earlier_words(before.days, before.documents, before.negatives, before.last),)


def quoted(item: Brief, most: int) -> tuple[str, bool]:
    """Return what is quoted of a document, on one line of at most ``most`` characters, and whether it goes on.

    Its title says what it is about; of one without a title the beginning does. Neither is escaped.
    """
    titled = bool(item.title)
    text = one_line(readable(str(item.title) if titled else item.text))
    return text[:most], len(text) > most or (item.truncated and not titled)


def shares(item: Brief) -> tuple[str, ...]:
    """Return how negative a document is of the name and as a whole, in words; nothing where that is much the same."""
    of_text = item.negative_of_text
    both = "" if isinstance(of_text, msgspec.UnsetType) else negative_of_both(item.negative, of_text)
    return (both,) if both else ()
