"""Lists of feeds as feed readers exchange them: OPML read into a file of sources, and written from one."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import listparser

from stream.adapters.files.watched import read_limited
from stream.errors import SettingsError
from stream.pipeline.feeds.sources import Source

MAX_BYTES = 8 * 1024 * 1024
_SCHEME = re.compile(r"feed:(//|(?=https?:))(https?://)?", re.IGNORECASE)
_NOT_IN_NAMES = re.compile("[^a-z0-9]+")


def sources_of_opml(path: Path) -> tuple[str, int]:
    """Return the text of a file of sources with the feeds of an OPML file, and how many these are.

    Raises:
        SettingsError: the file cannot be read, or names no feed.
    """
    text = read_limited(path, MAX_BYTES)
    if "<!ENTITY" in text:
        raise SettingsError(f"{path}: entities are not read")
    found = listparser.parse(text)
    lines, names, urls = ["# yaml-language-server: $schema=sources.schema.json", "sources:"], set[str](), set[str]()
    group = None
    for feed in found.feeds:
        url = _SCHEME.sub("https://", feed.url or "")
        if not url.lower().startswith(("https://", "http://")) or url in urls:
            continue
        urls.add(url)
        if (of := _group(feed)) != group:
            group = of
            lines += ["", f"  # {' '.join(group.split())}"] if group else [""]
        fields = {"name": _name(feed.title or url, names), "url": url}
        plain = ", allow_http: true" if url.lower().startswith("http:") else ""
        lines.append("  - {" + ", ".join(f"{key}: {json.dumps(value)}" for key, value in fields.items()) + plain + "}")
    if not urls:
        raise SettingsError(f"{path}: it is no OPML, or names no feed")
    return "\n".join(lines) + "\n", len(urls)


def opml_of(sources: Iterable[Source]) -> str:
    """Return the feeds among some sources as OPML."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Sources of Bellwether"
    body = ElementTree.SubElement(root, "body")
    for one in sources:
        if one.type == "rss":
            outline: Mapping[str, str] = {"type": "rss", "text": one.source, "title": one.source, "xmlUrl": one.url}
            ElementTree.SubElement(body, "outline", dict(outline))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _group(feed: object) -> str:
    categories = getattr(feed, "categories", None) or []
    return " / ".join(categories[0]) if categories else ""


def _name(title: str, taken: set[str]) -> str:
    """Return a name of small letters, digits and hyphens that no other source has, and take it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = _NOT_IN_NAMES.sub("-", plain.removeprefix("https://").removeprefix("http://")).strip("-")[:36].strip("-")
    stem = stem if stem[:1].isalpha() else f"feed-{stem}".rstrip("-")
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return name
