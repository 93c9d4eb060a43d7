"""What is printed comes out as it is: a name is no picture, and no style."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.table import Table

import stream
from stream.console import plain_console

NAMES = ["FIRING entry:Apple: 12.8 negative", '"BREAKING:Shell: sued"', "group:x:y", "[bold]Key[/bold] [b]"]


@pytest.mark.parametrize("text", NAMES)
def test_a_name_comes_out_as_it_is_written_in_lines_and_in_tables(text: str) -> None:
    out = StringIO()
    table = Table(text)
    table.add_row(text)
    console = plain_console(file=out, width=100)
    console.print(text)
    console.print(table)
    assert out.getvalue().count(text) == 3


def test_nothing_prints_with_another_console() -> None:
    root = Path(stream.__file__).parent
    files = [file for file in root.rglob("*.py") if file != root / "console.py"]
    assert [file for file in files if re.search(r"\bConsole\(", file.read_text(encoding="utf-8"))] == []
