"""Times as people's files write them. The stream itself takes RFC 3339 and epoch milliseconds alone."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from stream.errors import DocumentError
from stream.pipeline.documents.document import EARLIEST, EPOCH, LATEST, to_utc_ms
from stream.pipeline.documents.limits import quoted

# Between 1990 and 2100 the numbers of one unit never meet those of another, so the size tells the unit.
UNITS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_NUMBER = re.compile(r"[0-9]{9,20}(\.[0-9]{1,12})?")
_FOURTEEN = re.compile(r"(?:19|20)[0-9]{12}(\.0)?")  # year to second without signs, as GDELT writes its times
_OFFSET = r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)"  # the zones of RFC 822 that mean one thing
_RFC_822 = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?\d{{1,2}}\s+[A-Za-z]{{3}}\s+(?:\d\d|(?!00)\d{{4}})\s+\d\d:\d\d(?::\d\d)?(?:\s+{_OFFSET})?"
)
_UNIX_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")
# With dots the day comes first; with slashes nobody can tell, so these are refused, but where the year comes first.
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? +(\d\d?)(:\d\d.*))?", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:([-/.])(\d\d?)\2(\d\d?)(?![\d:])|年\s?(\d\d?)月\s?(\d\d?)[日号])[T\s]*(?:(?:星期|周)[一二三四五六日天])?(.*)",
    re.ASCII,
)
_HALVES = {"上午": "am", "早上": "am", "凌晨": "am", "中午": "pm", "下午": "pm", "晚上": "pm"}
_HOUR = re.compile(
    rf"\s*({'|'.join(_HALVES)})?\s*(\d\d?)(?::|时|点)(\d\d)分?(?::?(\d\d)秒?([.,]\d+)?)?(?:\s*([AaPp][Mm]))?(?![\d:])(.*)",
    re.ASCII,
)
_SPACED_OFFSET = re.compile(r" (?=[+-]\d\d:?\d\d$)", re.ASCII)  # fromisoformat takes it after some forms alone
_DAY_ALONE = re.compile(
    r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d{4}年\s?\d\d?月\s?\d\d?[日号]|\d{8}|\d{1,2}[./]\d{1,2}[./]\d{4})"
    r"(?:[T ]0?0:00(?::00)?)?",
    re.ASCII,
)
_CLOCK = re.compile(rf"(?:{'|'.join(_HALVES)})?\s*\d?\d[:时点]\d\d.*", re.ASCII)
_FORMS = (
    "RFC 3339, RFC 822, 31.01.2026 12:00, 2026/1/31 12:00, 2026年1月31日 12:00, 20260131T120000Z,"
    " 20260131120000, or a number of seconds or milliseconds since 1970"
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
    text = _plain(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
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
    found = _DAY_ALONE.fullmatch(_plain(str(day)))
    if found is None:
        return day
    text = _plain(str(clock))
    if not _CLOCK.fullmatch(text):
        return clock
    return f"{found[1]} 0{text}" if text[1] == ":" else f"{found[1]} {text}"


def is_clock(value: object) -> bool:
    """Whether a value is a bare time of day."""
    return _CLOCK.fullmatch(_plain(str(value))) is not None


def _plain(text: str) -> str:
    """Return a text without spaces around, and with digits and colons of full width as plain ones."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


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
    elif parts := _YEAR_FIRST.fullmatch(text):
        text = _iso(parts) or text
    for name in (" UTC", " GMT", " Z", "z"):
        text = f"{text.removesuffix(name).rstrip()}+00:00" if text.endswith(name) else text
    return datetime.fromisoformat(_SPACED_OFFSET.sub("", text))


def _iso(parts: re.Match[str]) -> str:
    """Return the ISO form of a time whose year stands first; "" where the time of day is in none of the forms.

    Raises:
        ValueError: the time of day says two things, as 15:30 in the morning.
    """
    year, _, month, day, moon, sun, rest = parts.groups()
    date = f"{year}-{month or moon:0>2}-{day or sun:0>2}"
    if not rest.strip():
        return date
    if (found := _HOUR.fullmatch(rest)) is None:
        return ""
    half, hour, minute, second, fraction, noon, zone = found.groups()
    hour = _hour(int(hour), half or "", _HALVES.get(half) or (noon or "").lower())
    return f"{date}T{hour:0>2}:{minute}:{second or '00'}{fraction or ''}{zone}"


def _hour(hour: int, written: str, half: str) -> int:
    """Return an hour of the day out of one of its half. Raises ValueError."""
    if (half == "am" and hour > 12) or (written == "晚上" and (hour < 5 or hour == 12)):  # whose day is not sure
        raise ValueError(hour)
    if not half or hour > 12:
        return hour
    late = half == "pm" and not (written == "中午" and hour == 11)
    return hour % 12 + 12 * late


def _checked(moment: datetime, value: object) -> datetime:
    # Compared before the conversion to UTC, which overflows at the ends of the calendar.
    if not EARLIEST <= moment < LATEST:
        raise DocumentError(f"published_at: {quoted(value)} lies outside 1990 to 2100")
    return to_utc_ms(moment)
