"""What newsrooms wrap around a text is taken off, in whatever case."""

from collections.abc import Callable

import pytest

from stream.pipeline.stories.wording import bare_words

NEWS = "Lender loses a third of its deposits"
BEHIND = [
    "(Reporting by A. Writer)",
    "Writing by A. Writer",
    "Editing by A. Writer",
    "Additional reporting by A. Writer",
    "Read more at our site",
    "Read the full report",
    "Read also: markets",
    "Continue reading",
    "Click here for charts",
    "Sign up for our newsletter",
    "Sign up to our newsletter",
    "Subscribe now",
    "Follow us on X",
    "Full story in an hour",
    "For more news see below",
    "All rights reserved.",
    "© 2026 Wire",
    "(c) 2026 Wire",
    "The post Lender loses appeared first on Wire",
    "This article was originally published by Wire",
    "This story first appeared on Wire",
    "This post appeared on Wire",
    "#banks #deposits",
]


@pytest.mark.parametrize("change", [str, str.upper, str.lower])
@pytest.mark.parametrize("behind", BEHIND)
def test_what_stands_behind_a_text_is_no_part_of_it(behind: str, change: Callable[[str], str]) -> None:
    assert bare_words(f"{NEWS}. {change(behind)}") == bare_words(NEWS)


@pytest.mark.parametrize(
    "link", ["https://t.co/a1", "HTTP://WIRE.EXAMPLE/A", "www.wire.example", "Www.Wire.Example", "@wire", "@wire:"]
)
def test_links_and_mentions_are_no_part_of_a_text(link: str) -> None:
    assert bare_words(f"{link} {NEWS} {link}") == bare_words(NEWS)


def test_an_address_is_no_mention() -> None:
    assert "wire" in bare_words(f"{NEWS}, says a@wire")


def test_a_word_that_is_cut_off_is_no_part_of_a_text() -> None:
    assert (
        bare_words(f"{NEWS} and asks the cent…")
        == bare_words(f"{NEWS} and asks the cent...")
        == bare_words(f"{NEWS} and asks the")
    )


def test_codes_of_currencies_are_kept_and_names_that_begin_with_one_are_names() -> None:
    assert bare_words("SEK 2% weaker") != bare_words("NOK 2% weaker")
    assert bare_words("Nokia NOK1V and drug SAR3419 with EUR5.5m") == [
        "nokia", "nok1v", "and", "drug", "sar3419", "with", "5.5m", "eur",
    ]  # fmt: skip
    assert "rmbs" in bare_words("30, 2022 RMBS portfolio")
