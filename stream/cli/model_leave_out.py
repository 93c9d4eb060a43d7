"""``bellwether model leave-out``: what a recipe is worth on a source of which it learned nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from models.labels import SENTIMENT
from models.training.recipe import Recipe, recipe_from
from stream.cli.training import training_extra


def leave_out(
    run: Annotated[Path, typer.Argument(help="Folder of the trainings; finished ones are kept.")],
    sources: Annotated[list[str], typer.Argument(help="Each is left out once; 'all': every source of the file.")],
    sentiment: Annotated[Path, typer.Option(help="CSV or JSON lines, also .gz: text, label, split, source.")],
    base: Annotated[Path | None, typer.Option(help="An encoder that has learned none of it.")] = None,
    settings: Annotated[list[str], typer.Option("--set", help="NAME=VALUE of the recipe.")] = [],  # noqa: B006
) -> None:
    """Train without a source and measure on all of its rows, for each in turn; prints JSON.

    Licences that the recipe asks for count for what is learned, not for what is only measured.
    """
    from stream.cli.work.labelled import set_to_measure

    recipe = recipe_from(settings, Recipe)
    rows = set_to_measure(SENTIMENT, sentiment)
    with training_extra():
        from models.training.crossval import cross_validate, sources_left_out
        from models.training.run import default_base

        result = cross_validate(sources_left_out(rows, recipe, sources), base or default_base(), run, recipe)
    typer.echo(msgspec.json.encode(result).decode())
