"""Lists of feeds as feed readers exchange them: OPML read into a file of sources, and written from one."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import listparser
import msgspec

from stream.adapters.files.watched import read_limited
from stream.errors import PlaceError, SettingsError
from stream.pipeline.feeds.sources import Source, SourceSpec, SourcesSpec, sources_of
from stream.plain_problems import problem_of

MAX_BYTES = 8 * 1024 * 1024
_DECLARED = '<?xml version="1.0" encoding="UTF-8"?>'
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_SCHEME = re.compile(r"feed:(//|(?=https?:))(https?://)?", re.IGNORECASE)
_NOT_IN_NAMES = re.compile("[^a-z0-9]+")


def sources_of_opml(path: Path) -> tuple[str, int, list[str]]:
    """Return the text of a file of sources with the feeds of an OPML file, how many these are, and what is left out.

    A feed stands once, however often it is listed.

    Raises:
        SettingsError: the file cannot be read, or names no feed that can be asked.
    """
    text = read_limited(path, MAX_BYTES)
    if "<!ENTITY" in text:
        raise SettingsError(f"{path}: entities are not read")
    # What reads it takes a text that does not name its encoding for Latin-1.
    found = listparser.parse(_DECLARED + _DECLARATION.sub("", text))
    lines, names, urls = ["sources:"], set[str](), set[str]()
    group, left_out = None, list[str]()
    for feed in found.feeds:
        url = _SCHEME.sub("https://", (feed.url or "").strip())
        if url in urls:
            continue
        fields = {"name": _name(feed.title or url, names), "url": url}
        if problem := _problem(fields):
            left_out.append(f"{url[:200]}: {problem}")
            continue
        urls.add(url)
        if (of := _group(feed)) != group:
            group = of
            lines += ["", f"  # {group}"] if group else [""]
        plain = ", allow_http: true" if url.lower().startswith("http:") else ""
        lines.append("  - {" + ", ".join(f"{key}: {json.dumps(value)}" for key, value in fields.items()) + plain + "}")
    if not urls:
        raise SettingsError(f"{path}: {left_out[0]}" if left_out else f"{path}: it is no OPML, or names no feed")
    return "\n".join(lines) + "\n", len(urls), left_out


def _problem(fields: Mapping[str, str]) -> str:
    """Return why a feed can be no source; empty: it can."""
    try:
        spec = msgspec.convert({**fields, "allow_http": True}, SourceSpec)
        sources_of(SourcesSpec(sources=(spec,)))
    except msgspec.ValidationError as error:
        return problem_of(error, SourceSpec).said
    except PlaceError as error:
        return str(error).removeprefix(f"source '{fields['name']}': ")
    return ""


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
    said = " / ".join(categories[0]) if categories else ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())


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
