"""``bellwether model together``: train a whole encoder for documents and for the sentiment per name at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models.labels import SENTIMENT, TOPIC
from models.training.recipe import NamesRecipe, Recipe, recipe_from
from stream.cli.training import training_extra

OF_NAMES = "names."  # what begins the settings of the names' recipe


def together(
    run: Annotated[Path, typer.Argument(help="Folder of the run to write.")],
    base: Annotated[Path, typer.Option(help="A finished run, or an encoder in Hugging Face format.")],
    entity: Annotated[Path, typer.Option(help="CSV or JSON lines, also .gz: text, entity, label, split[, source].")],
    sentiment: Annotated[Path, typer.Option(help="Likewise: text, label, split[, source].")],
    topic: Annotated[Path | None, typer.Option(help="Likewise.")] = None,
    settings: Annotated[list[str], typer.Option("--set", help="NAME=VALUE of the recipe, or names.NAME=VALUE.")] = [],  # noqa: B006
) -> None:
    """Train documents and names together, the encoder included; what BASE answers for documents is kept.

    What may be set: for documents what 'model train' takes; for names see NamesRecipe in models/training/recipe.py.
    """
    from models.training.data.dataset import TRAIN
    from models.training.data.entities import without
    from stream.cli.work.labelled import names_to_learn, set_to_learn

    recipe = recipe_from([one for one in settings if not one.startswith(OF_NAMES)], Recipe)
    own = [one.removeprefix(OF_NAMES) for one in settings if one.startswith(OF_NAMES)]
    of_names = recipe_from(own, NamesRecipe)
    files = {SENTIMENT: sentiment, **({TOPIC: topic} if topic else {})}
    sets = [set_to_learn(head, path, recipe.licences) for head, path in files.items()]
    held_out = [row.text for labelled in sets for row in labelled.rows if row.split != TRAIN]
    texts = without(names_to_learn(entity, recipe.licences), held_out)
    with training_extra():
        from models.training.together import train_together

        train_together(base, run, sets, texts, (recipe, of_names), lambda line: typer.echo(line, err=True))
    typer.echo(
        f"{run}; next: bellwether model average MEAN {run} {base}, then bellwether model export MEAN ARTIFACT ..."
    )
