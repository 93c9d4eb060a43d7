"""An answer that repeats the address of a receiver, in whatever spelling, does not tell it."""

import html
import json
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.adapters.http.answers import NOT_TOLD, PUBLIC, SHORTEST_PART, secrets_of_url, without_secrets

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


KEYS = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~", min_size=SHORTEST_PART, max_size=60
)
FORMS = [
    "https://open.feishu.cn/open-apis/bot/v2/hook/{}",
    "https://oapi.dingtalk.com/robot/send?access_token={}",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={}",
    "https://hooks.example.com/services/T0/B0/{}",
    "https://example.com/api/webhooks/12/{}",
]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (FORMS[0], "param invalid: incoming webhook access token invalid"),
        (FORMS[1], "robot /robot/send: access_token is not exist"),
        (FORMS[2], "invalid webhook url, see cgi-bin/webhook/send"),
        (FORMS[3], "no such hook of these services"),
        (FORMS[4], "Unknown Webhook"),
    ],
)
def test_the_fixed_words_of_an_address_are_told(form: str, said: str) -> None:
    assert without_secrets(said, [*secrets_of_url(form.format("693axxx6-7aoc-4bc4"))]) == said


@given(st.sampled_from(FORMS), KEYS.filter(lambda key: key not in PUBLIC), st.sampled_from([*SPELLINGS]), st.booleans())
def test_no_key_of_an_address_is_told(form: str, key: str, spelling: str, alone: bool) -> None:
    said = SPELLINGS[spelling](key if alone else form.format(key).removeprefix("https://"))
    told = without_secrets(f"<{said}>", [*secrets_of_url(form.format(key))])
    assert told == NOT_TOLD or key.casefold() not in told.casefold()
