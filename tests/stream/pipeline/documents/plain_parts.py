"""What is read of a document in which nobody looks for names."""

from typing import NamedTuple

from stream.pipeline.documents.document import Document
from stream.pipeline.documents.parts import named_parts, texts_of
from stream.pipeline.documents.places import NamedPart


class Parts(NamedTuple):
    """What is read of a document. ``body`` is empty where all of it is ``headline``; ``rest`` begins with it."""

    headline: str
    body: str = ""
    rest: str = ""


def parts_of(document: Document) -> Parts:
    """Return the headline of ``document`` and the beginning of its body, both cleaned."""
    parts = named_parts(*(NamedPart(text, {}) for text in texts_of(document)))
    return Parts(parts.headline.text, parts.body.text, parts.rest.text)
