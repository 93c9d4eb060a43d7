"""EDGAR's newest filings as items: one for each filing, whoever it is listed for.

The page ``browse-edgar?action=getcurrent`` is Atom. A filing stands in it once for each filer, subject and reporting
person, every time under the same accession number.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from stream.pipeline.feeds.parse import Feed, Item

PAGE = 100  # entries: as many as the page gives at most
# Whose name a filing bears: the company that it is about, before persons who report on it.
_ROLES = {"Issuer": 0, "Subject": 1, "Filer": 2, "Filed by": 3, "Reporting": 4}
_TITLE = re.compile(r"(?P<form>\S+(?: \S+)?) - (?P<name>.+?) \((?P<cik>\d{4,10})\)(?: \((?P<role>[^()]+)\))?\s*")
_HEAD = re.compile(r"(?<!\s)\s*+<b>Filed:</b>.*?(?:<br\s*/?>|$)", re.IGNORECASE | re.DOTALL)
_ITEM = re.compile(r"Item\s+[\d.]+:\s*")


def page_address(url: str, form: str, start: int) -> str:
    """Return the address of a page of newest filings; ``form`` "" are all.

    >>> page_address("https://www.sec.gov/e", "8-K", 0)
    'https://www.sec.gov/e?action=getcurrent&type=8-K&owner=include&count=100&start=0&output=atom'
    """
    parts = urlsplit(url)
    ours = {"action": "getcurrent", "type": form, "owner": "include", "count": PAGE, "start": start, "output": "atom"}
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **ours}
    return urlunsplit(parts._replace(query=urlencode(query)))


def filings(feed: Feed) -> Feed:
    """Return one item for each filing, in the order of the page: whose it is, its form, what it says."""
    best: dict[str, tuple[int, Item]] = {}
    for item in feed.items:
        number = item.guid or item.link or item.title
        found = _TITLE.fullmatch(item.title)
        rank = _ROLES.get(found["role"] or "", len(_ROLES)) if found else len(_ROLES) + 1
        if number not in best or rank < best[number][0]:
            best[number] = rank, _filing(item, found)
    return replace(feed, items=tuple(item for _, item in best.values()))


def _filing(item: Item, found: re.Match[str] | None) -> Item:
    about = _ITEM.sub("", _HEAD.sub("", item.body, count=1))
    title = f"{found['name']} files {found['form']}" if found else item.title
    return replace(item, title=title, body=about, lang=item.lang or "en")
