"""The console of everything that is printed with Rich: what stands in a name or a headline comes out as it is."""

from __future__ import annotations

from functools import partial

from rich.console import Console

# Rich reads ":apple:" as a picture and "[b]" as a style, and the series entry:Apple has a colon on both sides in a log.
plain_console = partial(Console, emoji=False, markup=False)
