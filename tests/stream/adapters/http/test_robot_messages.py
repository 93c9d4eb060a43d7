"""The messages of group robots: what others wrote marks up nothing, and each fits what its service takes."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stream.adapters.http.chat import WHOLE
from stream.adapters.http.escaping import GAP, one_line
from stream.adapters.http.robot_messages import (
    DINGTALK_BYTES,
    FEISHU_BYTES,
    WECOM_BYTES,
    dingtalk_message,
    feishu_message,
    wecom_message,
)
from stream.pipeline.documents.readable import readable
from stream.pipeline.notify.compose import encode_test
from stream.pipeline.notify.payload import Notification, decode
from stream.pipeline.rules import CRITICAL
from tests.contracts.alerts import NOW, document, firing
from tests.stream.adapters.http.test_chat import ALIKE, FORMS, MATTERMOST, PIECE, note_of, own_links
from tests.stream.adapters.http.test_chat_zh import english
from tests.stream.pipeline.notify.test_notify import plan

FORMS_HERE = [
    *FORMS, "<@all>", "<@userid>", "<at id=all></at>", '<at user_id="all">x</at>', "<font color='red'>x</font>",
    "@13800001111", ":OK:", ":玫瑰:", "dingtalk://dingtalkclient/page/link?url=x", "evil.example/path", "![](key)",
    "&lt;@all&gt;", "&amp;lt;@all&amp;gt;",
]  # fmt: skip
STRICT = MarkdownIt("commonmark", {"html": True})
HEAD = {"heading_open", "heading_close", "html_inline"}
PLAIN = {"text", "softbreak", "inline", "paragraph_open", "paragraph_close", "link_open", "link_close"}
TEXTS = st.one_of(st.lists(PIECE, max_size=25).map("".join), st.text(max_size=400))


def texts_of(message: dict[str, Any]) -> list[str]:
    """Return all that a person reads, in its places."""
    if "card" in message:
        card = message["card"]
        places = [card["header"]["title"], *(element["text"] for element in card["elements"] if "text" in element)]
        places += [button["text"] for button in buttons_of(card)]
        assert {place["tag"] for place in places} == {"plain_text"}
        return [place["content"] for place in places]
    markdown = message["markdown"]
    return [markdown["content"]] if "content" in markdown else [markdown["title"], markdown["text"]]


def buttons_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the buttons of a card."""
    found = [element["extra"] for element in card["elements"] if "extra" in element]
    return found + [button for element in card["elements"] for button in element.get("actions", ())]


def check_marks(text: str, allowed: set[str]) -> None:
    """Check that a text in Markdown has no marks but ours, whoever reads it."""
    body = re.sub(r'<font color="(?:warning|info|comment)">|</font>', "", text)
    assert not set("*_`~|\\<>") & set(re.sub(r"\]\([^)]*\)", "", body)), text
    for parser in (STRICT, MATTERMOST):
        for token in (inner for outer in parser.parse(text) for inner in (outer, *(outer.children or []))):
            assert token.type in PLAIN | HEAD, (token.type, text)
            if token.type == "link_open":
                assert token.attrs["href"] in allowed, text


def check(note: Notification) -> None:
    """Check the three messages of a notification."""
    allowed = own_links(note)
    card = feishu_message(note, "")
    assert {button["url"] for button in buttons_of(card["card"])} <= allowed
    made = [card, dingtalk_message(note, ""), wecom_message(note, "")]
    for message in made:
        for text in texts_of(message):
            without = re.sub(r"\]\([^)]*\)", "", text)
            for sign in ("://", "@a", "@u", "<@", "<at", "www.", "evil.example"):
                assert sign not in without, text
    for message in made[1:]:
        check_marks(texts_of(message)[-1], allowed)
    assert made[1]["at"] == {"isAtAll": False}


@pytest.mark.parametrize("text", FORMS_HERE)
def test_what_others_wrote_is_shown_as_it_stands(text: str) -> None:
    check(note := note_of(text))
    check(note_of("x", source=text))
    check(note_of("x", source=text, url="https://news.test/1"))
    wanted = one_line(readable(text)).translate(ALIKE)
    back = str.maketrans({"＜": "<", "＞": ">", GAP: ""})
    for message in (feishu_message(note, ""), dingtalk_message(note, ""), wecom_message(note, "")):
        assert f"“{wanted}”" in "\n".join(texts_of(message)).translate(ALIKE).translate(back)


@pytest.mark.parametrize("text", FORMS_HERE)
def test_so_is_a_series(text: str) -> None:
    note = note_of("x", series=f"entry:{text}")
    for message in (feishu_message(note, ""), dingtalk_message(note, ""), wecom_message(note, "")):
        for shown in texts_of(message):
            assert not re.search(r"<@|<at|@all|://(?!grafana)", re.sub(r"\]\([^)]*\)", "", shown))
    check_marks(texts_of(wecom_message(note, ""))[0], own_links(note))


@given(TEXTS)
def test_any_text_is(text: str) -> None:
    for message in (wecom_message(note := note_of(text), ""), dingtalk_message(note, "")):
        check_marks(texts_of(message)[-1], own_links(note))


@pytest.mark.parametrize(
    "url", ["https://a.example/)[x](https://evil.example", "javascript:alert(1)", "https://a.example/" + "x" * 1500]
)
def test_an_address_is_one_link_or_none(url: str) -> None:
    evidence = [document(1, text="x", url=None)]
    note = decode(plan(firing("topic:A", evidence=evidence)).notices[0].payload)
    brief = msgspec.structs.replace(note.data.evidence[0], url=url)
    note = msgspec.structs.replace(note, data=msgspec.structs.replace(note.data, evidence=(brief,)))
    for message in (wecom_message(note, ""), dingtalk_message(note, "")):
        tokens = [inner for outer in STRICT.parse(texts_of(message)[-1]) for inner in outer.children or ()]
        links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
        assert [link for link in links if "grafana" not in link] in (
            [],
            ["https://a.example/%29%5Bx%5D%28https://evil.example"],
        )
    assert len(buttons_of(feishu_message(note, "")["card"])) == (2 if ")[" in url else 1)


def _large(text: str, source: str, url: str | None, members: int) -> Notification:
    note = note_of("x", source="x")
    brief = msgspec.structs.replace(note.data.evidence[0], text=text, source=source, url=url)
    member = msgspec.structs.replace(note.data.members[0], series=f"entry:{text[:100] or 'x'}", rule=text[:300])
    data = msgspec.structs.replace(
        note.data,
        rule=text[:300],
        series=f"entry:{text[:100]}",
        detail=text,
        evidence=(brief,) * 5,
        members=(member,) * members,
        members_total=members + 3,
    )
    return msgspec.structs.replace(note, data=data)


WIDE = st.text(st.sampled_from("@&#]:<银😀a"), min_size=200, max_size=600)


@given(
    WIDE,
    st.text(max_size=200),
    st.sampled_from([None, "https://a.test/" + "é" * 300]),
    st.integers(1, 40),
)
def test_each_message_fits_and_keeps_what_matters(text: str, source: str, url: str | None, members: int) -> None:
    note = _large(text, source, url, members)
    card, markdown, content = feishu_message(note, "预警"), dingtalk_message(note, "预警"), wecom_message(note, "")
    assert len(msgspec.json.encode(card)) <= FEISHU_BYTES
    assert len(msgspec.json.encode(markdown)) <= DINGTALK_BYTES
    assert len(content["markdown"]["content"].encode()) <= WECOM_BYTES
    for message in (card, markdown, content):
        whole = "\n".join(texts_of(message))
        assert "30 negative of 40 independent documents" in whole
        assert "FIRING" in whole
        assert "Open the dashboard" in whole
        assert "more" in whole


def test_a_message_of_usual_size_is_whole() -> None:
    note = decode(plan(firing("topic:A", evidence=[document(n) for n in range(5)])).notices[0].payload)
    for message in (feishu_message(note, ""), dingtalk_message(note, ""), wecom_message(note, "")):
        assert sum(text.count("“") for text in texts_of(message)) >= WHOLE.evidence


def test_a_long_chinese_one_still_quotes_in_wecom() -> None:
    evidence = [document(n, text="银行股遭遇挤兑" * 60, url=f"https://news.test/{n}") for n in range(3)]
    note = decode(plan(firing("topic:A", evidence=evidence)).notices[0].payload)
    assert wecom_message(note, "")["markdown"]["content"].count("“") == 3


@pytest.mark.parametrize(
    ("changes", "looks"),
    [
        ({"level": CRITICAL}, ("red", "🔴", '### <font color="warning">')),
        ({}, ("orange", "🟠", "### FIRING")),
        ({"members_open": 0}, ("green", "🟢", '### <font color="info">')),
    ],
)
def test_the_severity_is_seen(changes: dict[str, Any], looks: tuple[str, str, str]) -> None:
    note = note_of("x")
    note = msgspec.structs.replace(note, data=msgspec.structs.replace(note.data, **changes))
    template, sign, head = looks
    assert feishu_message(note, "")["card"]["header"]["template"] == template
    assert dingtalk_message(note, "")["markdown"]["title"].startswith(f"{sign} FIRING")
    assert wecom_message(note, "")["markdown"]["content"].startswith(head)


def test_a_keyword_stands_in_a_line_of_its_own() -> None:
    note = note_of("x")
    assert feishu_message(note, "预 警\n")["card"]["elements"][-1]["text"]["content"] == "预 警"
    assert dingtalk_message(note, "预警")["markdown"]["text"].split("\n\n")[-1] == "预警"


@pytest.mark.usefixtures("chinese")
def test_messages_are_chinese() -> None:
    note = note_of("银行挤兑", "财联社", "topic:Macro", url="https://news.test/1")
    for one in (note, decode(encode_test(NOW, "pager", None))):
        for message in (feishu_message(one, ""), dingtalk_message(one, ""), wecom_message(one, "")):
            for text in texts_of(message):
                without = re.sub(r"\]\([^)]*\)|</?font[^>]*>", "", text)
                assert english(without) == set()
    assert texts_of(feishu_message(note, ""))[0] == "预警触发（警告）：宏观经济"


def test_they_are_json() -> None:
    note = note_of("x")
    assert json.loads(msgspec.json.encode(feishu_message(note, "")))["msg_type"] == "interactive"
    for made in (dingtalk_message(note, ""), wecom_message(note, "")):
        assert made["msgtype"] == "markdown"
