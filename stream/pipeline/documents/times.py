"""Times as people's files write them. The stream itself takes RFC 3339 and epoch milliseconds alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from stream.errors import DocumentError
from stream.pipeline.documents.document import EARLIEST, EPOCH, LATEST, quoted, to_utc_ms

# Between 1990 and 2100 the numbers of one unit never meet those of another, so the size tells the unit.
UNITS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_NUMBER = re.compile(r"[0-9]{9,20}(\.[0-9]{1,12})?")
_FOURTEEN = re.compile(r"(?:19|20)[0-9]{12}(\.0)?")  # year to second without signs, as GDELT writes its times
_OFFSET = r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)"  # the zones of RFC 822 that mean one thing
_RFC_822 = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?\d{{1,2}}\s+[A-Za-z]{{3}}\s+(?:\d\d|(?!00)\d{{4}})\s+\d\d:\d\d(?::\d\d)?(?:\s+{_OFFSET})?"
)
_UNIX_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")
# With dots the day comes first; with slashes nobody can tell, so these are refused.
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? +(\d\d?)(:\d\d.*))?", re.ASCII)
_SPACED_OFFSET = re.compile(r" (?=[+-]\d\d:?\d\d$)", re.ASCII)  # fromisoformat takes it after some forms alone
_DAY_ALONE = re.compile(r"(\d{4}-\d\d-\d\d|\d{8}|\d{1,2}[./]\d{1,2}[./]\d{4})(?:[T ]00:00(?::00)?)?", re.ASCII)
_CLOCK = re.compile(r"\d?\d:\d\d.*", re.ASCII)
_FORMS = (
    "RFC 3339, RFC 822, 31.01.2026 12:00, 20260131T120000Z, 20260131120000,"
    " or a number of seconds or milliseconds since 1970"
)


def read_time(value: object, zone: tzinfo | None = None) -> tuple[datetime, str]:
    """Read a time in one of many forms.

    Args:
        value: a string or a number.
        zone: of times that name none. Without it they are refused, but for fourteen digits, which GDELT writes in UTC.

    Returns:
        The time in UTC, to the millisecond, and the unit of a number ("" for other forms).

    Raises:
        DocumentError: it is no time, names no zone, or lies outside 1990 to 2100.

    >>> read_time("Sat, 31 Jan 2026 12:00:00 GMT")[0] == read_time(1769860800.0)[0] == read_time("20260131120000")[0]
    True
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # pandas writes whole numbers so, beside NaN
    text = str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    try:
        if _FOURTEEN.fullmatch(text):
            return _checked(datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=zone or UTC), value), ""
        if _NUMBER.fullmatch(text):
            return _of_number(text, value)
        moment = _of_words(text)
    except (ValueError, OverflowError, TypeError) as error:
        raise DocumentError(f"published_at: {quoted(value)} is no time that is known: {_FORMS}") from error
    if moment.tzinfo is None:
        if zone is None:
            raise DocumentError(
                f"published_at: {quoted(value)} has no time zone; name it, as in --time-zone Europe/Zurich"
            )
        moment = moment.replace(tzinfo=zone)
    return _checked(moment, value), ""


def with_clock(day: object, clock: object) -> object:
    """Return a time of a table that has the day and the time of day in two columns.

    A day that has a time of day stays as it is; and where the second column has whole times, these are taken.

    >>> with_clock("2026-03-02", "9:30")
    '2026-03-02 09:30'
    """
    found = _DAY_ALONE.fullmatch(str(day).strip())
    if found is None:
        return day
    text = str(clock).strip()
    if not _CLOCK.fullmatch(text):
        return clock
    return f"{found[1]} {text}" if text[2] == ":" else f"{found[1]} 0{text}"


def _of_number(text: str, value: object) -> tuple[datetime, str]:
    whole, _, fraction = text.partition(".")
    for unit, per_second in UNITS.items():
        seconds = int(whole) / per_second
        if EARLIEST.timestamp() <= seconds < LATEST.timestamp():
            # In whole microseconds: a float of nanoseconds would be some hundreds of them off.
            fraction = f"{fraction:0<6}"[:6] if unit == "seconds" else ""
            micros = int(whole + fraction) if fraction else int(whole) * 10**6 // int(per_second)
            return to_utc_ms(EPOCH + timedelta(microseconds=micros)), unit
    raise DocumentError(f"published_at: {quoted(value)} lies outside 1990 to 2100, in any unit of time since 1970")


def _of_words(text: str) -> datetime:
    """Return the time of a text, without a zone where it names none. Raises ValueError."""
    if _RFC_822.fullmatch(text):
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if text.endswith("-0000") else moment
    if _UNIX_DATE.fullmatch(text):  # as Twitter writes its created_at
        return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y")
    if parts := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, rest = parts.groups()
        text = f"{year}-{month:0>2}-{day:0>2}T{hour or '':0>2}{rest or ':00'}"
    for name in (" UTC", " GMT", " Z"):
        text = f"{text.removesuffix(name)}+00:00" if text.endswith(name) else text
    return datetime.fromisoformat(_SPACED_OFFSET.sub("", text))


def _checked(moment: datetime, value: object) -> datetime:
    # Compared before the conversion to UTC, which overflows at the ends of the calendar.
    if not EARLIEST <= moment < LATEST:
        raise DocumentError(f"published_at: {quoted(value)} lies outside 1990 to 2100")
    return to_utc_ms(moment)
