"""When a source is asked again: what its server wishes, within bounds, and later after failures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

# What a server asks for is kept to for a day at most: a header that nobody thought about must not silence a source.
LONGEST_WISH = timedelta(days=1)
# Added to each wait, as a share of it: sources that were asked together are not asked together for ever.
JITTER = 0.1
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_NO_STORE = re.compile(r"(?:^|[,\s])(?:no-store|no-cache)\b", re.IGNORECASE)


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Return how long a ``Retry-After`` header asks to wait, in seconds or as a date, a day at most; None: no time.

    >>> retry_after("120", datetime.now().astimezone()), retry_after("soon", datetime.now().astimezone())
    (datetime.timedelta(seconds=120), None)
    """
    written = (text or "").strip()
    if written.isdecimal():
        return min(timedelta(seconds=int(written[:9])), LONGEST_WISH)
    try:
        moment = parsedate_to_datetime(written)
        wait = moment - now if moment.tzinfo else moment - now.replace(tzinfo=None)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(wait, timedelta()), LONGEST_WISH)


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """Return for how long a server says that its answer stays good, a day at most; None: it does not say."""
    control = headers.get("cache-control", "")
    found = None if _NO_STORE.search(control) else _MAX_AGE.search(control)
    return min(timedelta(seconds=int(found[1][:9])), LONGEST_WISH) if found else None


def next_wait(every: timedelta, wish: timedelta | None, failures: int, chance: float) -> timedelta:
    """Return how long to leave a source alone.

    Args:
        every: how often it is asked at most.
        wish: how long its server asks to wait.
        failures: in a row; each doubles the wait, to a day.
        chance: from 0 to 1, for the jitter.

    >>> next_wait(timedelta(minutes=5), timedelta(minutes=7), 0, 0.0), next_wait(timedelta(minutes=5), None, 3, 0.0)
    (datetime.timedelta(seconds=420), datetime.timedelta(seconds=1200))
    """
    doubled: int = 2 ** min(max(failures - 1, 0), 20)
    backed_off = min(every * doubled, max(every, LONGEST_WISH))
    wait = max(backed_off, min(wish or timedelta(), LONGEST_WISH))
    return wait * (1 + JITTER * chance)
