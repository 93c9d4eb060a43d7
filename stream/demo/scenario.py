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
from typing import Any, Final

from stream.demo.english import ENGLISH
from stream.demo.grammar import Cast, cashtag, draw_cast, expand
from stream.demo.script import Script
from stream.demo.wording import Wording

NEWS, SOCIAL = "news", "social"

CRISIS_BEFORE_END, CRISIS_LASTS = timedelta(hours=3), timedelta(minutes=55)
BURST_BEFORE_END, BURST_LASTS = timedelta(hours=29), timedelta(minutes=30)
COPIES = 1_500  # of the rumour
REPOSTED = 0.004  # the part of ordinary documents that others copy a few times

END_HOUR = 18
# Traffic by hour of the market's day, midnight first, relative to one another.
PROFILE = (2, 2, 2, 2, 2, 3, 5, 9, 13, 16, 17, 16, 15, 16, 18, 18, 17, 16, 13, 9, 7, 5, 4, 3)
# Of the rumour, where it is denied.
DENIED_AFTER, DENIED_FOR = timedelta(minutes=20), timedelta(hours=4)


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


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is.

    Attributes:
        days: of traffic, at least 2: the rumour runs the day before the last.
        per_day: ordinary documents a day, on average; reposts come on top.
        crisis: documents of the run on the bank, see :func:`crisis_window`.
        copies: copies of the rumour, see :func:`burst_window`.

    Raises:
        ValueError: they are too small.
    """

    days: int = 4
    per_day: int = 3_000
    crisis: int = 200
    copies: int = COPIES

    def __post_init__(self) -> None:
        """Refuse what makes no scenario."""
        if self.days < 2 or self.per_day < 1:
            raise ValueError(f"at least 2 days of 1 document are needed, not {self.days} of {self.per_day}")


FULL: Final = Sizes()


def generate(seed: int, end: datetime, sizes: Sizes = FULL, script: Script = ENGLISH) -> list[Published]:
    """Return the documents of the days before ``end``, in event-time order.

    Args:
        seed: the same seed, end, sizes and script give the same documents.
        end: aware; all times lie before it.
        script: what they say, in which language.
    """
    if end.tzinfo is None:
        raise ValueError("end has no time zone")
    writer = _Writer(script, end.astimezone(UTC))
    drafts = [
        *writer.ordinary(Random(f"{seed} ordinary"), sizes.days, sizes.per_day),  # noqa: S311
        *writer.crisis(Random(f"{seed} crisis"), sizes.crisis),  # noqa: S311
        *writer.burst(Random(f"{seed} burst"), sizes.copies),  # noqa: S311
        *writer.denials(Random(f"{seed} denials")),  # noqa: S311
    ]
    drafts.sort(key=lambda draft: draft.at)
    return [_publish(draft, f"{seed}/{writer.end.isoformat()}/{number}") for number, draft in enumerate(drafts)]


def crisis_window(end: datetime) -> tuple[datetime, datetime]:
    """Return when the run on the bank starts and when it is over."""
    return end - CRISIS_BEFORE_END, end - CRISIS_BEFORE_END + CRISIS_LASTS


def burst_window(end: datetime) -> tuple[datetime, datetime]:
    """Return when the copies of the rumour start and when they stop."""
    return end - BURST_BEFORE_END, end - BURST_BEFORE_END + BURST_LASTS


class _Writer:
    """Writes the drafts of the scenario that ends at ``end``."""

    def __init__(self, script: Script, end: datetime) -> None:
        self.end, self._script = end, script
        self._names, self._texts = script.names, script.incidents
        self._topics, wordings = tuple(script.wordings), script.wordings.values()
        self._weights = tuple(accumulate(wording.weight for wording in wordings))
        self._account_weights = tuple(accumulate(1 / (rank + 5) for rank in range(len(script.names.accounts))))

    def ordinary(self, rng: Random, days: int, per_day: int) -> Iterator[_Draft]:
        """Yield what is written on usual days."""
        for at in _arrivals(rng, self.end, days, per_day):
            topic = rng.choices(self._topics, cum_weights=self._weights)[0]
            draft = self._compose(rng, at, self._script.wordings[topic], failing=at >= self.end - CRISIS_BEFORE_END)
            yield draft
            if rng.random() < REPOSTED:
                yield from self._reposts(rng, draft)

    def crisis(self, rng: Random, documents: int) -> Iterator[_Draft]:
        """Yield many voices, each in its own words; they swell to a peak in a third of the time, then thin out."""
        start, _ = crisis_window(self.end)
        texts = self._texts
        for _ in range(documents):
            at = start + CRISIS_LASTS * rng.betavariate(2, 3)
            cast = self._without_the_bank(draw_cast(rng, self._names))
            posted, calm = rng.random() < 0.5, rng.random() < 0.12
            own = texts.social if posted else texts.business
            text = self._expand(rng.choice(texts.calm if calm else (*texts.shares, *own)), rng, cast)
            if posted:
                yield self._posted(rng, at, rng.choice(self._names.accounts), text)
            else:
                body = "" if calm else self._expand(rng.choice(texts.follow_ups), rng, cast)
                yield _Draft(at, rng.choice(self._names.newsrooms), self._script.report(rng, text), body)

    def burst(self, rng: Random, copies: int) -> Iterator[_Draft]:
        """Yield the copies of the rumour: few accounts, one text."""
        start, _ = burst_window(self.end)
        for _ in range(copies):
            account = rng.choice(self._names.rumour_accounts)
            at = start + BURST_LASTS * rng.random()
            yield self._posted(rng, at, account, self._script.disguise(rng, self._texts.rumour))

    def denials(self, rng: Random) -> Iterator[_Draft]:
        """Yield what is reported of the rumour when it is over."""
        _, over = burst_window(self.end)
        for template in self._texts.denials:
            text = self._expand(template, rng, draw_cast(rng, self._names))
            yield _Draft(over + DENIED_AFTER + DENIED_FOR * rng.random(), rng.choice(self._names.newsrooms), text)

    def _compose(self, rng: Random, at: datetime, wording: Wording, *, failing: bool) -> _Draft:
        even = 1 - wording.down - wording.up
        templates = rng.choices((wording.bad, wording.plain, wording.good), (wording.down, even, wording.up))[0]
        template, cast = rng.choice(templates), draw_cast(rng, self._names)
        # The bank that fails is well spoken of until it does, and then the crisis alone speaks of it.
        cast = self._without_the_bank(cast) if failing or templates is wording.bad else cast
        text = self._expand(template, rng, cast)
        if rng.random() < wording.social:
            account = rng.choices(self._names.accounts, cum_weights=self._account_weights)[0]
            tag = f" {rng.choice(self._names.tags)}" if rng.random() < 0.15 else ""
            return self._posted(rng, at, account, text + tag)
        source = rng.choice(self._names.newsrooms)
        return _Draft(at, source, self._script.report(rng, text))

    def _expand(self, template: str, rng: Random, cast: Cast) -> str:
        return expand(template, rng, cast, self._script.numbers)

    def _without_the_bank(self, cast: Cast) -> Cast:
        """Return ``cast`` with others in the place of the bank that fails."""
        names = self._names
        if cast.company == names.failing:
            company, ticker = names.companies[0]
            cast = cast._replace(company=company, ticker=cashtag(names, company, ticker))
        return cast._replace(bank=names.banks[0]) if cast.bank == names.failing else cast

    def _posted(self, rng: Random, at: datetime, account: str, text: str) -> _Draft:
        """Most posts carry a link."""
        link = f" {self._names.site}{rng.getrandbits(32):08x}" if rng.random() < 0.6 else ""
        return _Draft(at, f"{self._names.network}/{account}", text + link, account=account)

    def _reposts(self, rng: Random, original: _Draft) -> Iterator[_Draft]:
        """One to four other accounts copy what they read within the hour."""
        for account in rng.sample(self._names.accounts, rng.randint(1, 4)):
            at = original.at + timedelta(seconds=rng.uniform(20, 3_600))
            if at < self.end:
                yield self._posted(rng, at, account, self._script.repost(rng, original.text))


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
