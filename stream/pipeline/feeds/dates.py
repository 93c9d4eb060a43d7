"""Dates as feeds write them. What cannot be read for sure is no date: a wrong one would count in the wrong minute."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from stream.errors import DocumentError
from stream.pipeline.documents.times import read_time

# Hours ahead of UTC, of names that RFC 822 does not know and feeds write all the same. Names that mean several zones,
# such as IST and CST in China, are left out; those of RFC 822 are read as it says.
ZONES = {
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "MEZ": 1,
    "MET": 1,
    "CEST": 2,
    "MESZ": 2,
    "MEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "HKT": 8,
    "SGT": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
}
_ZONE = re.compile(rf"\s({'|'.join(ZONES)})$")
_DAY = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")


def read_date(text: str | None) -> datetime | None:
    """Return the time that a feed writes, in UTC; None: there is none, or it cannot be read.

    A time that names no zone is taken for UTC, as a day without a time is for its first minute.

    >>> str(read_date("Mon, 29 Jun 2026 10:00:00 MEST")), str(read_date("2016/6/29"))
    ('2026-06-29 08:00:00+00:00', '2016-06-29 00:00:00+00:00')
    """
    written = " ".join((text or "").split())
    written = _ZONE.sub(lambda found: f" +{ZONES[found[1]]:02}00", written)
    if day := _DAY.match(written):
        rest = written[day.end() :].strip() or "00:00"
        written = f"{day[1]}-{int(day[2]):02}-{int(day[3]):02} {rest}"
    try:
        return read_time(written, UTC)[0] if written else None
    except DocumentError:
        return None
