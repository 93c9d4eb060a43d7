"""Labelled names: read from files, hidden, exchanged, and invented in pairs."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from models.errors import DatasetError
from models.labels import SENTIMENTS
from models.text import normalise
from models.training.data.entities import (
    Named,
    NamedText,
    checked_splits,
    find_name,
    read_entities,
    share_in_chinese,
    without,
)
from models.training.data.entity_contrasts import ROLES, SAID, contrasts
from models.training.data.entity_variants import MASK, masked, reworded, with_variants
from models.training.data.guessed_names import with_guessed_names

HEAD = "text,entity,label,split,source,licence\n"
ROWS = """Tata Motors up; Tata Steel down,Tata Motors,positive,train,wire,MIT
Tata Motors up; Tata Steel down,Tata Steel,negative,train,wire,MIT
Gold up as gold miners wait,gold,positive,val,wire,MIT
MSCI India flat,India,neutral,train,wire,CC
MSCI India flat,MSCI India,neutral,train,wire,CC
Nothing here,Elsewhere,neutral,train,wire,MIT
"""


def written(folder: Path, rows: str = ROWS) -> Path:
    path = folder / "e.csv"
    path.write_text(HEAD + rows)
    return path


def said(text: NamedText) -> list[tuple[str, str, list[str]]]:
    return [(one.name, one.label, [text.text[start:stop] for start, stop in one.mentions]) for one in text.names]


def test_rows_of_one_text_become_one_and_names_are_found(tmp_path: Path) -> None:
    first, gold, india = read_entities(written(tmp_path)).texts
    assert said(first) == [
        ("Tata Motors", "positive", ["Tata Motors"]),
        ("Tata Steel", "negative", ["Tata Steel"]),
    ]
    assert first.differs
    assert not first.overlaps
    assert said(gold) == [("gold", "positive", ["Gold", "gold"])]
    assert said(india) == [("MSCI India", "neutral", ["MSCI India"]), ("India", "neutral", ["India"])]
    assert india.overlaps
    assert masked(india) is india
    assert [text.text for text in read_entities(written(tmp_path), ["MIT"]).texts] == [first.text, gold.text]
    assert without([first, gold], ["tata motors UP; Tata Steel down", gold.text]) == (gold,)


def test_names_that_are_left_out_are_counted(tmp_path: Path) -> None:
    both = "Gold up,gold,positive,test,,\nGold up,Gold,negative,test,,\nGold up,silver,neutral,test,,\n"
    texts, absent, contradicted = read_entities(written(tmp_path, both + "Tin up,tin, positive,test ,,\n"))
    assert [(one.text, one.split) for one in texts] == [("Tin up", "test")]
    assert (absent, contradicted) == (1, 1)


def test_what_is_wrong_in_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="row 1 has no 'entity'"):
        read_entities(written(tmp_path, "a text,,neutral,train,,\n"))
    with pytest.raises(DatasetError, match="label 'great' is none of negative, neutral, positive"):
        read_entities(written(tmp_path, "a text,a,great,train,,\n"))
    with pytest.raises(DatasetError, match="split 'val' is empty"):
        checked_splits(tmp_path, read_entities(written(tmp_path, "a text,a,neutral,train,,\n")).texts)


def test_names_are_whole_words_where_there_are_such() -> None:
    assert find_name("A Rio tale of Rio Tinto, Riot", "Rio") == ((2, 5), (14, 17))
    assert find_name("Riot", "Rio") == ((0, 3),)
    assert find_name("C++ (Ltd)", "c++ (ltd)") == ((0, 9),)


def test_hidden_and_exchanged_names_keep_their_places_and_labels() -> None:
    text = NamedText(
        "Acme beats Zen, Acme up",
        (Named("Acme", ((0, 4), (16, 20)), "positive"), Named("Zen", ((11, 14),), "negative")),
    )
    hidden = masked(text)
    assert hidden.text == f"{MASK} beats {MASK}, {MASK} up"
    assert said(hidden) == [(MASK, "positive", [MASK, MASK]), (MASK, "negative", [MASK])]
    for one in with_variants([text] * 30, 3):
        assert [name.label for name in one.names] == ["positive", "negative"]
        assert all(one.text[start:stop] == name.name for name in one.names for start, stop in name.mentions)
    assert with_variants([text], 3) == with_variants([text], 3)


def test_contrasts_come_in_pairs_with_the_roles_exchanged() -> None:
    made = contrasts(400, 5, ["Nestle", "Apple"])
    assert len(made) == 400
    assert made == contrasts(400, 5, ["Nestle", "Apple"])
    for one, other in zip(made[::2], made[1::2], strict=True):
        first, second = ({name.name: name.label for name in text.names} for text in (one, other))
        assert len(first) == 2
        assert set(first) == set(second)
        assert all(second[name] == first[next(other for other in first if other != name)] for name in first)
        assert all(
            text.text[a:b] == name.name for text in (one, other) for name in text.names for a, b in name.mentions
        )
    assert Counter(text.differs for text in made)[True] > 250


def test_chinese_texts_vary_in_chinese() -> None:
    text = NamedText(
        "京东收购唯品会遭阿里起诉",
        (Named("京东", ((0, 2),), "neutral"), Named("阿里", ((8, 10),), "negative")),
    )
    for one in with_variants([text] * 60, 3)[60:]:
        assert all(one.text[start:stop] == name.name for name in one.names for start, stop in name.mentions)
        assert not re.search("the company|it|Ltd|Group", one.text)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_contrasts_are_in_the_languages_that_are_asked_for(share: float) -> None:
    made = contrasts(400, 5, chinese=share)
    chinese = sum(bool(re.search("[\u4e00-\u9fff]", text.text)) for text in made)
    assert chinese == pytest.approx(400 * share, abs=60)
    assert not any(re.search(r"\{\w+\}", text.text) for text in made)
    assert [
        text.text for text in made if text.text != normalise(text.text) and re.search("[\u4e00-\u9fff]", text.text)
    ] == []
    for one, other in zip(made[::2], made[1::2], strict=True):
        first, second = ({name.name: name.label for name in text.names} for text in (one, other))
        assert all(one.text[a:b] == name.name for name in one.names for a, b in name.mentions)
        if len(first) == 2:
            assert all(second[name] == first[next(other for other in first if other != name)] for name in first)
        else:  # a sentence about one company, with another company in its place
            assert list(first.values()) == list(second.values())
            assert first.keys() != second.keys()


def test_the_share_of_chinese_texts_is_counted() -> None:
    assert share_in_chinese([NamedText("工行大跌", ()), NamedText("ICBC falls", ())]) == 0.5
    assert share_in_chinese([]) == 0


def test_what_one_loses_to_another_is_good_for_the_other() -> None:
    lost = re.compile(r"(.+) loses (\d+ million |)(order|contract|tender|customers|market share) to (rival |)(.+)")
    found = [(match, text) for text in contrasts(6000, 5) if (match := lost.match(text.text))]
    assert len(found) >= 20
    for match, text in found:
        labels = {one.name: one.label for one in text.names}
        assert labels[match[1]] == "negative"
        assert any(match[5].startswith(name) and label == "positive" for name, label in labels.items())


def test_each_pattern_of_contrasts_has_its_names_and_labels() -> None:
    assert set(SAID) == set(SENTIMENTS)
    for line in ROLES:
        pattern, *labels = (part.strip() for part in line.split(" | "))
        assert pattern.count("{a}") == 1, line
        assert pattern.count("{b}") == 1, line
        assert len(labels) == 2, line
        assert set(labels) <= set(SENTIMENTS), line


def test_words_around_a_name_are_exchanged_and_the_name_keeps_its_place() -> None:
    names = (Named("Gold", ((0, 4), (27, 31)), "positive"), Named("Oil Fund", ((14, 22),), "negative"))
    text = NamedText("Gold up while Oil Fund, so Gold", names)
    near = {"while": ["whereas"], "gold": ["silver"], "oil": ["gas"]}
    found = {one.text: one for seed in range(30) for one in reworded([text], near, seed)}
    assert set(found) == {"Gold up whereas Oil Fund, so Gold"}  # unchanged ones stay away
    (one,) = found.values()
    assert [[one.text[start:stop] for start, stop in name.mentions] for name in one.names] == [
        ["Gold", "Gold"],
        ["Oil Fund"],
    ]
    assert [name.label for name in one.names] == ["positive", "negative"]


def test_names_are_guessed_by_capitals_and_cashtags_and_texts_without_one_stay_away() -> None:
    texts = ["Shares of Acme Steel fall as $XYZ gains. Then Acme Steel again", "Nothing is named here", "All. The same"]
    (found,) = with_guessed_names(texts, 9, seed=1)
    assert [(name.name, len(name.mentions)) for name in found.names] == [("Acme Steel", 2), ("$XYZ", 1)]
    assert all(found.text[start:stop] == name.name for name in found.names for start, stop in name.mentions)
