"""Emoji are words to the model, and to nobody else; a word that one is glued to is read."""

from __future__ import annotations

import unicodedata

import pytest

from models.artifact import DEFAULT, open_artifact
from models.classifier import Classified, load_classifier
from models.cleaning.emoji import _WORD_OF, with_emoji_as_words
from models.labels import SENTIMENT
from models.runtime.consistency import open_tokenizer
from models.spans import normalised_spans
from models.text import clean, normalise


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("$ABC to the moon\U0001f680\U0001f680\U0001f680", "$ABC to the moon going up"),
        ("\U0001f48e\U0001f64c hold", "holding strong good hold"),
        ("red day\U0001fa78 \U0001f4c9\U0001f4c9", "red day bleeding going down"),
        ("\U0001f44d\U0001f3fd deal\u2757", "good deal"),  # with a tone of skin; one that has no word
        ("\u2764\ufe0f this stock", "good this stock"),
        ("\U0001f384", "\U0001f384"),
        ("Caf\u00e9 \u2013 5 \u20ac", "Caf\u00e9 \u2013 5 \u20ac"),
        ("Plain text", "Plain text"),
    ],
)
def test_what_the_model_reads(text: str, read: str) -> None:
    assert normalise(text) == read


def test_stories_and_what_is_shown_keep_them() -> None:
    assert "\U0001f680" in clean("to the moon \U0001f680")


@pytest.mark.parametrize("sign", sorted(_WORD_OF))
def test_each_stays_itself_in_cleaning_and_is_known_to_the_tokenizer(sign: str) -> None:
    tokens = open_tokenizer(open_artifact(DEFAULT)).encode(normalise(f"stock{sign}")).tokens
    assert len(sign) == 1, unicodedata.name(sign[0])
    assert "stock" in tokens
    assert "[UNK]" not in tokens


def test_a_name_beside_one_is_still_found() -> None:
    plain, ((place,),) = normalised_spans("\U0001f680\U0001f680Acme\U0001f680 up", [[(2, 6)]])
    assert plain[slice(*place)] == "Acme"


def test_what_falls_and_what_rises_are_told_apart() -> None:
    answers = load_classifier(DEFAULT, "cpu", 1).classify(["$ABC \U0001f4c9\U0001fa78", "$ABC \U0001f680\U0001f4c8"])
    falls, rises = (answer.heads[SENTIMENT].label for answer in answers if isinstance(answer, Classified))
    assert (falls, rises) == ("negative", "positive")


def test_a_text_is_worded_once() -> None:
    once = with_emoji_as_words("a\U0001f525b")
    assert with_emoji_as_words(once) == once == "a hot b"
