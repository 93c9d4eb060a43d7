"""What a document says is shown as it stands in Slack and in Mattermost, which read different marks in one message."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stream.adapters.http.alertmanager import alertmanager_body
from stream.adapters.http.escaping import GAP, escape, one_line
from stream.adapters.http.robot_messages import dingtalk_message, feishu_message, wecom_message
from stream.adapters.http.slack import MAX_CHARACTERS, slack_message
from stream.pipeline.documents.readable import readable
from stream.pipeline.notify.payload import Notification, decode
from stream.pipeline.windows.earlier import Earlier
from tests.contracts.alerts import document, firing
from tests.stream.pipeline.notify.test_notify import plan

FORMS = [
    "0www.evil.example",
    "[click](https://evil.example)", "![img](https://evil.example/x.png)", "[click] (https://evil.example)",
    "[click]: https://evil.example", "[click][1] [1]: https://evil.example", "[a[b](c)](https://evil.example)",
    "![a][b]", "<https://evil.example>", "<https://evil.example|click>", "https://evil.example/path?a=b",
    "http://evil.example", "www.evil.example", "ftp://evil.example", "mailto:a@evil.example", "a@evil.example",
    "tel:+41790000000", "javascript:alert(1)", "*bold*", "**bold**", "_it_", "__b__", "~s~", "~~s~~", "`code`",
    "```code```", "``` code", "~~~ code", "# head", "#head", "###### x", "text\n===", "text\n---", "- list", "* list",
    "+ list", "1. list", "1) list", "> quote", ">>> quote", "a | b\n--|--\nc | d", "|a|b|", "---", "***", "___",
    "    indented", "\tindented", "@channel", "@here", "@all", "@everyone", "<!channel>", "<!here|here>", "<@U123>",
    "<#C1>", "&lt;!channel&gt;", "&#64;channel", "<script>alert(1)</script>", "<img src=x onerror=y>", "<b>x</b>",
    "&#60;!channel&#62;", "&amp;lt;!here&amp;gt;", "&lt;@U123&gt;", "&commat;here", "&#x40;all", "&ast;bold&ast;",
    "&lbrack;click&rsqb;&lpar;https&colon;&sol;&sol;evil.example&rpar;", "&#96;code&#96;", "<b>&lt;!everyone&gt;</b>",
    "<a href='https://evil.example'>&lt;https://evil.example|click&gt;</a>", "&lt;!<b></b>channel&gt;",
    "@<i></i>channel", "https:<b></b>//evil.example",
    "can&#39;t", "can&amp;#39;t", "a&nbsp;b", "a &lt; b", "<3", "x<y>z", "<TSLA>",
    ":smile:", ":+1:", ":custom-emoji_2:", "#hashtag", "~town-square", "$x$", "$$x$$", "\\*x\\*", "\\[x](y)", "a\\",
    "x ” (evil) “ y", "a\r\n\r\n# b", "a\u2028# b", "a\x0bb", "\u202ereversed", "\u200b*x*", "a\u0000b", "[ ] task",
    "<!date^1392734382^{date}|x>", "5 * 3 * 2 = 30", "snake_case_name", "**Fed**: _cut_ `50bp`", "[^1]", "==mark==",
    "](https://evil.example)", "[x](<https://evil.example>)", "[x](https://evil.example 'title')", "x](y)[z](w)",
]  # fmt: skip
ALIKE = str.maketrans({"∗": "*", "ˍ": "_", "ˋ": "`", "∼": "~", "¦": "|", "∖": "\\", GAP: ""})
MATTERMOST = MarkdownIt("gfm-like", {"html": False})
assert MATTERMOST.linkify is not None
MATTERMOST.linkify.set({"fuzzy_link": False})  # it makes no link of a bare name
ROBOTS = feishu_message, dingtalk_message, wecom_message
HARMLESS = {"text", "softbreak", "inline", "paragraph_open", "paragraph_close", "blockquote_open", "blockquote_close"}


def note_of(text: str, source: str = "wire", series: str = "topic:A", url: str | None = None) -> Notification:
    """Return the notification of an alert whose one document says ``text``."""
    evidence = [document(1, text=text, source=source, url=url)]
    return decode(plan(firing(series, evidence=evidence)).notices[0].payload)


def read_by_mattermost(text: str) -> tuple[str, set[str]]:
    """Return what stands there to be read, and where links lead to."""
    # Mattermost first makes Markdown of Slack's links.
    tokens = MATTERMOST.parse(re.sub(r"<([^<|>]+)\|([^<>]+)>", r"[\2](\1)", text))
    words, links = "", set()
    for token in (inner for outer in tokens for inner in (outer, *(outer.children or []))):
        if token.type == "link_open":
            links.add(str(token.attrs["href"]))
        elif token.type == "text":
            words += token.content
        elif token.type in ("softbreak", "paragraph_close"):
            words += "\n"
        else:
            assert token.type in {*HARMLESS, "link_close"}, (token.type, text)
    return words, links


def check_message(note: Notification, allowed: set[str]) -> str:
    """Check all places of a message, and return what is to be read in the attachment."""
    message: dict[str, Any] = json.loads(slack_message(note))
    (attachment,) = message["attachments"]
    shown = message["text"].removeprefix("*").removesuffix("*"), attachment["title"], attachment["text"]
    for text in shown:
        for link in re.findall("<([^<>]*)>", text):  # all that Slack reads as a link or a command
            assert link.split("|")[0].replace("&amp;", "&") in allowed, text
        outside = re.sub("<[^<>]*>", "", text)
        assert not set("*_`~|\\<") & set(outside), text
        for mark in ("://", "@c", "@h", "@a", "@e", "www."):
            assert mark not in outside, text
        _, links = read_by_mattermost(text)
        assert links <= allowed, text
    return read_by_mattermost(attachment["text"])[0]


def own_links(note: Notification) -> set[str]:
    """Return the addresses that we link to ourselves."""
    return {note.data.links.dashboard or "", *(item.url or "" for item in note.data.evidence)}


@pytest.mark.parametrize("text", FORMS)
def test_a_text_is_shown_as_it_stands(text: str) -> None:
    note = note_of(text)
    read = check_message(note, own_links(note))
    assert f"“{one_line(readable(text)).translate(ALIKE)}”" in read.translate(ALIKE).replace("&amp;", "&")


@pytest.mark.parametrize("text", ["can&#39;t <b>pay</b>", "<p>can&amp;#39;t&nbsp;pay</p>", "can&apos;t p\u00aday<br/>"])
def test_entities_and_tags_are_not_shown_in_a_chat(text: str) -> None:
    note = note_of(text)
    assert "“can't pay”" in check_message(note, own_links(note))
    alert = json.loads(alertmanager_body(note, "am"))["alerts"][0]
    assert "“can't pay” (wire" in alert["annotations"]["description"]
    assert note.data.evidence[0].text == text  # what a webhook sends stays verbatim


@pytest.mark.parametrize(("of_text", "told"), [(0.0, "; 90 % negative of it, 0 % as a whole"), (0.85, ""), (None, "")])
def test_a_document_that_is_bad_for_the_name_alone_says_so(of_text: float | None, told: str) -> None:
    evidence = [msgspec.structs.replace(document(1), negative=0.9, negative_of_text=of_text)]
    note = decode(plan(firing("entry:A", evidence=evidence)).notices[0].payload)
    assert f"UTC{told})" in check_message(note, own_links(note))
    alert = json.loads(alertmanager_body(note, "am"))["alerts"][0]
    assert alert["annotations"]["description"].endswith(f"(wire{told})")


@pytest.mark.parametrize(("before", "told"), [(0, "14:30"), (1, "2026-03-01 14:30"), (366, "2025-03-01 14:30")])
def test_a_document_of_another_day_than_the_alert_is_told_with_its_day(before: int, told: str) -> None:
    note = note_of("Shares fall")
    fired = note.data.fired_at.replace(year=2026, month=3, day=2, hour=14, minute=35)
    proof = msgspec.structs.replace(note.data.evidence[0], published_at=fired - timedelta(days=before, minutes=5))
    note = msgspec.structs.replace(note, data=msgspec.structs.replace(note.data, fired_at=fired, evidence=(proof,)))
    for message in (slack_message(note), *(msgspec.json.encode(made(note, "")) for made in ROBOTS)):
        assert f"(wire, {told} UTC" in message.decode()


def test_a_title_stands_for_its_document() -> None:
    title = "Bank &amp; partner <b>fail</b>"
    proof = document(1, text=f"{title}\nA long story.", title=title, truncated=True, negative_of_text=None)
    note = decode(plan(firing("topic:A", evidence=[proof])).notices[0].payload)
    assert "“Bank &amp; partner fail” (wire" in json.loads(slack_message(note))["attachments"][0]["text"]
    (alert,) = json.loads(alertmanager_body(note, "chat"))["alerts"]
    assert alert["annotations"]["description"].endswith("“Bank & partner fail” (wire)")


def test_a_chat_says_what_was_written_before() -> None:
    last = datetime(2026, 2, 11, 14, 5, tzinfo=UTC)
    said = "before: 3 documents in the last 30 days, 2 of them negative; the last at 2026-02-11 14:05 UTC"
    for earlier, words in (
        (Earlier(12), "before: nothing was counted in the last 12 days"),
        (Earlier(30, 3, 2, last), said),
    ):
        change = msgspec.structs.replace(firing("topic:A", evidence=[document(1)]), earlier=earlier)
        note = decode(plan(change).notices[0].payload)
        assert words in json.loads(slack_message(note))["attachments"][0]["text"].splitlines()
        (alert,) = json.loads(alertmanager_body(note, "chat"))["alerts"]
        assert words in alert["annotations"]["description"].splitlines()


def test_weights_have_one_decimal_in_a_chat() -> None:
    note = note_of("Shares fall")
    observed = msgspec.structs.replace(note.data.observed, negatives=11.666, documents=42.333)
    detail = "firing: 11.666 of 42.333 documents negative in 15 min, expected 3.1 (0.0 to 7.2)"
    note = msgspec.structs.replace(note, data=msgspec.structs.replace(note.data, observed=observed, detail=detail))
    for message in (slack_message(note), alertmanager_body(note, "am")):
        assert b"11.7 negative of 42.3 independent documents" in message
        assert b"11.7 of 42.3 documents negative" in message
        assert b"11.666" not in message


@pytest.mark.parametrize("text", FORMS)
def test_so_are_a_source_a_series_and_the_words_of_a_link(text: str) -> None:
    for note in (note_of("x", source=text), note_of("x", series=f"entry:{text}")):
        check_message(note, own_links(note))
    note = note_of("x", source=text, url="https://news.example/1")
    check_message(note, own_links(note))


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/)[click](https://evil.example",
        "https://a.example/](https://evil.example)",
        "https://a.example/|click>",
        "https://a.example/ x",
        "https://a.example/`x`*y*",
        "https://a.example/<b>",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a.example/\u202ex",
    ],
)
def test_an_address_is_one_link_or_none(url: str) -> None:
    text = json.loads(slack_message(note_of("x", url=url)))["attachments"][0]["text"]
    _, links = read_by_mattermost(text)
    found = {link for link in links if "grafana.test" not in link}
    assert len(found) <= 1
    assert all(link.startswith("https://a.example/") for link in found)


PIECES = st.sampled_from(
    [
        *"[](){}<>*_`~|\\#!@:$&=+-.>\n\t '\"1a",
        "http",
        "://",
        "www.",
        "a.b",
        "&lt;",
        "&gt;",
        "&amp;",
        "&#64;",
        "&commat;",
        "<b>",
        "](",
        "![",
        GAP,
    ]
)
PIECE = st.one_of(PIECES, st.text(max_size=3))


@example("0 \x1b\n[")
@given(st.lists(PIECE, max_size=25).map("".join))
def test_any_text_is_shown_as_it_stands(text: str) -> None:
    note = note_of(text)
    read = check_message(note, own_links(note))
    wanted = one_line(readable(text)).strip()
    if len(wanted) < MAX_CHARACTERS and wanted.translate(ALIKE) == wanted and "&" not in wanted:
        assert f"“{wanted.replace(GAP, '')}”" in read.translate(ALIKE)


def test_what_can_be_copied_stays_what_it_was() -> None:
    """Names of series, numbers and times go from a message into a command."""
    for text in ("entry:Tesla/topic:Macro", "12:30:45", "3.5 of 40 (25%)", "$5", "$TSLA"):
        assert escape(text).replace(f"${GAP}", "$") == text


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\u202ea", "a\u2028b"])
def test_alertmanager_gets_lines_without_hidden_signs(text: str) -> None:
    alert = json.loads(alertmanager_body(note_of(text, source=text), "am"))["alerts"][0]
    *_, quoted = alert["annotations"]["description"].split("\n")
    assert quoted.isprintable()
    assert quoted.startswith("“")


def test_an_end_whose_beginning_was_not_told_tells_of_both() -> None:
    note = note_of("Shares fall")
    ended = msgspec.structs.replace(note, type="alert.resolved")
    whole = msgspec.structs.replace(ended, data=msgspec.structs.replace(note.data, unannounced=True))
    assert json.loads(slack_message(ended))["text"].startswith("*RESOLVED ")
    assert json.loads(slack_message(whole))["text"].startswith("*FIRED AND RESOLVED ")
    told = json.loads(alertmanager_body(whole, "oncall"))
    assert told["commonAnnotations"]["summary"].startswith("FIRED AND RESOLVED ")
