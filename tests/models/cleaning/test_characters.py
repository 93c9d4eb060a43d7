"""One form of each sign: what looks the same is the same, and what cannot be seen is not there."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cleaning import characters
from models.cleaning.characters import plain_characters


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ｓｈａｒｅｓ　ｐｌｕｎｇｅ　５％", "Shares plunge 5%"),
        ("𝐒𝐡𝐚𝐫𝐞𝐬 𝑝𝑙𝑢𝑛𝑔𝑒 𝟓%", "Shares plunge 5%"),
        ("𝓢𝓱𝓪𝓻𝓮𝓼 𝔭𝔩𝔲𝔫𝔤𝔢 𝕓𝕪 𝚝𝚎𝚗", "Shares plunge by ten"),
        ("Ⓢⓗⓐⓡⓔⓢ 🅕🅐🅛🅛 🅰🅽🅳 ᴘʟᴜɴɢᴇ", "Shares FALL AND plunge"),
        ("s̶h̶a̶r̶e̶s̶ f\u0336a\u0336l\u0336l", "shares fall"),
        ("Sh\u200ba\u200cr\u200de\u2060s pl\u00adun\ufeffge", "Shares plunge"),
        ("\u202eShares\u202c \u2066plunge\u2069 \U000e0041", "Shares plunge "),
        ("Shаres plungе at Аcme", "Shares plunge at Acme"),  # with Cyrillic letters
        ("Moody’s Moody‘s Moodyʼs Moody´s Moody`s Moody′s Moody＇s", " ".join(["Moody's"] * 7)),
        ("“fraud” „fraud‟ ＂fraud＂", '"fraud" "fraud" "fraud"'),
        ("long‑term −5", "long-term -5"),
        ("Apple™, Acme® Corp", "Apple, Acme Corp"),
        ("up 3½% and ½", "up 3 1/2% and 1/2"),
        ("①Acme falls ②Bank", "1 Acme falls 2 Bank"),
        ("ﬁles for oﬀice", "files for office"),
        ("a\u00a0b\u202fc\u2009d\te", "a b c d e"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("one\x07two", "one two"),
        ("half \ud83d emoji", "half \ufffd emoji"),
    ],
)
def test_what_looks_the_same_is_the_same(text: str, wanted: str) -> None:
    assert plain_characters(text) == wanted


@pytest.mark.parametrize("text", ["Société Générale fällt – 5 €", "東京 5 %", "Прибыль упала", "Κέρδη", "5 μm", "🚀"])
def test_what_is_as_it_should_be_stays(text: str) -> None:
    assert plain_characters(text) == text


def test_no_format_character_is_left() -> None:
    formats = "".join(chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf")
    assert plain_characters(f"a{formats}b") == "ab"


@given(st.text())
def test_a_second_time_changes_nothing(text: str) -> None:
    once = plain_characters(text)
    assert plain_characters(once) == once


@given(st.text(st.one_of(st.characters(), st.sampled_from("ab1 \n`½①ΑаéがカﾞㄱÅ…’")), max_size=12))
def test_signs_changed_one_by_one_give_what_the_whole_text_gives(text: str) -> None:
    whole = characters._changed(text) if not text.isascii() else text.replace("`", "'")
    wanted = characters._SPACES.sub(" ", characters._LINE_END.sub("\n", whole))
    assert plain_characters(text) == wanted
