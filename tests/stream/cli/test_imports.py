"""A command loads what it needs and no more: `--help` would else take seconds, and so would a look at a small file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Each takes from 0.05 s to 1 s of processor time to load. (pydantic is not here: typer itself loads it, to parse.)
SLOW = {
    *("aiohttp", "aiokafka", "ahocorasick", "alembic", "asyncio", "faust", "httpx", "kafka", "numpy", "onnxruntime"),
    *("prometheus_client", "psycopg", "pydantic_settings", "redis", "re2", "scipy", "sqlalchemy"),
    *("tokenizers", "torch", "uvloop", "yaml", "rich.live", "rich.progress", "stream.cli.work", "stream.settings"),
}


def _slow_imports(statement: str, *arguments: str) -> set[str]:
    """Return which of the slow modules a process has loaded once it has run the statement."""
    code = f"import json, sys\ntry: {statement}\nexcept SystemExit as end: assert not end.code\n"
    code += "print('\\n' + json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, timeout=400, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return SLOW & set(json.loads(done.stdout.splitlines()[-1]))


def _run(*arguments: str) -> set[str]:
    return _slow_imports("from stream.__main__ import main; main()", *arguments)


@pytest.mark.parametrize("words", ["", "alerts list", "bench detect", "publish", "worker"])
def test_help_loads_nothing_that_is_slow(words: str) -> None:
    assert not _run(*words.split(), "--help")


def test_a_watchlist_is_checked_with_its_own_parser_alone(tmp_path: Path) -> None:
    file = tmp_path / "watchlist.yaml"
    file.write_text("entries:\n  - name: Acme\n")
    assert _run("watchlist", "check", str(file)) <= {"ahocorasick", "yaml"}


def test_rules_are_checked_without_a_server_s_client(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n  - name: surge\n    kind: volume\n    series: ['topic:*']\n")
    assert not _run("rules", "check", str(file)) & {"faust", "kafka", "redis", "sqlalchemy", "httpx", "aiohttp"}


def test_publishing_needs_no_more_than_a_client_of_kafka() -> None:
    needed = {"kafka", "pydantic_settings", "rich.live", "rich.progress", "stream.cli.work"}
    assert _slow_imports("import stream.cli.work.publish") <= needed | {"stream.settings", "asyncio"}
