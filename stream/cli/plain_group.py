"""Arguments that a command does not take: typer has pydantic read them, and would tell in its words what is wrong."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from stream.plain_values import plain


class PlainGroup(TyperGroup):
    """All commands: what is wrong with an argument of one is told in plain words."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = plain(error.message)
            raise
