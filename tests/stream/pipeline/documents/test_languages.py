"""What no model reads has no sentiment: it stands in the log, counts apart, and takes no other document with it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from models.calibration import Calibration
from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from stream.errors import DocumentError
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.languages import published_language
from stream.pipeline.documents.places import Spans
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import Origin, ScoredDocument, UnreadDocument
from stream.pipeline.rules import Rule
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.contribution import contribution_of

AT = datetime(2026, 3, 5, tzinfo=UTC)


class _Classifier:
    name, hash = "fake", "hash"
    calibrations: Mapping[str, Calibration] = {}

    def __init__(self, *languages: str) -> None:
        self.languages = frozenset(languages)
        self.asked: list[str] = []

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Spans]] = ()) -> list[Classified | TextError]:
        self.asked += texts
        neutral = Prediction("neutral", {"negative": 0.1, "neutral": 0.8, "positive": 0.1})
        return [Classified({SENTIMENT: neutral, TOPIC: Prediction("Macro", {"Macro": 1.0})}) for _ in texts]


def _document(text: str, lang: str | None = None) -> Document:
    return Document(id=text, source="wire", published_at=AT, text=text, lang=lang)


CHINESE, ENGLISH, NEITHER = "恒大集团申请破产保护", "Lender files for insolvency, says the court", "$TSLA 300?!"
DOCUMENTS = [_document(CHINESE), _document(ENGLISH), _document(NEITHER), _document("Gewinn", "de-CH")]


def test_what_the_model_does_not_read_is_not_asked_about() -> None:
    classifier = _Classifier("en")
    chinese, english, neither, german = score(DOCUMENTS, classifier)
    assert classifier.asked == [ENGLISH, NEITHER]
    assert isinstance(chinese, UnreadDocument)
    assert isinstance(german, UnreadDocument)
    assert (chinese.language, german.language, chinese.text) == ("zh", "de", CHINESE)
    assert isinstance(english, ScoredDocument)
    assert isinstance(neither, ScoredDocument)
    assert (english.language, neither.language) == ("en", "")


def test_a_model_of_two_languages_reads_both() -> None:
    kinds = [type(answer) for answer in score(DOCUMENTS, _Classifier("en", "zh"))]
    assert kinds == [ScoredDocument, ScoredDocument, ScoredDocument, UnreadDocument]


def test_where_languages_are_not_looked_at_all_is_read() -> None:
    answers = score(DOCUMENTS, _Classifier())
    assert all(isinstance(answer, ScoredDocument) and not answer.language for answer in answers)


def test_the_publisher_is_heeded() -> None:
    (answer,) = score([_document(CHINESE, "en")], _Classifier("en"))
    assert isinstance(answer, ScoredDocument)


@pytest.mark.parametrize(
    ("lang", "language"),
    [
        ("en", "en"), ("EN-us", "en"), ("en_GB", "en"), ("eng", "en"), ("English", "en"), ("zh-Hans-CN", "zh"),
        ("cmn", "zh"), ("Chinese", "zh"), ("deu", "de"), ("sw", "sw"), ("tlh", "other"), ("x-klingon", ""),
        ("und", ""), ("qme", ""), ("zxx", ""), ("", ""), (" ", ""), ("unknown", ""), ("in", "id"),
        ("zh-Hans", "zh"), ("ZH", "zh"), ("english (US)", "en"), ("Chinese (Simplified)", "zh"), ("mandarin", "zh"),
        ("en;q=0.9", "en"), ("en-GB,en;q=0.8", "en"), ("en,de", ""), ("english, german", ""), ("'en'", "en"),
        ("en_US.UTF-8", "en"), ("de_DE@euro", "de"), ("cn", "zh"), ("jp", "ja"), ("\u4e2d\u6587", "zh"), ("no", "no"),
        ("us", ""), ("gb", ""), ("xx", ""), ("C", ""), ("nan", ""), ("NaN", ""), ("n/a", ""), ("-", ""), ("multi", ""),
        ("other", ""), ("x-default", ""), ("to be determined", ""), ("false", ""), ("0", ""), ("[en]", "en"),
    ],
)  # fmt: skip
def test_what_publishers_write_as_the_language(lang: str, language: str) -> None:
    assert published_language(lang) == language


@pytest.mark.parametrize("lang", ["us", "n/a", "nan", "en,de", "lang=en", "x-default", "1"])
def test_a_word_that_is_no_language_loses_no_english_document(lang: str) -> None:
    (answer,) = score([_document("Shares of the lender plunge", lang)], _Classifier("en"))
    assert isinstance(answer, ScoredDocument)
    assert answer.language == "en"


PLUNGE = "Acme Bank shares plunge after the regulator warns about its losses"


@pytest.mark.parametrize(
    "lang",
    [
        "NA",
        "na",
        "<NA>",
        "UK",
        "IN",
        "CA",
        "SG",
        "ZA",
        "IE",
        "CH",
        "BR",
        "SE",
        "NO",
        "IS",
        "AS",
        "OR",
        "IT",
        "de",
        "jp",
    ],
)
def test_a_country_or_a_word_loses_no_english_document(lang: str) -> None:
    (answer,) = score([_document(PLUNGE, lang)], _Classifier("en"))
    assert isinstance(answer, ScoredDocument)
    assert answer.language == "en"


@pytest.mark.parametrize(
    ("text", "lang", "language"),
    [
        ("La Bce alza i tassi di interesse", "it", "it"), ("Crollo Tesla", "IT", "it"), ("Apple results", "it", "it"),
        ("Investor Day di Eni: guidance confermata", "it", "it"), ("Price war: Tesla abbassa i prezzi", "it", "it"),
        ("Siemens: Buy-Rating, Investor Day", "DE", "de"), ("日銀総裁会見", "ja", "ja"), ("日銀利上決定", "jp", "ja"),
        (PLUNGE, "it-IT", "it"), (PLUNGE, "zh", "zh"), (PLUNGE, "ita", "it"), (PLUNGE, "Italian", "it"),
    ],
)  # fmt: skip
def test_what_is_not_plainly_english_is_what_the_publisher_says(text: str, lang: str, language: str) -> None:
    (answer,) = score([_document(text, lang)], _Classifier("en"))
    assert isinstance(answer, UnreadDocument)
    assert answer.language == language


@pytest.mark.parametrize("lang", ["SG", "TW", "CN", "zh"])
def test_a_country_loses_no_chinese_document(lang: str) -> None:
    (answer,) = score([_document(CHINESE, lang)], _Classifier("zh"))
    assert isinstance(answer, ScoredDocument)


def test_it_stands_in_the_log_and_counts_apart() -> None:
    (answer,) = score([_document(CHINESE)], _Classifier("en"))
    assert isinstance(answer, UnreadDocument)
    logged = msgspec.structs.replace(answer, origin=Origin("bellwether.news", 0, 1, 1772668800000), scored_at=AT)
    read = read_scored(msgspec.json.encode(logged))
    assert read == logged
    row = contribution_of(read)
    assert row.series == ("unread:zh",)
    assert row.raw == Bucket(documents=1)
    assert row.evidence is None
    assert not Rule(name="all").watches("unread:zh")


@pytest.mark.parametrize(
    "change", [{"language": ""}, {"language": 5}, {"not_read": False}, {"language": "x" * 5000}, {"text": None}]
)
def test_a_record_that_only_looks_like_it_is_refused(change: dict[str, object]) -> None:
    (answer,) = score([_document(CHINESE)], _Classifier("en"))
    with pytest.raises(DocumentError):
        read_scored(msgspec.json.encode(msgspec.to_builtins(answer) | change))
