"""In Chinese the demo's own lines hold no English words but names, and fit 80 columns."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from stream.demo.chinese import CHINESE
from stream.demo.rumour import Rumour
from stream.demo.summary import Counts, happened, next_steps, next_while_it_holds, webhook_note
from stream.view import Snapshot
from tests.output import english_words
from tests.stream.demo.test_playing import START, firing, later_alert, webhook

pytestmark = pytest.mark.usefixtures("chinese")

BANK = f"entry:{CHINESE.names.called}"
NAMES = {"JSON", "CSV"}
# Of a webhook's JSON, of the command line, and of files.
COMMANDS = {"webhook", "Webhook", "alert", "firing", "updated", "resolved", "bellwether", "demo", "language", "hold"}
COMMANDS |= {"feed", "FILE", "docs", "tutorial", "tmp", "env", "alerts", "show", "echo", "source", "text", "publish"}


def english(lines: list[str]) -> set[str]:
    """Return the English words of the lines but names and commands."""
    return english_words("\n".join(lines)) - NAMES - COMMANDS


def test_what_happened_is_chinese_and_fits_80_columns() -> None:
    over = START + timedelta(minutes=80)
    names = "Stock Movement", "Company | Product News", "Macro", "Fed | Central Banks", "General News | Opinion"
    topics = [firing(f"topic:{name}", over) for name in names]
    later = [replace(row, alert=later_alert(row.alert, 3 + place)) for place, row in enumerate(topics)]
    told = [webhook(f"alert.{kind}") for kind in ("firing", "updated", "resolved")]
    counts = Counts(13_931, 13_931, 13_931, 0, 84.2)
    snapshot = Snapshot(over, alerts=(*later, firing(BANK, over)))
    lines = happened(counts, Rumour(CHINESE.names.rumoured, 1_503, 2.14, alerted=False), snapshot, told)
    assert len(lines) == 5
    assert "同一事件" in lines[3]
    wrong = Counts(51, 49, 49, 1, 20), Rumour(CHINESE.names.rumoured, 1_503, 2.14, alerted=True)
    lines += happened(*wrong, Snapshot(START, alerts=(firing(BANK),)), [webhook("alert.firing", verified=False)])
    lines += happened(wrong[0], None, Snapshot(START), [])
    assert english(lines) == set()
    assert max(map(cell_len, lines)) <= 78


def test_notes_and_next_steps_are_chinese_and_fit_80_columns() -> None:
    notes = [
        webhook_note(webhook("alert.firing", series=BANK)),
        webhook_note(webhook("", verified=False)).replace("msg_1", ""),
    ]
    steps = [*next_steps(".venv/bin/bellwether"), *next_while_it_holds("bellwether", Path("/tmp/b/env"), "77387e7b-1")]
    assert english([*notes, *steps]) <= {"venv", "bin"}
    assert max(cell_len(f"  {line}") for line in (*notes, *steps)) <= 80
    assert ".venv/bin/bellwether demo --language zh --hold" in steps[0]  # what comes next is in this language, too
