"""Four days of an invented market: ordinary traffic, one run on a bank, one rumour copied over and over.

Pure: the documents follow from the seed and the end alone, so a demo can be shown twice and a test can name what it
expects. The day's rhythm hangs on ``end``, which stands for six in the evening in the market's own time: whatever
the clock says when the demo starts, the crisis falls into busy hours and its end lies behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Any

from stream.demo import crisis_texts, names
from stream.demo.company_texts import COMPANY_TEXTS
from stream.demo.deal_texts import DEAL_TEXTS
from stream.demo.economy_texts import ECONOMY_TEXTS
from stream.demo.grammar import Cast, draw_cast, expand
from stream.demo.wording import Wording

NEWS, SOCIAL = "news", "social"
WORDINGS: dict[str, Wording] = {**COMPANY_TEXTS, **DEAL_TEXTS, **ECONOMY_TEXTS}

CRISIS_BEFORE_END, CRISIS_LASTS = timedelta(hours=3), timedelta(minutes=55)
BURST_BEFORE_END, BURST_LASTS = timedelta(hours=29), timedelta(minutes=30)
COPIES = 1_500  # of the rumour
REPOSTED = 0.004  # the part of ordinary documents that others copy a few times

END_HOUR = 18
# Traffic by hour of the market's day, midnight first, relative to one another.
PROFILE = (2, 2, 2, 2, 2, 3, 5, 9, 13, 16, 17, 16, 15, 16, 18, 18, 17, 16, 13, 9, 7, 5, 4, 3)

_TOPICS = tuple(WORDINGS)
_WEIGHTS = tuple(accumulate(wording.weight for wording in WORDINGS.values()))
_ACCOUNT_WEIGHTS = tuple(accumulate(1 / (rank + 5) for rank in range(len(names.ACCOUNTS))))
_TAGS = ("#stocks", "#markets", "#investing", "#trading", "#economy", "#finance")


@dataclass(frozen=True, slots=True)
class Published:
    """One document and the feed, "news" or "social", on which it appears at ``at``."""

    feed: str
    at: datetime
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A document before it has an id."""

    at: datetime
    source: str
    text: str
    body: str = ""
    account: str = ""


def generate(
    seed: int, end: datetime, days: int = 4, per_day: int = 3_000, crisis: int = 200, copies: int = COPIES
) -> list[Published]:
    """Return the documents of the ``days`` before ``end``, in event-time order.

    Args:
        seed: the same seed, end and sizes give the same documents.
        end: aware; all times lie before it.
        days: how many days of traffic, at least 2: the rumour runs the day before the last.
        per_day: ordinary documents a day, on average; reposts come on top.
        crisis: documents of the run on the bank, see :func:`crisis_window`.
        copies: copies of the rumour, see :func:`burst_window`.
    """
    if end.tzinfo is None:
        raise ValueError("end has no time zone")
    if days < 2 or per_day < 1:
        raise ValueError(f"at least 2 days of 1 document are needed, not {days} of {per_day}")
    end = end.astimezone(UTC)
    drafts = [
        *_ordinary(Random(f"{seed} ordinary"), end, days, per_day),  # noqa: S311
        *_crisis(Random(f"{seed} crisis"), end, crisis),  # noqa: S311
        *_burst(Random(f"{seed} burst"), end, copies),  # noqa: S311
    ]
    drafts.sort(key=lambda draft: draft.at)
    return [_publish(draft, f"{seed}/{end.isoformat()}/{number}") for number, draft in enumerate(drafts)]


def crisis_window(end: datetime) -> tuple[datetime, datetime]:
    """Return when the run on the bank starts and when it is over."""
    return end - CRISIS_BEFORE_END, end - CRISIS_BEFORE_END + CRISIS_LASTS


def burst_window(end: datetime) -> tuple[datetime, datetime]:
    """Return when the copies of the rumour start and when they stop."""
    return end - BURST_BEFORE_END, end - BURST_BEFORE_END + BURST_LASTS


def _ordinary(rng: Random, end: datetime, days: int, per_day: int) -> Iterator[_Draft]:
    for at in _arrivals(rng, end, days, per_day):
        topic = rng.choices(_TOPICS, cum_weights=_WEIGHTS)[0]
        draft = _compose(rng, at, WORDINGS[topic], failing=at >= end - CRISIS_BEFORE_END)
        yield draft
        if rng.random() < REPOSTED:
            yield from _reposts(rng, draft, end)


def _arrivals(rng: Random, end: datetime, days: int, per_day: int) -> Iterator[datetime]:
    """Poisson arrivals, thinned by the day's profile."""
    peak = max(PROFILE)
    seconds_apart = 86_400 / per_day * sum(PROFILE) / len(PROFILE) / peak
    at = end - timedelta(days=days)
    while (at := at + timedelta(seconds=rng.expovariate(1 / seconds_apart))) < end:
        if rng.random() * peak < _rate(at, end):
            yield at


def _rate(at: datetime, end: datetime) -> float:
    """Return the traffic at ``at`` on the scale of :data:`PROFILE`, drawn straight between the full hours."""
    hour = (END_HOUR - (end - at) / timedelta(hours=1)) % 24
    before, after = PROFILE[int(hour) % 24], PROFILE[(int(hour) + 1) % 24]
    return before + (after - before) * (hour % 1)


def _compose(rng: Random, at: datetime, wording: Wording, *, failing: bool) -> _Draft:
    even = 1 - wording.down - wording.up
    templates = rng.choices((wording.bad, wording.plain, wording.good), (wording.down, even, wording.up))[0]
    template, cast = rng.choice(templates), draw_cast(rng)
    # The bank that fails is well spoken of until it does, and then the crisis alone speaks of it.
    text = expand(template, rng, _without_the_bank(cast) if failing or templates is wording.bad else cast)
    if rng.random() < wording.social:
        account = rng.choices(names.ACCOUNTS, cum_weights=_ACCOUNT_WEIGHTS)[0]
        return _posted(rng, at, account, text + (f" {rng.choice(_TAGS)}" if rng.random() < 0.15 else ""))
    return _Draft(at, rng.choice(names.NEWSROOMS), text)


def _without_the_bank(cast: Cast) -> Cast:
    """Return ``cast`` with others in the place of the bank that fails."""
    if cast.company == names.FAILING:
        company, ticker = names.COMPANIES[0]
        cast = cast._replace(company=company, ticker=f"${ticker}")
    return cast._replace(bank=names.BANKS[0]) if cast.bank == names.FAILING else cast


def _posted(rng: Random, at: datetime, account: str, text: str) -> _Draft:
    """Most posts carry a link."""
    link = f" https://chirp.example/{rng.getrandbits(32):08x}" if rng.random() < 0.6 else ""
    return _Draft(at, f"chirp/{account}", text + link, account=account)


def _reposts(rng: Random, original: _Draft, end: datetime) -> Iterator[_Draft]:
    """One to four other accounts copy what they read within the hour."""
    for account in rng.sample(names.ACCOUNTS, rng.randint(1, 4)):
        at = original.at + timedelta(seconds=rng.uniform(20, 3_600))
        if at < end:
            yield _posted(rng, at, account, original.text)


def _crisis(rng: Random, end: datetime, documents: int) -> Iterator[_Draft]:
    """Many voices, each in its own words; the stream swells to its peak in a third of the time, then thins out."""
    start, _ = crisis_window(end)
    for _ in range(documents):
        at = start + CRISIS_LASTS * rng.betavariate(2, 3)
        cast, posted, calm = _without_the_bank(draw_cast(rng)), rng.random() < 0.5, rng.random() < 0.12
        own = crisis_texts.SOCIAL if posted else crisis_texts.BUSINESS
        text = expand(rng.choice(crisis_texts.CALM if calm else crisis_texts.SHARES + own), rng, cast)
        if posted:
            yield _posted(rng, at, rng.choice(names.ACCOUNTS), text)
        else:
            body = "" if calm else expand(rng.choice(crisis_texts.FOLLOW_UPS), rng, cast)
            yield _Draft(at, rng.choice(names.NEWSROOMS), text, body)


def _burst(rng: Random, end: datetime, copies: int) -> Iterator[_Draft]:
    """Few accounts, one text: the copies differ in what a fingerprint leaves out."""
    start, _ = burst_window(end)
    for _ in range(copies):
        account = rng.choice(names.RUMOUR_ACCOUNTS)
        yield _posted(rng, start + BURST_LASTS * rng.random(), account, _disguise(rng, crisis_texts.RUMOUR))


def _disguise(rng: Random, text: str) -> str:
    words = text.split(" ")
    place = rng.randrange(len(words))
    words[place] = rng.choice((str.capitalize, str.upper, str.lower))(words[place])
    text = (" " * rng.choice((1, 1, 2))).join(words)
    mentions = "".join(f" @{rng.choice(names.ACCOUNTS)}" for _ in range(rng.choice((0, 0, 1, 2))))
    return text + mentions


def _publish(draft: _Draft, key: str) -> Published:
    """The id is a hash of everything, so that another scenario in the same store never takes it."""
    at = draft.at.replace(microsecond=draft.at.microsecond // 1000 * 1000)
    number = blake2b(f"{key}/{at.isoformat()}/{draft.source}/{draft.text}".encode(), digest_size=10).hexdigest()
    document: dict[str, Any] = {"id": number, "source": draft.source}
    if draft.account:
        document |= {"text": draft.text, "author": f"@{draft.account}", "published_at": int(at.timestamp() * 1000)}
        return Published(SOCIAL, at, document)
    document["published_at"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    document |= {"title": draft.text, "body": draft.body} if draft.body else {"title": draft.text}
    return Published(NEWS, at, document)
