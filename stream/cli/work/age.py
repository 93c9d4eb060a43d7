"""How old the documents of a file are, told before they are published: beside a live feed old ones are late."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from stream.adapters.files.documents import DocumentFile, parse_line
from stream.cli.operating import TIME
from stream.cli.work.undated import Undated
from stream.errors import DocumentError
from stream.pipeline.figures import number, span
from stream.settings import Settings
from stream.translation import N_, _

# Reading so many took 1.8 s (measured, 250 characters each). More, and the sending begins later; fewer, and less of a
# large file is known before it.
LOOKED_AT = 100_000
# The first day of a series is silent, since it warms up; see docs/detection.md.
_OLD = N_(
    "{old} of {count} documents are older than {time} (BELLWETHER_LATE_FOR), from {first} to {last} UTC; where newer"
    " ones are already there, they are late and not counted; on a new installation they count as news, and alerts are"
    " sent for them. Another command brings the past in, and no alert is sent: `bellwether backfill {file}`"
)
_OLD_OF_THE_FIRST = N_(
    "{old} of the first {count} documents are older than {time} (BELLWETHER_LATE_FOR), from {first} to {last} UTC;"
    " where newer ones are already there, they are late and not counted; on a new installation they count as news, and"
    " alerts are sent for them. Another command brings the past in, and no alert is sent: `bellwether backfill {file}`"
)


def age_warnings(file: DocumentFile, settings: Settings, now: datetime) -> list[str]:
    """Return what is to be said of documents that are late beside live ones, and of those without a time.

    Only a plain file is looked into, for anything else can be read but once.
    """
    if not Path(file.file).is_file():
        return []
    late_for, accepted = timedelta(seconds=settings.late_for), settings.acceptance
    undated, times = Undated(), []
    lines = file.lines(lambda _notice: None)
    for line in islice(lines, LOOKED_AT):
        read = parse_line(line, now, accepted)
        if not isinstance(read, DocumentError):
            undated.add(read, line.content)
            times.append(read.document.published_at)
    more = next(lines, None) is not None
    old = [moment for moment in times if moment < now - late_for]
    warnings = [undated.sentence] if undated.sentence else []
    if old:
        words = _(_OLD_OF_THE_FIRST if more else _OLD).format(
            old=number(len(old)),
            count=number(len(times)),
            time=span(late_for.total_seconds()),
            first=f"{min(old):{TIME}}",
            last=f"{max(old):{TIME}}",
            file=shlex.quote(file.file),
        )
        warnings.append(words)
    return warnings
