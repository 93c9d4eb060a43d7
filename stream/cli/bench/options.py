"""The option that every benchmark has."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
