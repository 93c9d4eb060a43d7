"""When a delivery that failed is tried again, and when it is not worth sending any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

# Seconds from one attempt to the next: the first steps of the example in the Standard Webhooks specification. That goes
# on for three days; an alert is given up after the last of these, since it is no news any more.
SCHEDULE = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0)
# What a receiver may ask for with Retry-After, in seconds; it never makes an attempt come sooner than the schedule. An
# hour respects a receiver that is overloaded; longer, and the news would be old before the first attempt that counts.
MAX_RETRY_AFTER = 3600.0
LATEST_RETRY = 1.1  # times what it asked for: so much later at most, so that not all come back at once
# The schedule is over after 18 hours; what could not even be tried for a day (a receiver was disabled) is history.
EXPIRES = timedelta(hours=24)
# One that a person sends again is older and has a schedule of its own: it is not history while it is tried in time.
OVERDUE = timedelta(hours=1)
# Why a delivery was given up though none of its attempts failed: its stored error begins with NOT_SENT.
NOT_SENT = "not sent: "
OVER, REPLACED, EXPIRED = (
    f"{NOT_SENT}the incident had resolved",
    f"{NOT_SENT}a newer update followed",
    f"{NOT_SENT}{EXPIRES.total_seconds() / 3600:.0f} hours old",
)


def next_attempt(attempts: int, now: datetime, random: Random, retry_after: float | None = None) -> datetime | None:
    """Return when to try again, with 10 % of jitter so that failures do not come back all at once; None to give up.

    Args:
        attempts: how many have failed so far, from 1.
        random: where the jitter comes from.
        retry_after: the seconds that the receiver asked for.
    """
    if attempts > len(SCHEDULE):
        return None
    seconds = SCHEDULE[attempts - 1] * random.uniform(0.9, 1.1)
    if retry_after is not None:
        seconds = max(seconds, min(retry_after, MAX_RETRY_AFTER) * random.uniform(1.0, LATEST_RETRY))
    return now + timedelta(seconds=seconds)
