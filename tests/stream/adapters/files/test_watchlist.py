"""The watchlist's file: both formats, errors with their line, reloading, the commands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream.adapters.files.watchlist import WatchlistFile, read_watchlist
from stream.cli import app
from stream.errors import SettingsError

YAML = """\
entries:
  - name: Tesla
    tickers: [TSLA]
    group: cars
    weight: 2.5
  - name: Apple
    exclude: [apple pie]
    by_topic: true
"""
CSV = "name,tickers,exclude,group,weight,by_topic\nTesla,TSLA,,cars,2.5,\nApple,,apple pie; Big Apple,,,true\n"


def written(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    one = read_watchlist(written(tmp_path / "w.yaml", YAML)).entries
    other = read_watchlist(written(tmp_path / "w.csv", CSV)).entries
    assert one["Tesla"] == other["Tesla"]
    assert other["Apple"].exclude == ("apple pie", "Big Apple")
    assert other["Apple"].by_topic


def test_both_formats_take_tickers_with_signs_and_cashtag_only(tmp_path: Path) -> None:
    tickers = ("BRK-B", "BTC-USD", "M&M.NS", "^GSPC", "EURUSD=X", "0700.HK", "RDS/A")
    listed = "".join(f"      - {ticker}\n" for ticker in tickers)
    yaml = f"entries:\n  - name: One\n    cashtag_only: true\n    tickers:\n{listed}"
    csv = f"name,tickers,cashtag_only\nOne,{';'.join(tickers)},true\n"
    one = read_watchlist(written(tmp_path / "w.yaml", yaml)).entries["One"]
    assert one == read_watchlist(written(tmp_path / "w.csv", csv)).entries["One"]
    assert one.tickers == tickers
    assert one.cashtag_only


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.yaml", YAML + "  - name: [\n", "line 1[01]: not YAML"),
        ("w.yaml", YAML + "  - nam: Ford\n", "line 9: entry.*nam"),
        ("w.yaml", YAML + "  - name: Ford\n    tickers: [f]\n", "line 9: entry of 'Ford'.*tickers"),
        ("w.yaml", YAML + "  - name: Tesla\n", "line 9: an entry named 'Tesla'"),
        ("w.yaml", YAML + "  - Ford\n", "entry: Expected"),
        ("w.yaml", "- name: Tesla\n", "one key 'entries'"),
        ("w.csv", "name,ticker\n", "column 'ticker'"),
        ("w.csv", CSV + "Ford,F,,,heavy,\n", "line 4.*heavy"),
        ("w.csv", CSV + ",F,,,,\n", "line 4: entry.*name"),
        ("none.yaml", None, "No such file"),
    ],
)
def test_a_wrong_file_gives_line_and_reason(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        written(tmp_path / name, content)
    with pytest.raises(SettingsError, match=message):
        read_watchlist(tmp_path / name)


def test_a_changed_file_is_read_again_and_a_broken_one_keeps_the_old(tmp_path: Path) -> None:
    path = written(tmp_path / "w.yaml", YAML)
    file = WatchlistFile(path)
    assert not file.refresh()
    written(path, YAML + "  - name: Ford\n")
    os.utime(path, ns=(1, 1))
    assert file.refresh()
    assert "Ford" in file.current.entries
    written(path, "entries: 7\n")
    with pytest.raises(SettingsError):
        file.refresh()
    assert not file.refresh()
    assert "Ford" in file.current.entries
    path.unlink()
    with pytest.raises(SettingsError):
        file.refresh()


def test_commands(tmp_path: Path) -> None:
    path = str(written(tmp_path / "w.yaml", YAML))
    answer = CliRunner().invoke(app, ["watchlist", "check", path])
    assert "2 entries in 1 groups, 3 names" in answer.output
    answer = CliRunner().invoke(app, ["watchlist", "test", path, "why $TSLA fell"])
    assert "cashtag" in answer.output
    assert CliRunner().invoke(app, ["watchlist", "test", path, "apple pie"]).exit_code == 1
