"""A misspelt field of a file: the error names the nearest that may stand there, at whatever depth."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from stream.adapters.files.strict_yaml import YamlFile
from stream.adapters.files.watchlist import read_watchlist
from stream.errors import SettingsError
from stream.near_fields import hint
from stream.pipeline.feeds.sources import SourcesSpec
from stream.pipeline.notify.config import RoutesSpec
from stream.pipeline.rules.book import BookSpec


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        (SourcesSpec, "source: []\n", "source: there is no field 'source'; did you mean 'sources'?"),
        (SourcesSpec, "sources:\n  - {name: a, keyword: [x]}\n", "did you mean 'keywords'?"),
        (SourcesSpec, "sources:\n  - {name: a, allow-http: true}\n", "did you mean 'allow_http'?"),
        (SourcesSpec, "sources:\n  - {name: a, Url: 'https://a.example'}\n", "did you mean 'url'?"),
        (SourcesSpec, "sources:\n  - {name: a, token: {fil: y}}\n", "did you mean 'file'?"),
        (RoutesSpec, "receivers:\n  - {name: a, typ: slack}\n", "did you mean 'type'?"),
        (RoutesSpec, "grouping: {withn: 15m}\n", "did you mean 'within'?"),
        (BookSpec, "rule: []\n", "did you mean 'rules'?"),
    ],
)
def test_an_unknown_field_comes_with_the_nearest(
    tmp_path: Path, kind: type[msgspec.Struct], content: str, said: str
) -> None:
    (path := tmp_path / "file.yaml").write_text(content)
    with pytest.raises(SettingsError) as caught:
        YamlFile(path).read(kind)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "w.yaml",
            "entries:\n  - {name: Tesla, ticker: [TSLA]}\n",
            "there is no field 'ticker'; did you mean 'tickers'?",
        ),
        ("w.yaml", "entries:\n  - {name: Tesla, Group: cars}\n", "did you mean 'group'?"),
        ("w.csv", "name,ticker\nTesla,TSLA\n", "; did you mean 'tickers'?"),
        ("w.csv", "name,by topic\nTesla,true\n", "; did you mean 'by_topic'?"),
    ],
)
def test_so_does_one_of_a_watchlist(tmp_path: Path, name: str, content: str, said: str) -> None:
    (path := tmp_path / name).write_text(content)
    with pytest.raises(SettingsError) as caught:
        read_watchlist(path)
    assert said in str(caught.value)


class _Inner(msgspec.Struct):
    colour: str = ""


class _Outer(msgspec.Struct):
    one: _Inner | None = None
    many: dict[str, list[_Inner]] = {}
    depth: int = 0


def test_only_what_may_stand_at_that_place_is_named() -> None:
    assert hint(_Outer, (), "dept") == "; did you mean 'depth'?"
    for place in (("one",), ("many", "x", 3)):
        assert hint(_Outer, place, "color") == "; did you mean 'colour'?"
        assert hint(_Outer, place, "dept") == ""
    assert hint(_Outer, (), "zzz") == ""
    assert hint(_Outer, ("no", "such", 1, "place"), "depth") == ""
