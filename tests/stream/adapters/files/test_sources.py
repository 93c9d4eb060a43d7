"""The file of sources: what it says, what is refused and where, and that it is read again."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from stream import schemas
from stream.adapters.files.sources import SourcesFile, read_sources
from stream.adapters.files.strict_yaml import YamlFile
from stream.errors import SettingsError

FULL = """\
# yaml-language-server: $schema=sources.schema.json
sources:
  - name: central-bank
    url: https://bank.example/press.html
    every: 15m
    language: en
    source: Central Bank
    full_text: true
    mask: [email, phone]
    keywords: [rate, inflation]
  - {name: filings, type: edgar, forms: [8-K, 6-K]}
  - {name: posts, type: mastodon, url: "https://social.example", lists: [public], token: {env: TOKEN}}
  - {name: firehose, type: jetstream, keywords: [$AAPL]}
  - {name: later, url: "https://later.example/feed", enabled: false, token: {env: NOT_SET}}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(text)
    return path


def test_a_file_gives_its_sources_with_their_defaults(tmp_path: Path) -> None:
    found = read_sources(write(tmp_path, FULL), environment={"TOKEN": "abc-123"})
    bank, filings, posts, firehose = found.sources.values()
    assert (bank.every, bank.channel, bank.source) == (timedelta(minutes=15), "news", "Central Bank")
    assert (bank.mask, bank.keywords, bank.full_text) == (("email", "phone"), ("rate", "inflation"), True)
    assert (filings.forms, filings.every, filings.url[:20]) == (
        ("8-K", "6-K"),
        timedelta(minutes=1),
        "https://www.sec.gov/",
    )
    assert (posts.channel, posts.lists, firehose.url[:6]) == ("social", ("public",), "wss://")
    assert found.tokens == {"posts": "abc-123"}
    assert "abc-123" not in repr(found)


def test_the_committed_schema_takes_the_file_and_refuses_what_the_code_refuses(tmp_path: Path) -> None:
    schema = json.loads((Path(schemas.__file__).parent / "sources.schema.json").read_text())
    root = YamlFile(write(tmp_path, FULL)).root
    assert root is not None
    Draft202012Validator(schema).validate(root.plain())
    assert not Draft202012Validator(schema).is_valid({"sources": [{"name": "a", "urk": "x"}]})


def test_an_empty_file_has_no_sources(tmp_path: Path) -> None:
    assert read_sources(write(tmp_path, "# all is off\n")).sources == {}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("url: https://a.example, urk: 1", "sources[0].urk"),
        ("channel: news", "'url' is missing"),
        ("url: ftp://a.example", "https://... is expected"),
        ("url: http://a.example", "set allow_http"),
        ("url: https://", "https://... is expected"),
        ("url: 'https://[a'", "cannot be read"),
        ("url: https://a.example:99999", "cannot be read"),
        ("url: https://me:word@a.example", "no password"),
        ("url: https://a.example, every: 5s", "too short: 60s to 7d"),
        ("url: https://a.example, every: 8d", "too long"),
        ("url: https://a.example, every: soon", "sources[0].every"),
        ("url: https://a.example, language: English", "sources[0].language"),
        ("url: https://a.example, mask: [names]", "sources[0].mask[0]"),
        ("url: https://a.example, forms: [8-K]", "only a source of type edgar"),
        ("url: https://a.example, lists: [public]", "has no lists"),
        ("type: jetstream, full_text: true", "a source of type jetstream has no pages"),
        ("url: https://a.example, token: {}", "one of 'env' and 'file'"),
        ("url: https://a.example, token: {env: NOT_SET}", "the variable NOT_SET is not set"),
        ("type: mastodon", "'url' is missing"),
        ("type: jetstream, url: https://a.example", "wss://... is expected"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, source: str, said: str) -> None:
    path = write(tmp_path, f"sources:\n  - {{name: a, {source}}}\n")
    with pytest.raises(SettingsError) as caught:
        read_sources(path, environment={})
    assert str(caught.value).startswith(f"{path}, line 2: ")
    assert said in str(caught.value)


def test_a_name_or_an_address_twice_is_refused(tmp_path: Path) -> None:
    for second, said in (
        ("{name: a, url: 'https://b.example'}", "taken"),
        ("{name: b, url: 'https://a.example'}", "twice"),
    ):
        path = write(tmp_path, f"sources:\n  - {{name: a, url: 'https://a.example'}}\n  - {second}\n")
        with pytest.raises(SettingsError, match=f"line 3: .*{said}"):
            read_sources(path)


def test_a_changed_file_or_token_is_read_again_and_a_wrong_one_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one\n")
    head = "sources:\n  - {name: a, url: 'https://a.example', token: {file: token}}\n"
    file = SourcesFile(write(tmp_path, head))
    assert file.current.tokens == {"a": "one"}
    (tmp_path / "token").write_text("two")
    os.utime(tmp_path / "token", (1, 1))
    assert file.refresh()
    assert file.current.tokens == {"a": "two"}
    write(tmp_path, head + "  - {name: a}\n")
    with pytest.raises(SettingsError, match="line 3"):
        file.refresh()
    assert list(file.current.sources) == ["a"]
