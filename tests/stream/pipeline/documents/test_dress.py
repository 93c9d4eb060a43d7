"""What a text is wrapped in changes nothing of what is read of it; nor do bland words behind bad news."""

import csv
import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from random import Random

import pytest

from models.cache import CachedClassifier
from models.classifier import load_classifier
from models.labels import NEGATIVE
from models.text import normalise
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.record import ScoredDocument
from tests.stream.pipeline.documents.plain_parts import parts_of

FOLDERS = [folder / "shared/data" for folder in Path(__file__).resolve().parents[4:7]]
DATA = next((folder for folder in FOLDERS if folder.is_dir()), None)
AT = datetime(2026, 3, 5, tzinfo=UTC)
pytestmark = pytest.mark.skipif(DATA is None, reason="the real texts are not there")


def _rows(name: str) -> list[dict[str, str]]:
    assert DATA
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _sample(count: int, label: str | None = None) -> list[str]:
    rows = [row for row in _rows("sentiment.csv.gz") if row["split"] == "val" and label in (None, row["label"])]
    plain = [row["text"] for row in rows if row["text"].isascii() and "&" not in row["text"]]
    return Random(5).sample(plain, count)


def _letters(first: int) -> Callable[[str], str]:
    """Return what puts letters of a font of Unicode's mathematical ones in place of plain ones."""
    small = {chr(97 + at): chr(first + 26 + at) for at in range(26)}
    table = str.maketrans(small | {chr(65 + at): chr(first + at) for at in range(26)})
    return lambda text: text.translate(table)


FULL_WIDTH = str.maketrans({chr(at): chr(at + 0xFEE0) for at in range(0x21, 0x7F)} | {" ": "\u3000"})
LOOKALIKES = str.maketrans("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ")


def _lookalikes(text: str) -> str:
    """Put Cyrillic letters into words that keep a Latin one; in others nobody could tell."""

    def other(word: re.Match[str]) -> str:
        changed = word[0].translate(LOOKALIKES)
        return changed if re.search("[A-Za-z]", changed) else word[0]

    return re.sub("[A-Za-z]+", other, text)


DRESS: dict[str, Callable[[str], str]] = {
    "paragraph": lambda text: f"<p>{escape(text)}</p>",
    "page": lambda text: (
        f'<div class="a"><!-- x --><script>a < b</script><span style="b">{escape(text)}</span><br/></div>'
    ),
    "encoded twice": lambda text: escape(f"<p>{escape(text)}</p>"),
    "every sign an entity": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "emphasis": lambda text: " ".join(f"<b>{escape(word)}</b>" for word in text.split(" ")),
    "full-width": lambda text: text.translate(FULL_WIDTH),
    "bold": _letters(0x1D400),
    "bold italic": _letters(0x1D468),
    "sans": _letters(0x1D5A0),
    "monospace": _letters(0x1D670),
    "zero-width": lambda text: "\u200b".join(text),
    "joiners": lambda text: "\u2060\u200d".join(text),
    "soft hyphens": lambda text: "\u00ad".join(text),
    "byte order mark": lambda text: f"\ufeff{text}",
    "right to left": lambda text: f"\u202d{text}\u202c",
    "struck through": lambda text: "".join(f"{sign}\u0336" for sign in text),
    "other spaces": lambda text: text.replace(" ", "\u00a0\u2009"),
    "curly": lambda text: text.replace("'", "’").replace('"', "“"),
    "lookalikes": _lookalikes,
    "newsletter": lambda text: f"{text}\n\nSign up for our daily newsletter to get the best stories in your inbox!",
    "disclaimer": lambda text: f"{text}\nDisclaimer: this is no advice. Losses are possible, and crashes do happen.",
    "rights": lambda text: f"{text}\n© 2026 Wire. All rights reserved.",
    "footer": lambda text: f"{text}\n--\nYou are receiving this email because you signed up. Unsubscribe",
    "read more": lambda text: f"{text}\nRead more: https://wire.example/a",
}


@pytest.mark.parametrize("kind", DRESS)
def test_dress_changes_nothing_of_what_the_model_reads(kind: str) -> None:
    for text in _sample(100):
        plain = Document(id="1", source="wire", published_at=AT, text=text)
        dressed = Document(id="1", source="wire", published_at=AT, text=DRESS[kind](text))
        assert [normalise(part) for part in parts_of(dressed)] == [normalise(part) for part in parts_of(plain)]


def test_bad_news_stay_negative_with_bland_words_behind_them() -> None:
    classifier = CachedClassifier(load_classifier(threads=1), 1000)
    bodies = [row["text"].split()[60:290] for row in _rows("extra/wikinews_topic_articles.csv.gz")]
    bland = Random(5).sample([" ".join(words) for words in bodies if len(words) == 230], 70)

    def negative(texts: list[str]) -> list[str]:
        documents = [Document(id="1", source="wire", published_at=AT, text=text) for text in texts]
        answers = zip(texts, score(documents, classifier), strict=True)
        return [text for text, one in answers if isinstance(one, ScoredDocument) and one.sentiment.label == NEGATIVE]

    bad = negative(_sample(200, NEGATIVE))[:70]
    assert len(bad) == 70
    assert len(negative([f"{text.rstrip(' .')}.\n{body}" for text, body in zip(bad, bland, strict=True)])) >= 63
