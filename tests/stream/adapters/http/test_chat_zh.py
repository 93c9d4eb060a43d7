"""With BELLWETHER_LANGUAGE=zh a chat message has no English words but names, ids and what is quoted."""

import json
import re

import msgspec
import pytest

from stream.adapters.http.alertmanager import alertmanager_body
from stream.adapters.http.slack import slack_message
from stream.pipeline.detect import Observation
from stream.pipeline.notify.compose import encode_test
from stream.pipeline.notify.payload import Height, NotificationType, decode
from stream.pipeline.notify.wording import TOPICS, detail_words, series_words, state_words
from stream.pipeline.rules import Reason
from stream.pipeline.rules.decision import ENDS
from stream.pipeline.rules.words import detail_of, ending_of
from tests.contracts.alerts import NOW, RULE, document, firing
from tests.stream.adapters.http.test_chat import note_of
from tests.stream.pipeline.notify.test_notify import plan

pytestmark = pytest.mark.usefixtures("chinese")

ENGLISH = re.compile("[A-Za-z]{3,}")
NAMES = {"UTC", "Acme", "banks", "ann", "Bellwether", "bellwether"}


def english(text: str) -> set[str]:
    """Return the English words of a text, without the addresses of its links, the names of rules and ids."""
    return {*ENGLISH.findall(re.sub(rf"<https?:[^|>]*|\b{RULE}\b|\b[0-9a-f]{{8}}\b", "", text))} - NAMES


@pytest.mark.parametrize("kind", ["alert.firing", "alert.updated", "alert.resolved", "alert.test"])
@pytest.mark.parametrize("rule_kind", ["negative", "volume"])
@pytest.mark.parametrize("severity", ["info", "warning", "critical", "P1"])
def test_a_message_is_chinese(kind: NotificationType, rule_kind: str, severity: str) -> None:
    shared = [document(1, text="银行挤兑", source="财联社"), document(2, text="评级下调", source="财联社")]
    changes = [firing(series, evidence=shared) for series in ("entry:Acme/topic:Macro", "group:banks", "watchlist:all")]
    note = decode(plan(*changes).notices[0].payload)
    detail = (
        "firing: 11.666 of 42.333 documents negative in 15 min, expected 3.1 (0.0 to 7.2); score 9.0, threshold 4.0"
    )
    members = tuple(msgspec.structs.replace(one, kind=rule_kind, severity=severity) for one in note.data.members)
    data = msgspec.structs.replace(
        note.data, kind=rule_kind, severity=severity, detail=detail, members=members * 5, members_total=30, repeat=2
    )
    data = msgspec.structs.replace(data, members_acknowledged=3, acknowledgers=("ann",), resolved_at=NOW)
    height = Height(NOW, 15, data.observed, data.expected, data.usual)
    over = msgspec.structs.replace(data, status="resolved", height=height)
    some = msgspec.structs.replace(data, members_open=3, members_acknowledged=2, acknowledgers=("ann",))
    for told in (data, some, over, msgspec.structs.replace(over, unannounced=True)):
        note = msgspec.structs.replace(note, type=kind, data=told)
        message = json.loads(slack_message(note))
        assert english(message["text"] + message["attachments"][0]["text"]) == set()
        body = json.loads(alertmanager_body(note, "am"))
        texts = [body["commonAnnotations"]["summary"], *(a["annotations"]["summary"] for a in body["alerts"])]
        assert english(" ".join([*texts, body["alerts"][0]["annotations"]["description"]])) == set()


def test_a_message_reads_as_a_desk_writes() -> None:
    message = json.loads(slack_message(note_of("银行挤兑", "财联社", "topic:Macro")))
    assert message["text"] == "*预警触发（警告）：宏观经济*"
    lines = message["attachments"][0]["text"].split("\n")
    assert lines[0] == "15 分钟内独立文档 40 篇，其中负面 30 篇（75%）；预期 10.0 篇（25%），平时 3.1 篇；得分 17.0"


def test_the_payload_stays_english() -> None:
    data = note_of("x", series="topic:Macro").data
    assert (data.series, data.severity, data.status) == ("topic:Macro", "warning", "firing")


def test_a_test_message_is_chinese() -> None:
    message = json.loads(slack_message(decode(encode_test(NOW, "pager", None))))
    assert english(message["text"] + message["attachments"][0]["text"]) == set()


@pytest.mark.parametrize("kind", ["negative", "volume"])
@pytest.mark.parametrize("reason", Reason)
def test_all_words_that_rules_store_are_translated(reason: Reason, kind: str) -> None:
    seen = Observation("topic:Macro", 1, 15, 42.3333, 11.666, 0.25, 3.1, 17.0, 4.0, 5.0, 15.0, kind=kind)
    assert english(detail_words(detail_of(reason, seen))) == set()
    assert english(state_words(reason)) == set()


@pytest.mark.parametrize("kind", ["negative", "volume"])
@pytest.mark.parametrize("reason", sorted(ENDS))
@pytest.mark.parametrize(
    "why",
    [
        "no negative document in the last 30 min",
        "the last 60 min were as usual",
        "the score fell to 1.2, under half of the threshold 4.5",
        "it has lasted so long that it is usual now",
    ],
)
def test_why_an_alert_is_over_is_translated(reason: Reason, kind: str, why: str) -> None:
    seen = Observation("topic:Macro", 96, 120, 148.844, 132.005, 0.05, 3.1, 154.8, 4.5, 5.0, 15.0, kind=kind)
    words = detail_words(ending_of(reason, seen, 1, why))
    assert english(words) == set()
    assert "，持续 95 分钟：" in words


def test_each_topic_has_a_name() -> None:
    assert english(" ".join(series_words(f"topic:{topic}") for topic in TOPICS)) == set()
    assert series_words("topic:Our own") == "Our own"
