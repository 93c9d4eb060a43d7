import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import clean, fingerprint_text, is_blank, normalise


@given(st.text())
def test_any_text_normalises_to_encodable_text_without_control_characters(text: str) -> None:
    result = normalise(text)
    result.encode()
    assert result == result.strip()
    assert "\n" not in result


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_links_mentions_spaces_do_not_change_the_fingerprint(text: str) -> None:
    assert fingerprint_text(f"  {text}  https://t.co/abc @somebody") == fingerprint_text(text)


def test_different_words_have_different_fingerprints() -> None:
    assert fingerprint_text("Bank A fails") != fingerprint_text("Bank B fails")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<p>Moody&rsquo;s cuts\u200b <b>Acme</b></p><p>By a notch</p>", "Moody's cuts Acme\nBy a notch"),
        ("&lt;p&gt;Can&amp;#39;t pay&lt;/p&gt;", "Can't pay"),
        ("＄ＴＳＬＡ falls to a < b", "$TSLA falls to a < b"),
        ("<TSLA> up", "<TSLA> up"),
        ("<p></p>", "<p></p>"),  # nothing but tags
        (" \u200b\u00ad ", ""),
    ],
)
def test_cleaned_text_is_as_it_was_meant(text: str, wanted: str) -> None:
    assert clean(text) == wanted


@given(st.text(alphabet=" \t\n\x00\x07\x9f.\u00a0\u200b\u00ad", max_size=6))
def test_blank_is_what_normalises_to_nothing(text: str) -> None:
    assert is_blank(text) == (normalise(text) == "")
