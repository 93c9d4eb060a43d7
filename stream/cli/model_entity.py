"""``bellwether model entity``: train the sentiment per name on top of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models.labels import SENTIMENT
from stream.cli.training import licences_of, notes_of, training_extra


def entity(
    run: Annotated[Path, typer.Argument(help="A finished run with pooling=last_layer; gets a layer of names.")],
    entity: Annotated[Path, typer.Option(help="CSV or JSON lines, also .gz: text, entity, label, split[, source].")],
    sentiment: Annotated[Path | None, typer.Option(help="What is held out here is not learned.")] = None,
    settings: Annotated[list[str], typer.Option("--set", help="NAME=VALUE of EntityRecipe, as epochs=6.")] = [],  # noqa: B006
) -> None:
    """Train the sentiment per name on a finished run, in minutes; the answers for whole texts stay the same.

    With --sentiment, texts that are held out there are not learned, either.
    """
    from models.training.data.dataset import TRAIN
    from models.training.data.entities import without
    from stream.cli.work.labelled import names_to_learn, set_to_measure

    licences = licences_of(notes_of(run))
    texts = names_to_learn(entity, licences)
    if sentiment is not None:
        rows = set_to_measure(SENTIMENT, sentiment, licences).rows
        texts = without(texts, [row.text for row in rows if row.split != TRAIN])
    with training_extra():
        from models.training.entity import EntityRecipe, train_entity_layer
        from models.training.recipe import recipe_from

        recipe = recipe_from(settings, EntityRecipe)
        best = train_entity_layer(run, texts, recipe, lambda scores: typer.echo(scores.line, err=True))
    typer.echo(f"{run}: {best.line}; next: bellwether model export {run} ARTIFACT --entity {entity} --sentiment ...")
