"""Options and arguments that benchmarks share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
Different = Annotated[Path | None, typer.Argument(help="Documents to send, no text twice; else invented ones.")]
