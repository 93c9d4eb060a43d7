"""What is wrong in a file is said in plain words, whatever kind of wrong it is."""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from stream.adapters.files.strict_yaml import YamlFile
from stream.adapters.files.watchlist import read_watchlist
from stream.errors import SettingsError
from stream.pipeline.units import Duration, Name, Secret
from stream.plain_problems import in_plain_words


class _Cat(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="cat"):
    lives: int = 9


class _Dog(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="dog"):
    pass


class _File(msgspec.Struct, forbid_unknown_fields=True):
    title: Annotated[str, Meta(min_length=1, max_length=3)] = "x"
    words: Annotated[tuple[str, ...], Meta(min_length=1)] = ("a",)
    colour: Literal["red", "blue"] = "red"
    share: Annotated[float, Meta(gt=0, le=5)] = 1.0
    animal: _Cat | _Dog | None = None
    loud: bool = False
    name: Name = "a"
    wait: Duration = "1m"
    counts: dict[str, int] = {}
    key: Secret | None = None
    keys: tuple[Secret, ...] = ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: ''", "title: it is empty"),
        ("title: long", "title: it is too long: at most 3 characters"),
        ("title: ON", "title: a text is expected; this is read as true or false; put it in quotation marks"),
        ("title: 2026-11-29", "title: a text is expected; this is read as a date; put it in quotation marks"),
        ("title: 700", "title: a text is expected; this is a number; put it in quotation marks"),
        ("title:", "title: a text is expected; nothing stands here"),
        ("words: AAPL", "words: a list is expected, as in `[one, two]`; this is a text"),
        ("words: []", "words: it is empty"),
        ("words: [NO]", "words[0]: a text is expected; this is read as true or false; put it in quotation marks"),
        ("colour: green", "colour: 'green' is not one of blue, red"),
        ("share: -1", "share: a number over 0 is expected"),
        ("share: 9", "share: a number not over 5 is expected"),
        ("share: much", "share: a number is expected; this is a text"),
        ("animal: {type: cow}", "animal.type: 'cow' is not one of cat, dog"),
        ("animal: {}", "animal: the field 'type' is missing"),
        ("animal: {type: cat, live: 1}", "animal.live: there is no field 'live'; did you mean 'lives'?"),
        ("animal: {type: cat, lives: 1.5}", "animal.lives: a whole number is expected; this is a number"),
        ("loud: 'yes'", "loud: true or false is expected; this is a text"),
        ("name: My Desk", "name: small letters, digits and hyphens are expected, as in `my-name`"),
        ("wait: soon", "wait: a length of time is expected, as in 30m, 4h or 1h30m"),
        ("wait: 60", "wait: a length of time is expected, as in 30m, 4h or 1h30m; this is a number"),
        ("key: abc", "key: fields are expected, as in `{env: NAME}`; this is a text"),
        ("keys: [whsec_abc]", "keys[0]: fields are expected, as in `{env: NAME}`; this is a text"),
        ("counts: [1]", "counts: fields are expected, as in `name: Apple`; this is a list"),
        ("colours: red", "colours: there is no field 'colours'; did you mean 'colour'?"),
        ("title:\n\t- a", "is it a tab?"),
        ("title: >\n\tx", "is it a tab?"),
        ("title: @a", "this sign may not begin a value"),
        ("title: a: b", "a colon stands where none may"),
        ("Apple\nBank: x", "a colon stands where none may"),
        ("title: x\n  loud: true", "a colon stands where none may"),
        ("words: [a", "a comma or a closing bracket is missing"),
        ("animal: {type: cat", "a comma or a closing bracket is missing"),
        ("animal: {type: cat}}", "the line does not fit those above it"),
        ("words:\n  - a\n loud: true", "the line does not fit those above it"),
        ("- a\nloud: true", "the line does not fit those above it"),
        ("title: 'a", "a closing quotation mark is missing"),
        ('title: "\\q"', "what follows a backslash is not known"),
        ("title: |x\n a", "behind | or > nothing else may stand"),
        ("title: &", "a value that begins with & or *"),
        ("title: *", "a value that begins with & or *"),
        ("title: !<x y", "a value that begins with !"),
        ("title: !!", "a value that begins with !"),
        ("%", "a line that begins with %"),
        ("}", "a value is expected here, and not this sign"),
        ('"a" b', "more follows behind the end of a value"),
    ],
)
def test_no_word_of_the_library_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        YamlFile(path).read(_File)
    assert said in str(caught.value)
    assert not re.search("Expected `|found|expected <|mapping values", str(caught.value))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entries: [Apple]", "entry: fields are expected, as in `name: Apple`; this is a text"),
        ("entries:\n  - {name: Apple, tickers: AAPL}", "line 2: entry of 'Apple': tickers: a list is expected"),
        ("entries:\n  - {name: Apple, tickers: [ON]}", "tickers[0]: a text is expected; this is read as true or false"),
        ("entries:\n  - {name: Apple, tickers: [aapl]}", "tickers[0]: a ticker is expected: capitals and digits"),
        ("entries:\n  - {name: Apple, case: loud}", "case: 'loud' is not one of exact, ignore"),
        ("entries:\n  - {name: Apple, weight: -2}", "weight: a number over 0 is expected"),
        ("entries:\n  - {aliases: [x]}", "entry: the field 'name' is missing"),
        ("Apple\nMicrosoft\n", "bellwether watchlist init banks"),
        ("Apple: a company\nBanks\nBank: x\n", "bellwether watchlist init banks"),
        ("entries:\n  - name: a: b\n", "line 2: not YAML: a colon stands where none may"),
    ],
)
def test_a_wrong_watchlist_says_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_watchlist(path)
    assert said in str(caught.value)


def test_what_is_not_known_stays_as_it_is() -> None:
    assert in_plain_words("Something else") == "Something else"
