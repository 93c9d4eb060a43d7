"""Dates as feeds write them. What cannot be read for sure is no date: a wrong one would count in the wrong minute."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from stream.errors import DocumentError
from stream.pipeline.documents.document import EARLIEST, LATEST, to_utc_ms
from stream.pipeline.documents.languages import published_language
from stream.pipeline.documents.times import read_time

# Hours ahead of UTC: those of RFC 822, and names that it does not know and feeds write all the same. Names that mean
# several zones, such as IST, are left out; CST is that of RFC 822, but in China.
ZONES = {
    "Z": 0,
    "UT": 0,
    "UTC": 0,
    "GMT": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
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
CHINA = timezone(timedelta(hours=8))
# Without accents, in the languages whose feeds write them; Chinese ones as Java does.
_NAMES = (
    "january januar janner januari janvier enero gennaio janeiro 一月",
    "february februar februari fevrier febrero febbraio fevereiro 二月",
    "march marz mrz maart mrt mars marts marzo marco 三月",
    "april avril abril aprile 四月",
    "may mai mei maj mayo maggio maio 五月",
    "june juni juin junio giugno junho 六月",
    "july juli juillet julio luglio julho 七月",
    "august augustus augusti aout agosto 八月",
    "september septembre septiembre setiembre settembre setembro 九月",
    "october oktober octobre octubre ottobre outubro 十月",
    "november novembre noviembre novembro 十一月",
    "december dezember decembre diciembre dicembre dezembro 十二月",
)


def _months() -> dict[str, int]:
    """Return the names of months and their first three and four letters, where those are of one month alone."""
    found: dict[str, set[int]] = {}
    for number, names in enumerate(_NAMES, 1):
        for name in names.split():
            for known in (name, name[:4], name[:3]):
                found.setdefault(known, set()).add(number)
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1}


_MONTHS = _months()
_MOST = 100  # characters of a date
_WORD, _YEAR = r"[^\W\d_]", r"(?P<year>\d{4}|\d\d)"
_WEEKDAY = rf"(?:{_WORD}{{2,12}}\.?(?:,\s*|\s+))?"
_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})([-/.])(?P<month>\d\d?)\2(?P<day>\d\d?)(?=[T\s(]|$)(?P<rest>.*)",
        r"(?P<year>\d{4})\s?年\s?(?P<month>\d\d?)\s?月\s?(?P<day>\d\d?)\s?[日号號]?(?P<rest>.*)",
        rf"{_WEEKDAY}(?P<day>\d\d?)(?:st|nd|rd|th|\.)?[\s-]+(?P<month>{_WORD}{{2,10}})\.?,?[\s-]+{_YEAR}(?=\W|$)(?P<rest>.*)",
        rf"{_WEEKDAY}(?P<month>{_WORD}{{2,10}})\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?P<rest>.*)",
        rf"{_WEEKDAY}(?P<month>{_WORD}{{2,10}})\s+(?P<day>\d\d?)(?P<rest>\s\d\d?:.*?)\s(?P<year>\d{{4}})",
    )
)
# Parts of a day in Chinese, and the half that they are of.
_HALVES = {
    **dict.fromkeys(["上午", "早上", "早晨", "清晨", "凌晨", "淩晨", "早"], "am"),
    **dict.fromkeys(["中午", "下午", "午后", "午後", "傍晚", "晚上", "晚间", "晚間", "晚"], "pm"),
}
_NOON = "|".join(_HALVES)  # a longer one stands before its beginning
_BEIJING = re.compile(r"\(?(?:北京|台北|臺北|香港)(?:时间|時間)\)?[:,，]?")  # one zone
_TIME = re.compile(
    rf"(?:T|,?\s*(?:\(?(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]\)?,?)?\s*(?:at\s|-\s)?)(?P<half>{_NOON})?\s*"
    r"(?P<hour>\d\d?)(?:[:时時点點](?P<minute>\d\d?)(?:[:分](?P<second>\d\d?)秒?(?P<fraction>[.,]\d{1,12})?|分)?"
    r"|[时時点點]整?)"
    r"\s*(?P<noon>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>.*)"
)
_ZONE = re.compile(r"(?P<name>[A-Za-z]{1,4})?(?P<offset>(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?)?")


def zone_of(language: str | None) -> tzinfo | None:
    """Return the zone of dates that name none; None: no language is known. Chinese sites write the time of Beijing."""
    if not language:
        return None
    return CHINA if published_language(language) == "zh" else UTC


def read_date(text: str | None, zone: tzinfo | None = UTC) -> datetime | None:
    """Return the time that a feed writes, in UTC; None: there is none, or it cannot be read.

    A day without a time is taken for its first minute.

    Args:
        zone: of times that name none. None: it is not known, so they are in UTC; but CST as Java writes it is then no
            zone, for it is mostly China's.

    >>> str(read_date("Mon, 29 Jun 2026 10:00:00 MEST")), str(read_date("2016/6/29"))
    ('2026-06-29 08:00:00+00:00', '2016-06-29 00:00:00+00:00')
    """
    if not text or len(text) > 2 * _MOST:
        return None
    written, is_beijing = _BEIJING.subn(" ", unicodedata.normalize("NFKC", text))
    written = re.sub(r"\s\([^()]*\)$", "", " ".join(written.split()))
    zone = CHINA if is_beijing else zone
    if not written or len(written) > _MOST:
        return None
    try:
        for pattern in _DAYS:
            if day := pattern.fullmatch(written):
                return _read(day, zone)
        return read_time(written, zone or UTC)[0]
    except (DocumentError, ValueError, OverflowError):
        return None


def _read(day: re.Match[str], known: tzinfo | None) -> datetime | None:
    """Return the time of a day and what follows it. Raises ValueError or OverflowError: there is no such time."""
    if known is None and day.re is _DAYS[-1] and "CST" in day["rest"].upper():
        raise ValueError(day["rest"])
    zone = known or UTC
    moment = datetime(_year(day["year"]), _month(day["month"]), int(day["day"]))
    if rest := day["rest"].strip(" ,"):
        if (found := _TIME.fullmatch(day["rest"])) is None:
            zone = _zone(rest, zone)
        else:
            moment, zone = moment + _time(found), _zone(found["zone"], zone)
    moment = moment.replace(tzinfo=zone)
    return to_utc_ms(moment) if EARLIEST <= moment < LATEST else None


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else int(written) + (2000 if int(written) < 69 else 1900)


def _month(written: str) -> int:
    """Return the month of a number or name. Raises ValueError."""
    if written.isdecimal():
        return int(written)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", written.lower()) if not unicodedata.combining(sign))
    if plain not in _MONTHS:
        raise ValueError(written)
    return _MONTHS[plain]


def _time(found: re.Match[str]) -> timedelta:
    """Return how far into the day a time lies. Raises ValueError."""
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    half = (found["noon"] or "").replace(".", "").lower()
    half = _HALVES.get(found["half"], half)
    # 晚上12:00 is the end of the day for some and its beginning for others; so is what follows.
    at_night = (found["half"] or "").startswith("晚") and (hour < 5 or hour == 12)
    if at_night or (half == "am" and hour > 12):
        raise ValueError(found[0])
    if half and hour <= 12:
        late = half == "pm" and not (found["half"] == "中午" and hour == 11)
        hour = hour % 12 + 12 * late
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError(found[0])
    fraction = float("0." + (found["fraction"] or ".0")[1:])
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59) + fraction)


def _zone(written: str, default: tzinfo) -> tzinfo:
    """Return the zone of a name or an offset, or of both, as in GMT+8. Raises ValueError: nobody knows it."""
    found = _ZONE.fullmatch(written.replace(" ", ""))
    if found is None:
        raise ValueError(written)
    name = (found["name"] or "").upper()
    if name and name not in ZONES:
        raise ValueError(written)
    if name == "CST" and default == CHINA and not found["offset"]:
        return CHINA
    if not found["offset"]:
        return timezone(timedelta(hours=ZONES[name])) if name else default
    ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if name and ZONES[name]:
        raise ValueError(written)  # EST+1 says two things
    return timezone(ahead if found["sign"] == "+" else -ahead)
