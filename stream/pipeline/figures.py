"""How people are shown numbers, spans of time and ids: short, and the same in each message, table and page. Pure."""

from __future__ import annotations

import re

from stream.translation import _

APART = 0.1  # between two probabilities of which both are told
SHORT_ID = 8  # characters of an alert's id; every command takes them for the whole
_LONG_FRACTION = re.compile(r"(?<![\w.])\d+\.\d{2,}(?![\w.]*\w)")


def number(value: float) -> str:
    """Return a count or a weight: whole, or with one decimal where it is under a hundred and not whole.

    >>> number(11), number(11.666), number(47.5), number(1234.5)
    ('11', '11.7', '47.5', '1,234')
    """
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"
    return text.removesuffix(".0")


def setting(value: float) -> str:
    """Return a number that somebody set, or a share of it: with three digits, and whole from a hundred on.

    >>> setting(0.4286), setting(2.5), setting(999.6), setting(1_000_000)
    ('0.429', '2.5', '1,000', '1,000,000')
    """
    return f"{value:.3g}" if abs(value) < 100 else number(value)


def estimate(value: float) -> str:
    """Return what is expected or scored, always with its decimal below a hundred, so that columns stand still.

    >>> estimate(4), estimate(10.66), estimate(123.4)
    ('4.0', '10.7', '123')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def span(seconds: float) -> str:
    """Return a time as people say it.

    >>> span(40), span(1320), span(10_305), span(864_000)
    ('40 s', '22 min', '2 h 52 min', '10 days')
    """
    minutes = round(seconds / 60)
    if seconds < 60:
        return _("{seconds} s").format(seconds=f"{seconds:.0f}")
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    if minutes < 2 * 1440:
        words = _("{hours} h {minutes} min") if minutes % 60 else _("{hours} h")
        return words.format(hours=minutes // 60, minutes=minutes % 60)
    return _("{days} days").format(days=f"{minutes / 1440:,.0f}")


def negative_of_both(of_name: float, of_text: float | None) -> str:
    """Return how negative a document is of a name and of all that it tells; nothing where both are nearly the same.

    >>> negative_of_both(0.83, 0.12), negative_of_both(0.83, 0.8), negative_of_both(0.83, None)
    ('83 % negative of it, 12 % as a whole', '', '')
    """
    if of_text is None or abs(of_name - of_text) < APART:
        return ""
    words = _("{of_name} % negative of it, {of_text} % as a whole")
    return words.format(of_name=f"{100 * of_name:.0f}", of_text=f"{100 * of_text:.0f}")


def rounded(words: str) -> str:
    """Return stored words on a decision with their weights as :func:`number` writes them.

    What is stored keeps all digits, for a replay compares it word for word.

    >>> rounded("firing: 11.666 of 42.333 documents negative in 15 min, expected 3.1 (0.0 to 7.2)")
    'firing: 11.7 of 42.3 documents negative in 15 min, expected 3.1 (0.0 to 7.2)'
    """
    return _LONG_FRACTION.sub(lambda match: number(float(match[0])), words)


def short_id(alert_id: str) -> str:
    """Return the part of an id that is shown.

    >>> short_id("77387e7b-1f0c-5d5e-9c3a-0d9f4d2f3c11")
    '77387e7b'
    """
    return alert_id[:SHORT_ID]
