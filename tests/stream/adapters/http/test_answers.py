"""An answer that repeats the address of a receiver, in whatever spelling, does not tell it."""

import html
import json
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest

from stream.adapters.http.answers import NOT_TOLD, secrets_of_url, without_secrets

ADDRESSES = {
    "/services/T0AAA/B0BBB/SECRETsecretSECRET": "SECRETsecretSECRET",
    "/api/webhooks/12/SECRETsecret/slack?wait=true": "SECRETsecret",
    "/hook?token=SECRETsecret&x=1": "SECRETsecret",
    "/h%2FSECRET%20secret": "h%2FSECRET%20secret",
    "/h?key=SECRET%2Bsecret": "SECRET+secret",
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "whole": str,
    "path": lambda target: target.partition("?")[0],
    "without slash": lambda target: target.lstrip("/"),
    "upper case": str.upper,
    "decoded": unquote,
    "encoded": quote,
    "encoded twice": lambda target: quote(quote(target, safe=""), safe=""),
    "JSON": lambda target: json.dumps(target).replace("/", "\\/"),
    "JSON of Go": lambda target: json.dumps(target).replace("&", "\\u0026").replace("/", "\\u002F"),
    "HTML": html.escape,
    "HTML in numbers": lambda target: "".join(f"&#{ord(character)};" for character in target),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("target", ADDRESSES)
@pytest.mark.parametrize("alone", [False, True])
def test_no_spelling_of_an_address_is_told(target: str, spelling: str, alone: bool) -> None:
    said = SPELLINGS[spelling](ADDRESSES[target] if alone else target)
    told = without_secrets(f"no such thing: {said}.", secrets_of_url(f"https://example.com{target}"))
    assert "secret" not in told.casefold()
    assert told == NOT_TOLD or told.startswith("no such thing: ")


def test_what_is_not_secret_is_told() -> None:
    secrets = [*secrets_of_url("https://example.com/api/hook/SECRETsecret")]
    assert (
        without_secrets("no such hook in this api: invalid_token", secrets) == "no such hook in this api: invalid_token"
    )
    assert without_secrets("no such hook SECRETsecret here", secrets) == "no such hook *** here"
