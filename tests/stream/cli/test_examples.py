"""The help of each command: whole at 80 columns, with examples that parse, and run where no server is needed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from stream.cli import app
from stream.cli.examples import EXAMPLES, ROOT

# What may stand in an example beside the command itself.
OTHERS = {"echo", "jq", "export", "."}
FILES = {
    "news.jsonl": '{"source": "a", "text": "Bank fails"}\n',
    "watchlist.yaml": "entries:\n  - name: Acme\n    tickers: [ACME]\n",
    "rules.yaml": "rules:\n  - name: mine\n    series: ['topic:*']\n",
    "routes.yaml": "receivers:\n  - {name: desk, type: slack, url: 'https://chat.example/hook'}\ndefault: [desk]\n",
}
# Those that need neither a server nor long, with what their output holds.
RUNNABLE = {
    "classify": "negative",
    "watchlist check": "1 entries",
    "watchlist test": "Acme",
    "rules check": "mine",
    "routes check": "desk",
    "api token": "",
    "api openapi": "",
}


def _leaves(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, found in getattr(command, "commands", {}).items():
        yield from _leaves(found, f"{path} {name}".strip())
    if not hasattr(command, "commands"):
        yield path, command


COMMANDS = dict(_leaves(typer.main.get_command(app)))


def _lines(examples: str) -> list[str]:
    return cleandoc(examples).replace("\\\n", " ").splitlines()


def _parts(line: str) -> Iterator[list[str]]:
    """Yield the words of each command of a line, without redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>")
    lexer.whitespace_split = True
    words: list[str] = []
    awaits_file = False
    for word in lexer:
        if word == "|":
            yield words
            words = []
        elif word in {"<", ">", ">>"}:
            words, awaits_file = (words[:-1] if words[-1:] == ["2"] else words), True
        elif awaits_file:
            awaits_file = False
        else:
            words.append(word)
    yield words


def test_every_command_has_an_example_and_no_other_has() -> None:
    assert EXAMPLES.keys() == COMMANDS.keys()


@pytest.mark.parametrize("path", ["", *EXAMPLES])
def test_examples_parse(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("headlines.jsonl.gz").touch()  # the one file that must be there before a command looks
    parsed = set()
    for words in (words for line in _lines(EXAMPLES.get(path, ROOT)) for words in _parts(line)):
        if words[0] in OTHERS:
            continue
        assert words[0] == "bellwether"
        name = max((name for name in COMMANDS if words[1:][: len(name.split())] == name.split()), key=len)
        arguments = words[1 + len(name.split()) :]
        COMMANDS[name].make_context(name, arguments)  # an error is a usage error, as on the command line
        parsed.add(name)
    assert parsed == ({path} if path else {"demo", "publish", "watch", "alerts show"})


@pytest.mark.parametrize("wrong", ["bellwether alerts list --no-such", "bellwether alerts list --status asleep"])
def test_a_wrong_example_would_be_seen(wrong: str) -> None:
    [words] = _parts(wrong)
    with pytest.raises(Exception, match=r"(?i)no such option|is not one of"):
        COMMANDS["alerts list"].make_context("alerts list", words[3:])


@pytest.mark.parametrize("path", EXAMPLES)
def test_help_is_whole_at_eighty_columns(path: str) -> None:
    shown = CliRunner().invoke(app, [*path.split(), "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).output
    lines = [line.rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= 80
    for line in cleandoc(EXAMPLES[path]).splitlines():
        assert line.strip() in map(str.strip, lines), "is broken over two lines"
    told = COMMANDS[path].callback.__doc__
    if told and not told.startswith("See ``help``") and "``help``" not in told:
        # Word for word: what stands in brackets, say, is not taken for markup and left out.
        assert " ".join(told.split()) in " ".join(shown.split())


@pytest.mark.parametrize("path", RUNNABLE)
def test_examples_run(path: str, tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    program = tmp_path / "bellwether"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m stream "$@"\n')
    program.chmod(0o755)
    variables = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(Path.cwd())}
    for line in _lines(EXAMPLES[path]):
        done = subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=400, check=False
        )
        assert done.returncode == 0, done.stderr
        redirected = re.findall(r"[^2]>+ (\S+)", line)
        said = "".join((tmp_path / name).read_text() for name in redirected) if redirected else done.stdout
        assert said
        assert RUNNABLE[path] in said
