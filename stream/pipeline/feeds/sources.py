"""The file of sources, as values; :mod:`stream.adapters.files.sources` reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from stream.errors import Place, PlaceError, SettingsError
from stream.pipeline.units import Duration, Name, Secret, Text, duration

# They bound what one worker keeps of its sources, and the search for keywords in each text.
MAX_SOURCES, MAX_KEYWORDS = 10_000, 1000
# More often than the floor is no manners, and the SEC's page of newest filings is the one that needs it. More seldom
# than the ceiling, a feed has dropped items that nobody has seen.
FLOOR, EDGAR_FLOOR, CEILING = timedelta(minutes=1), timedelta(seconds=30), timedelta(days=7)
DEFAULT_EVERY = {"rss": "5m", "edgar": "1m", "jetstream": "1m", "mastodon": "1m"}
EDGAR_URL = "https://www.sec.gov/cgi-bin/browse-edgar"
JETSTREAM_URL = "wss://jetstream.us-east.bsky.network/xrpc/network.bsky.jetstream.subscribeEvents"
DEFAULT_URL = {"edgar": EDGAR_URL, "jetstream": JETSTREAM_URL}
POLLED: frozenset[str] = frozenset({"rss", "edgar"})
_SCHEMES = {"jetstream": ("wss", "ws")}

Keyword = Annotated[str, Meta(min_length=2, max_length=100)]


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source of documents.

    Attributes:
        name: of the source, in commands, metrics and the store; another name is another source.
        type: rss (RSS, Atom and JSON Feed), edgar (newest filings at the SEC), jetstream (Bluesky), mastodon.
        url: where it is; edgar and jetstream have one of their own.
        channel: the topic of raw documents that it goes to; news for rss and edgar, social for the others.
        source: stands as ``source`` in its documents; the name if unset. Posts of a network have one per account.
        language: of its texts, as en or zh; what the feed says of an item comes first.
        every: how often it is asked, at most; what its server asks for may make it more seldom.
        enabled: false leaves it alone.
        full_text: fetch the page of each item, too, and take its text.
        mask: personal data that is masked before anything is stored.
        keywords: only documents that hold one of these, as words, whatever the case.
        lists: only accounts of these (jetstream: DIDs; mastodon: streams as public, hashtag/finance, list/12).
        forms: only filings of these forms (edgar), as 8-K.
        token: where the token is kept that the server asks for.
        allow_http: also without TLS.
        allow_private: also at addresses that are not of the public internet.
    """

    name: Name
    type: Literal["rss", "edgar", "jetstream", "mastodon"] = "rss"
    url: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    channel: Literal["news", "social"] | None = None
    source: Text | None = None
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=40)] | None = None
    every: Duration | None = None
    enabled: bool = True
    full_text: bool = False
    mask: tuple[Literal["email", "phone", "card", "iban", "handle"], ...] = ()
    keywords: Annotated[tuple[Keyword, ...], Meta(max_length=MAX_KEYWORDS)] = ()
    lists: Annotated[tuple[Text, ...], Meta(max_length=MAX_SOURCES)] = ()
    forms: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()
    token: Secret | None = None
    allow_http: bool = False
    allow_private: bool = False


class SourcesSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: the sources."""

    sources: Annotated[tuple[SourceSpec, ...], Meta(max_length=MAX_SOURCES)] = ()


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source, with its defaults filled in; its token is kept apart."""

    name: str
    type: str
    url: str
    channel: str
    source: str
    every: timedelta
    language: str | None = None
    full_text: bool = False
    mask: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    allow_http: bool = False
    allow_private: bool = False


def sources_of(spec: SourcesSpec, *, everything: bool = False) -> tuple[Source, ...]:
    """Return the sources of a file that are on, or all.

    Raises:
        PlaceError: a name or an address stands twice, an address is missing or cannot be used, a field does nothing
            for this type, ``every`` is too short or too long, a token is kept nowhere or in two places.
    """
    names: dict[str, int] = {}
    addresses: dict[tuple[str, str, str], str] = {}
    found = []
    for number, one in enumerate(spec.sources):
        place: Place = ("sources", number)
        if one.name in names:
            raise PlaceError((*place, "name"), f"the name '{one.name}' is taken further up")
        names[one.name] = number
        source = _source(one, place)
        if not (one.enabled or everything):
            continue
        key = (source.type, source.url, source.channel)
        if source.type == "rss" and key in addresses:
            raise PlaceError(
                (*place, "url"), f"the source '{addresses[key]}' has this address; each item would count twice"
            )
        addresses[key] = source.name
        found.append(source)
    return tuple(found)


def secret_of(source: SourceSpec) -> Secret | None:
    """Return where a source's token is kept; None: it has none, or is off."""
    return source.token if source.enabled else None


def _source(spec: SourceSpec, place: Place) -> Source:
    _check_fields(spec, place)
    return Source(
        name=spec.name,
        type=spec.type,
        url=_url(spec, place),
        channel=spec.channel or ("news" if spec.type in POLLED else "social"),
        source=spec.source or spec.name,
        every=_every(spec, place),
        language=spec.language,
        full_text=spec.full_text,
        mask=spec.mask,
        keywords=spec.keywords,
        lists=spec.lists,
        forms=spec.forms,
        allow_http=spec.allow_http,
        allow_private=spec.allow_private,
    )


def _check_fields(spec: SourceSpec, place: Place) -> None:
    if spec.forms and spec.type != "edgar":
        raise PlaceError((*place, "forms"), f"source '{spec.name}': only a source of type edgar has forms")
    if spec.lists and spec.type in POLLED:
        raise PlaceError((*place, "lists"), f"source '{spec.name}': a source of type {spec.type} has no lists")
    if spec.full_text and spec.type not in POLLED:
        raise PlaceError((*place, "full_text"), f"source '{spec.name}': a source of type {spec.type} has no pages")
    if spec.token is not None and (spec.token.env is None) == (spec.token.file is None):
        raise PlaceError((*place, "token"), "one of 'env' and 'file' says where the secret is kept")


def _url(spec: SourceSpec, place: Place) -> str:
    place = (*place, "url")
    url = spec.url or DEFAULT_URL.get(spec.type)
    if url is None:
        raise PlaceError(place, f"source '{spec.name}': 'url' is missing")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise PlaceError(place, f"source '{spec.name}': the address cannot be read: {error}") from None
    secure, plain = _SCHEMES.get(spec.type, ("https", "http"))
    if parts.scheme not in (secure, plain) or not host:
        raise PlaceError(place, f"source '{spec.name}': {secure}://... is expected")
    if parts.scheme == plain and not spec.allow_http:
        raise PlaceError(place, f"source '{spec.name}': it is not over TLS; use {secure}, or set allow_http: true")
    if parts.username or parts.password:
        raise PlaceError(place, f"source '{spec.name}': an address holds no password; use 'token'")
    return url


def _every(spec: SourceSpec, place: Place) -> timedelta:
    place, text = (*place, "every"), spec.every or DEFAULT_EVERY[spec.type]
    try:
        length = duration(text)
    except SettingsError as error:
        raise PlaceError(place, str(error)) from None
    floor = EDGAR_FLOOR if spec.type == "edgar" else FLOOR
    if not floor <= length <= CEILING:
        least = f"{floor.total_seconds():.0f}s"
        raise PlaceError(place, f"'{text}' is too {'short' if length < floor else 'long'}: {least} to {CEILING.days}d")
    return length
