"""The commands around sources: what they say of a file, of its sources, and of how these are."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stream.adapters.files.sources import read_sources, starter
from stream.adapters.postgres.source_store import PostgresSourceStore
from stream.cli import app
from stream.pipeline.feeds.ports import Health
from tests.contracts.sources import source
from tests.postgres import opened_engine
from tests.publishers import Answer, Publisher, item, publishing

OPML = """<?xml version="1.0"?><opml version="2.0"><body><outline text="Banks &amp; co">
<outline type="rss" text="Bank, Z\u00fcrich" xmlUrl="https://a.example/feed?a=1&amp;b=2"/>
<outline type="rss" text="Bank (Z\u00fcrich)" xmlUrl="http://b.example/feed"/></outline>
<outline type="rss" text="500 words" xmlUrl="feed://c.example/feed"/>
<outline type="rss" text="again" xmlUrl="https://a.example/feed?a=1&amp;b=2"/>
<outline type="rss" text="local" xmlUrl="file:///etc/passwd"/></body></opml>"""


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


def run(*args: str | Path, **environment: str) -> Result:
    names = {f"BELLWETHER_{name.upper()}": value for name, value in environment.items()}
    return CliRunner().invoke(app, ["feeds", *map(str, args)], env=names, catch_exceptions=True)


def test_the_starter_file_is_off_and_right(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    assert run("init", path).exit_code == 0
    assert read_sources(path).sources == {}
    everything = read_sources(path, everything=True).sources
    assert len(everything) == starter().count("{name:") > 15
    assert "is there already" in str(run("init", path).exception)


def test_opml_becomes_sources_and_these_become_opml(tmp_path: Path) -> None:
    opml, path = tmp_path / "list.opml", tmp_path / "sources.yaml"
    opml.write_text(OPML)
    imported = run("import", opml, path)
    assert imported.exit_code == 0
    assert "left out: file:///etc/passwd: https://... is expected" in imported.stderr
    found = read_sources(path).sources
    assert {one.name: one.url for one in found.values()} == {
        "bank-zurich": "https://a.example/feed?a=1&b=2",
        "bank-zurich-2": "http://b.example/feed",
        "feed-500-words": "https://c.example/feed",
    }
    assert "# Banks & co" in path.read_text()
    opml.write_text(run("export", path).stdout)
    assert run("import", opml, tmp_path / "again.yaml").exit_code == 0
    assert read_sources(tmp_path / "again.yaml").sources == found


def test_opml_that_names_no_encoding_is_utf_8_and_what_cannot_be_asked_is_told(tmp_path: Path) -> None:
    feeds = ("ftp://c.example/feed", "https://u:p@d.example/feed", "https://e.example/" + "a" * 3000)
    lines = "".join(f'<outline text="x" xmlUrl="{url}"/>' for url in ("https://a.example/feed", *feeds))
    opml, path = tmp_path / "list.opml", tmp_path / "sources.yaml"
    for head in ("", "<?xml version='1.0' encoding='iso-8859-1'?>"):
        opml.write_text(
            f'{head}<opml version="2.0"><body><outline text="\u4e2d\u6587&#150;">{lines}</outline></body></opml>'
        )
        result = run("import", opml, path)
        assert result.exit_code == 0
        assert "\n  # \u4e2d\u6587" in path.read_text()
        assert len(read_sources(path).sources) == 1
        said = ("https://... is expected", "holds no password", "at most 2000 characters")
        assert all(part in line for part, line in zip(said, result.stderr.splitlines(), strict=True))
        path.unlink()


def test_export_says_what_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(
        "sources:\n  - {name: a, url: 'https://a.example/feed'}\n"
        "  - {name: b, url: 'https://b.example/feed', enabled: false}\n  - {name: sec, type: edgar}\n"
    )
    result = run("export", path)
    assert "a.example" in result.stdout
    assert "b.example" not in result.stdout
    assert result.stderr.splitlines() == [
        "bellwether: left out, since they are off: b",
        "bellwether: left out, since they are no feeds: sec",
    ]


@pytest.mark.parametrize("text", ["", "no xml", '<!DOCTYPE o [<!ENTITY a "b">]><opml>&a;</opml>'])
def test_what_is_no_opml_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.opml").write_text(text)
    assert "list.opml" in str(run("import", tmp_path / "list.opml", tmp_path / "new.yaml").exception)
    assert not (tmp_path / "new.yaml").exists()


def test_check_says_what_each_source_would_give(publisher: Publisher, tmp_path: Path) -> None:
    publisher.feed("/good", item("Rates rise", "1", "Mon, 29 Jun 2026 10:00:00 GMT"), item("The cat sleeps", "2"))
    publisher.pages["/page"] = Answer(200, b"<!doctype html>")
    publisher.feed("/new", item("Up", "1"))
    publisher.pages["/moved"] = Answer(301, b"", {"Location": "/new"})
    line = "  - {{name: {0}, url: '{1}/{0}', allow_http: true, allow_private: true, keywords: [rates, up]{2}}}\n"
    path = tmp_path / "sources.yaml"
    path.write_text("sources:\n" + "".join(line.format(n, publisher.url, "") for n in ("good", "page", "moved")))
    checked = run("check", path, "--json")
    good, page, moved = map(json.loads, checked.stdout.splitlines())
    assert checked.exit_code == 1
    assert (good["documents"], good["published"], good["undated"]) == (2, 1, 1)
    assert (good["kind"], good["newest"], good["problem"]) == ("RSS 2.0", "2026-06-29 10:00", "")
    assert "HTML page" in page["problem"]
    assert moved["problem"].endswith("/new")
    path.write_text("sources:\n" + line.format("good", publisher.url, ", enabled: false"))
    assert "--all" in run("check", path).stdout
    assert run("check", path, "--all").exit_code == 0


def test_list_and_show_say_how_sources_are(database: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    quiet = Health(
        tried_at=now, succeeded_at=now, new_at=now - timedelta(days=2), looks=4, unchanged=3, arrivals=9, longest_gap=60
    )
    gone = Health(tried_at=now, failures=1, error="a.example answered 410 (Gone)", disabled="gone")

    async def fill() -> None:
        async with opened_engine(database) as engine:
            store = PostgresSourceStore(engine)
            for claim in await store.claim([source("quiet"), source("gone")], now, timedelta(minutes=1), 9):
                await store.save(claim, claim.position, quiet if claim.name == "quiet" else gone, {})

    asyncio.run(fill())
    path = tmp_path / "sources.yaml"
    names = ("quiet", "gone", "new")
    path.write_text("sources:\n" + "".join(f"  - {{name: {n}, url: 'https://example.org/{n}'}}\n" for n in names))
    rows = [json.loads(line) for line in run("list", path, "--json", postgres=database).stdout.splitlines()]
    assert [row["state"] for row in rows] == ["silent", "disabled", "waiting"]
    assert rows[0]["unchanged_share"] == 0.75
    listed = run("list", path, postgres=database).stdout
    assert "silent" in listed
    assert "75%" in listed
    assert json.loads(run("show", "gone", postgres=database).stdout)["disabled"] == "gone"
    assert "no source 'other'" in str(run("show", "other", postgres=database).exception)
    assert run("enable", "gone", postgres=database).exit_code == 0
    assert json.loads(run("show", "gone", postgres=database).stdout)["disabled"] is None
