"""What people read: every link leads somewhere, every command exists with its options, every setting is listed."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
from markdown_it import MarkdownIt
from pydantic import SecretStr

from stream.cli import app
from stream.settings import Settings
from stream.settings_files import PREFIX

ROOT = Path(__file__).parents[2]
README, DOCS = ROOT / "README.md", ROOT / "docs"
PAGES = (README, *sorted(DOCS.glob("*.md")))
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
ENDS = {"|", ">", ">>", "&", "&&", ";", "<"}


def test_nobody_is_told_to_install_what_others_call_bellwether() -> None:
    """The name belongs to somebody else's package on PyPI; ours is installed from its folder."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not (path / "pyvenv.cfg").exists()]
    files = [*ROOT.iterdir(), *(file for folder in folders for file in folder.rglob("*"))]
    texts = [file for file in files if file.name.endswith((".py", ".md", ".yml", ".yaml", ".example", "Dockerfile"))]
    assert len(texts) > 500
    assert [
        path for path in texts if re.search(r"pip install [^\n]*['\"` ]bellwether\b[\['\"]", path.read_text())
    ] == []


def test_the_readme_is_short_and_holds_the_command_that_ci_runs() -> None:
    text = README.read_text()
    assert len(text.splitlines()) <= 150
    assert re.search(r"^ +\.venv/bin/pip install -e '\.\[test\]' && ", text, re.MULTILINE)


@pytest.mark.skipif(find_spec("mkdocs") is None, reason="needs the extra 'docs'")
def test_the_site_builds_and_every_link_in_it_leads_somewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")]
    built = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "site" / "tutorial" / "index.html").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in _links(page):
        if re.match("[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in _anchors(target), f"{page.name}: {link}"


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(BELLWETHER_\w+)` \| ([^|]+) \|", (DOCS / "settings.md").read_text(), re.MULTILINE))
    assert rows.keys() == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        shown = rows[f"{PREFIX}{name.upper()}"]
        if shown == "the shipped models":
            continue
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        assert shown == ("none" if default is None else f"`{_text(default)}`"), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist_with_their_options(page: Path) -> None:
    for line in _commands(page):
        command: Any = typer.main.get_command(app)  # of click as typer bundles it
        for word in line:
            if hasattr(command, "commands"):
                if word == "...":
                    break
                names = word.split("|")
                assert set(names) <= command.commands.keys(), f"{page.name}: {' '.join(line)}"
                command = command.commands[names[-1]]
            elif word.startswith("-") and len(word) > 1:
                options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
                assert word.partition("=")[0] in options, f"{page.name}: {' '.join(line)}"


def test_the_check_of_commands_sees_what_stands_in_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Say `bellwether up`.\n\n    A=b .venv/bin/bellwether alerts list --json | head  # why\n    other\n"
    )
    assert list(_commands(page)) == [["up"], ["alerts", "list", "--json"]]


@pytest.mark.parametrize(
    ("page", "bank", "more"),
    [
        ("tutorial.md", "Castermere", {}),
        ("tutorial.zh-CN.md", "晨川银行", {f"{PREFIX}LANGUAGE": "zh"}),
    ],
)
def test_what_the_tutorial_saves_to_files_works(tmp_path: Path, page: str, bank: str, more: dict[str, str]) -> None:
    blocks = MARKDOWN.parse((DOCS / page).read_text())
    make_news, *_ = [block.content for block in blocks if block.info == "python"]
    _run([sys.executable, "-c", make_news], tmp_path)
    parts = {name: (tmp_path / f"{name}.jsonl").read_text().splitlines() for name in ("past", "today", "after")}
    assert all(parts.values())
    titles = [json.loads(line) for line in parts["today"]]
    assert any(bank in str(document) for document in titles)
    for name, content in zip(
        ("watchlist", "rules", "routes"), [block.content for block in blocks if block.info == "yaml"], strict=True
    ):
        (tmp_path / f"{name}.yaml").write_text(content)
        _run([sys.executable, "-m", "stream", name, "check", f"{name}.yaml"], tmp_path, more)
    tried = [line for line in _commands(DOCS / page) if line[:2] == ["watchlist", "test"]]
    found = [_run([sys.executable, "-m", "stream", *line], tmp_path, more) for line in tried]
    assert [bank in text for text in found] == [True]


# What differs between the two tutorials: names of the two markets, and what is said in words.
_IN_CHINESE = (
    ("wire", "快讯社"),
    ("Orbelline Motors raises its outlook", "澜轨汽车上调全年销量目标"),
    ("from stream.demo.scenario", "from stream.demo.chinese import CHINESE\nfrom stream.demo.scenario"),
    ("generate(1, now)", "generate(1, now, script=CHINESE)"),
    ("Depositors queue outside Castermere Bank", "储户在晨川银行门外排队取款"),
    ("[Castermere Bank]", "[晨川]"),
    ("Castermere", "晨川银行"),
    ("group: banks", "group: 银行"),
    ("group: cars", "group: 汽车"),
    ("Vantreel Bank", "汀泽银行"),
    ("on it", "正在处理"),
    ("my desk", "我的交易台"),
    ("Orbelline Motors recalls all cars", "澜轨汽车宣布召回全部车辆"),
    ("Orbelline Motors", "澜轨汽车"),
)


def test_the_tutorial_in_chinese_has_the_same_commands_and_files() -> None:
    ours, other = (
        [_bare(token.content) for token in MARKDOWN.parse((DOCS / name).read_text()) if token.type in _CODE]
        for name in ("tutorial.md", "tutorial.zh-CN.md")
    )
    for english, chinese in _IN_CHINESE:
        ours = [code.replace(english, chinese) for code in ours]
    assert other == ["export BELLWETHER_LANGUAGE=zh", *ours]


_CODE = ("fence", "code_block")


def _bare(code: str) -> str:
    """Return code without its comments."""
    return "\n".join(line.partition("  #")[0].rstrip() for line in code.splitlines())


def _run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DESK_SECRET": "whsec_" + "A" * 44} | (more or {})
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _links(page: Path) -> Iterator[str]:
    for token in MARKDOWN.parse(page.read_text()):
        for child in token.children or ():
            for name in ("href", "src"):
                if isinstance(link := child.attrGet(name), str):
                    yield link


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _commands(page: Path) -> Iterator[list[str]]:
    """Return what follows `bellwether` in each command of the page, in the text and in blocks of code."""
    for token in MARKDOWN.parse(page.read_text()):
        if token.type in ("code_block", "fence"):
            yield from _commands_of(token.content.replace("\\\n", " "))
        for child in token.children or ():
            if child.type == "code_inline" and child.content.startswith("bellwether "):
                yield from _commands_of(child.content)


def _commands_of(code: str) -> Iterator[list[str]]:
    for line in code.splitlines():
        words = re.split(r"\s", line.strip())
        program = next((place for place, word in enumerate(words) if re.fullmatch(r"(\S*/)?bellwether", word)), None)
        if program is None or any("=" not in word for word in words[:program]):
            continue
        rest = shlex.split(" ".join(words[program + 1 :]).replace("[", " ").replace("]", " "), comments=True)
        end = next((place for place, word in enumerate(rest) if word in ENDS), len(rest))
        yield rest[:end]


def _text(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
