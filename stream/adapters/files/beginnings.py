"""What a file of JSON is, by its beginning: lines, an array, or objects over several lines such as an API's answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from io import BufferedReader
from typing import Any

from models.tables import delimiter_of, delimiter_said
from stream.adapters.files.lines import BLOCK, UTF8_MARK, rejoined
from stream.pipeline.documents.columns import TEXTS, guess_columns
from stream.pipeline.documents.conversion import read_object
from stream.pipeline.documents.json_record import LENIENT

# What APIs call the list of what was found: newsapi.org and GDELT, newsdata.io, marketaux, feeds as JSON.
WRAPPERS = ("articles", "results", "data", "items")
# An object that begins with such a list, behind members of one value each, or a flat object.
_SCALAR = r'"(?!(?:text|title|body|source)")(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[-+.\w]+|\{[^{}\[\]]*\})\s*,\s*'
_WRAPPED = re.compile(rf'\s*\{{\s*(?:{_SCALAR})*"(?:{"|".join(WRAPPERS)})"\s*:\s*\[\s*[{{\]]')
_HEADINGS = ("title", "headline", "body")
_DEEPEST = 3  # names that lead to a list of documents, as response.results


class Form(Enum):
    """How the documents of a file are to be read."""

    LINES = "lines"
    ARRAY = "array"
    OBJECTS = "objects"
    TABLE = "table"


def begun(content: BufferedReader, chosen: Collection[str] = ()) -> tuple[Form, BufferedReader]:
    """Return what a file is, and its content again from the beginning.

    A pipe gives its first piece at will, so as much is read as is needed to tell: mostly the first line.

    Args:
        chosen: names of columns that somebody says it has.
    """
    head, ended = content.read1(BLOCK), False
    while (form := form_of(head, ended or len(head) >= BLOCK, chosen)) is None:
        more = content.read1(BLOCK)
        head, ended = head + more, not more
    return form, rejoined(head, content)


def form_of(head: bytes, whole: bool, chosen: Collection[str] = ()) -> Form | None:
    """Tell what a file is by its first bytes; None where more are needed, which is never so of the ``whole``.

    >>> form_of(b'{"status": "ok", "totalResults": 2, "articles": [{"title": "Up"}]}', True)
    <Form.OBJECTS: 'objects'>
    >>> form_of(b'{"source": "wire", "title": "Up", "items": [{"x": 1}]}', True)
    <Form.LINES: 'lines'>
    >>> form_of(b"Headline,Publisher,Date", True)
    <Form.TABLE: 'table'>
    """
    if not whole and len(head) < len(UTF8_MARK):
        return None
    text = head.decode("utf-8-sig", errors="ignore").lstrip()
    if text[:1] == "[":
        return Form.ARRAY
    line, end, behind = text.partition("\n")
    if not end and not whole:
        return None
    if text[:1] != "{":
        is_table = _is_heading(line.strip(), chosen) and not behind.lstrip().startswith("{")
        return Form.TABLE if is_table else Form.LINES
    row = read_object(line.encode(errors="ignore"))
    if row is None:
        return Form.OBJECTS if _WRAPPED.match(text) else _form_over_lines(text, whole)
    if is_document(row) or _WRAPPED.match(line):
        return Form.LINES if is_document(row) else Form.OBJECTS
    if behind.strip() or not list_of(row, chosen):
        return Form.LINES
    return Form.OBJECTS if whole else None  # many a line of JSON holds a list somewhere, so it has to stand alone


def _is_heading(line: str, chosen: Collection[str]) -> bool:
    """Whether a line has the names of a table's columns: a text is among them, or one that was chosen."""
    names = [name.strip(' "') for name in line.split(delimiter_of(line))]
    known = bool(guess_columns(names, {}).fields.keys() & set(TEXTS)) or any(name in names for name in chosen)
    return delimiter_said(line) is not None or (known and len(names) > 1)


def _form_over_lines(text: str, whole: bool) -> Form | None:
    """Tell whether an object that does not end with its line goes on behind it, or is a broken line."""
    try:
        row, end = LENIENT.raw_decode(text)
    except (ValueError, RecursionError) as error:
        # Of an object that goes on, the error stands at the end of its last whole line.
        last = len(text[: text.rfind("\n")].rstrip())
        return None if not whole and getattr(error, "pos", 0) >= last else Form.LINES
    # Behind one that ends in the first line follows what does not belong there, but where an old Mac wrote the file.
    first_line = text.rstrip().find("\n")
    return Form.OBJECTS if end > first_line and (first_line >= 0 or is_document(row)) else Form.LINES


def list_of(row: Mapping[str, Any], chosen: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names that lead to the list of documents in an answer, none where it has none or a text of its own.

    >>> list_of({"response": {"status": "ok", "results": [{"webTitle": "Up"}]}})
    ('response', 'results')
    """
    own = (name for field in TEXTS for name in guess_columns(row, {}).fields.get(field, ()))
    if "source" in row or any(name in row for name in chosen) or any(_is_text(row[name]) for name in own):
        return ()
    found = list(_lists(row, ()))
    documents = (path for path, item in found if guess_columns(item, {}).fields.keys() & set(TEXTS))
    return next(documents, next((path for path, _ in found if path[-1] in WRAPPERS), ()))


def _lists(row: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield where lists of objects stand, and the first object of each."""
    for name, value in row.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield (*above, name), value[0]
        elif isinstance(value, dict) and len(above) + 1 < _DEEPEST:
            yield from _lists(value, (*above, name))


def is_document(row: Mapping[str, Any]) -> bool:
    """Whether an object is a document, whatever lists it holds, rather than an answer around some.

    It has a text of its own; a title alone has a feed as JSON, too, but that is from no source.
    """
    if _is_text(row.get("text")):
        return True
    if not any(_is_text(row.get(name)) for name in _HEADINGS):
        return False
    return "source" in row or not any(
        _is_text(item.get(name)) for item in _listed(row) for name in ("text", *_HEADINGS)
    )


def _listed(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in WRAPPERS:
        items = row.get(name)
        yield from (item for item in (items if isinstance(items, list) else ()) if isinstance(item, dict))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
