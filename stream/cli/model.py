"""``bellwether model``: train a model, export one, judge it, write its card. Training needs the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from models.errors import DatasetError
from models.labels import SENTIMENT, TOPIC
from models.training.recipe import Recipe, recipe_from
from stream.cli.model_base import base as base_command
from stream.cli.model_entity import entity as entity_command
from stream.cli.model_leave_out import leave_out as leave_out_command
from stream.cli.model_together import together as together_command
from stream.cli.training import licences_of, notes_of, training_extra

app = typer.Typer(no_args_is_help=True, help="Train, export and judge models.")
app.command()(base_command)
app.command()(entity_command)
app.command("leave-out")(leave_out_command)
app.command()(together_command)
Labelled = Annotated[Path | None, typer.Option(help="CSV or JSON lines, also .gz: text, label, split[, source].")]
Names = Annotated[
    Path | None, typer.Option(help="Likewise, a row per text and name: text, entity, label, split[, source].")
]
Artifact = Annotated[Path, typer.Argument(help="Folder with manifest.json.")]
Set = Annotated[
    list[str], typer.Option("--set", help=f"NAME=VALUE of the recipe: {', '.join(Recipe.__struct_fields__)}.")
]
Base = Annotated[
    Path | None, typer.Option(help="Encoder in Hugging Face format, or a finished run; all-MiniLM-L6-v2 without it.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


@app.command()
def train(
    run: Annotated[Path, typer.Argument(help="Folder of the run; receives artifact/, metrics, pictures.")],
    sentiment: Labelled = None,
    topic: Labelled = None,
    base: Base = None,
    settings: Set = [],  # noqa: B006 -- typer copies it
    resume: Annotated[bool, typer.Option(help="Go on from the newest checkpoint.")] = False,
) -> None:
    """Fine-tune on labelled text and export the result as RUN/artifact, ready to be served.

    Split 'train' is learned, 'val' stops it early and calibrates, 'test' is only drawn.
    """
    from stream.cli.work.evaluate import print_summary
    from stream.cli.work.labelled import set_to_learn

    recipe = recipe_from(settings, Recipe)
    sets = [set_to_learn(head, path, recipe.licences) for head, path in _files(sentiment, topic).items()]
    with training_extra():
        from models.training.run import train as run_training

        artifact = run_training(sets, base, run, recipe, resume)
    print_summary(artifact, sets)
    typer.echo(f"artifact: {artifact}  (serve it with BELLWETHER_ARTIFACT={artifact})")
    typer.echo(f"pictures: {run / 'pictures'}   metrics: {run / 'metrics.jsonl'}   TensorBoard: {run / 'tensorboard'}")


@app.command()
def crossval(
    run: Annotated[Path, typer.Argument(help="Folder of the folds; finished ones are kept.")],
    sentiment: Labelled = None,
    topic: Labelled = None,
    base: Base = None,
    settings: Set = [],  # noqa: B006 -- typer copies it
    folds: Annotated[int, typer.Option(min=2, max=50)] = 5,
) -> None:
    """Cross-validate a recipe on one labelled file, stratified, whatever its splits; prints JSON."""
    from stream.cli.work.labelled import set_to_measure

    files = _files(sentiment, topic)
    if len(files) > 1:
        raise DatasetError("one labelled file at a time: give --sentiment or --topic")
    recipe = recipe_from(settings, Recipe)
    ((head, path),) = files.items()
    rows = set_to_measure(head, path, recipe.licences)
    with training_extra():
        from models.training.crossval import cross_validate, stratified
        from models.training.run import default_base

        result = cross_validate(stratified(rows, folds, recipe.seed), base or default_base(), run, recipe)
    typer.echo(msgspec.json.encode(result).decode())


@app.command()
def shrink(
    run: Annotated[Path, typer.Argument(help="A finished run.")],
    base: Annotated[Path, typer.Argument(help="Folder to write, an encoder to train on.")],
    layers: Annotated[str, typer.Option(help="Layers to keep, from 0 at the bottom, with commas between them.")],
    neurons: Annotated[int, typer.Option(help="Neurons to keep in the feed-forward part of each.")],
    sentiment: Labelled = None,
    topic: Labelled = None,
) -> None:
    """Make a smaller encoder out of a run's, keeping the neurons that matter most for its labels."""
    from stream.cli.work.labelled import set_to_learn

    files = _files(sentiment, topic)
    try:
        kept = [int(layer) for layer in layers.split(",")]
    except ValueError:
        raise DatasetError(f"--layers {layers}: give rising numbers with commas between them") from None
    with training_extra():
        from models.training.shrink import shrink

        licences = licences_of(notes_of(run))
        shrink(run, base, kept, neurons, [set_to_learn(head, path, licences) for head, path in files.items()])
    typer.echo(f"{base}: layers {layers}, {neurons} neurons; next: bellwether model train RUN --base {base} --set ...")


@app.command()
def average(
    folder: Annotated[Path, typer.Argument(help="Folder to write, a run to export from.")],
    runs: Annotated[list[Path], typer.Argument(help="Finished runs from the same base encoder.")],
    share: Annotated[list[float], typer.Option(help="One per run; equal shares without it.")] = [],  # noqa: B006
) -> None:
    """Average the weights of several runs into one network."""
    with training_extra():
        from models.training.average import average_runs

        average_runs(runs, folder, share)
    typer.echo(
        f"{folder}: the mean of {len(runs)} runs; next: bellwether model export {folder} ARTIFACT --sentiment ..."
    )


@app.command()
def unpack(
    artifact: Artifact,
    run: Annotated[Path, typer.Argument(help="Folder to write, a run to train on, shrink or export from.")],
) -> None:
    """Make a run out of an artifact, one that ships, say, with its weights in float again and its heads."""
    with training_extra():
        from models.training.unpack import unpack

        unpack(artifact, run)
    typer.echo(f"{run}: the weights of {artifact}; next: bellwether model train RUN --base {run} --set ...")


@app.command()
def export(  # noqa: PLR0913 - one for each option
    source: Annotated[Path, typer.Argument(help="A run's folder, or a text classifier in Hugging Face format.")],
    artifact: Annotated[Path, typer.Argument(help="Folder to write.")],
    precision: Annotated[str, typer.Option(help="int8 (CPU), fp16 (GPU) or fp32.")] = "int8",
    label: Annotated[list[str], typer.Option(help="THEIRS=OURS, for a model with other label names.")] = [],  # noqa: B006
    sentiment: Labelled = None,
    topic: Labelled = None,
    entity: Names = None,
) -> None:
    """Write an artifact; refused when the precision costs over half a point of macro-F1 on split 'val'.

    A model in Hugging Face format becomes the head whose file is given; the file also calibrates it.
    """
    from stream.cli.work.labelled import names_to_learn, set_to_measure

    renamed = _renamed(label)
    files = _files(sentiment, topic)
    with training_extra():
        from models.training.export.artifact import export as write
        from models.training.export.source import source_of_huggingface, source_of_run

        is_run = (source / "labels.json").is_file()
        network = source_of_run(source) if is_run else source_of_huggingface(source, next(iter(files)), renamed)
        training = notes_of(source)
        licences = licences_of(training)
        sets = [set_to_measure(head, path, licences) for head, path in files.items() if head in network.labels]
        names = names_to_learn(entity, licences) if entity else ()
        losses = write(network, artifact, precision, sets, training, names)
    costs = ", ".join(f"{head} {100 * loss:+.2f}" for head, loss in losses.items())
    typer.echo(f"{artifact}: {precision}, points of macro-F1 given up against fp32 on split 'val': {costs}")


@app.command()
def calibrate(
    artifact: Artifact,
    sentiment: Annotated[Path, typer.Option(help="CSV or JSON lines, also .gz: text, label[, source].")],
    feed: Annotated[list[str], typer.Option(help="Name for all rows, in place of their source; repeat it.")] = [],  # noqa: B006
    unseen: Annotated[
        bool, typer.Option("--unseen", help="How sure it may be of all sources it does not know.")
    ] = False,
) -> None:
    """Fit how often each label occurs in a feed, on a hundred labelled texts of it, into the manifest."""
    from stream.cli.work.calibrate import calibrate_and_print, fit_unseen_and_print

    if unseen and feed:
        raise typer.BadParameter("--unseen is for all feeds, so it names none", param_hint="--feed")
    if unseen:
        fit_unseen_and_print(artifact, sentiment)
    else:
        calibrate_and_print(artifact, sentiment, feed)


@app.command()
def evaluate(
    artifact: Artifact, sentiment: Labelled = None, topic: Labelled = None, entity: Names = None, json: Json = False
) -> None:
    """Measure what is served on the splits whose name starts with 'test', each split apart."""
    from stream.cli.work.evaluate import measure, print_figures

    result = measure(artifact, _files(sentiment, topic, entity), entity)
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    for head, splits_of_head in result.items():
        for split, sources in splits_of_head.items():
            print_figures(f"{head}, split {split}", sources)


@app.command()
def card(artifact: Artifact, sentiment: Labelled = None, topic: Labelled = None, entity: Names = None) -> None:
    """Measure an artifact and write its model card, README.md, into its folder."""
    from models.training.evaluation.card import write_card
    from models.training.evaluation.evaluate import check_writable
    from stream.cli.work.evaluate import measure

    check_writable(artifact)
    typer.echo(write_card(artifact, measure(artifact, _files(sentiment, topic, entity), entity)))


def _files(sentiment: Path | None, topic: Path | None, entity: Path | None = None) -> dict[str, Path]:
    files = {head: path for head, path in ((SENTIMENT, sentiment), (TOPIC, topic)) if path}
    if not files and entity is None:
        raise DatasetError("no labelled text: give --sentiment FILE, --topic FILE or both")
    return files


def _renamed(label: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in label]
    for theirs, sign, ours in pairs:
        if not (theirs and sign and ours):
            raise DatasetError(f"--label '{theirs}{sign}{ours}' is not THEIRS=OURS")
    return {theirs: ours for theirs, _, ours in pairs}
