"""``bellwether model``: train a model, export one, judge it, write its card. Training needs the extra ``train``."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from models.errors import DatasetError, ProviderError
from models.labels import SENTIMENT, TOPIC
from models.training.recipe import Recipe, recipe_from

app = typer.Typer(no_args_is_help=True, help="Train, export and judge models.")
Labelled = Annotated[Path | None, typer.Option(help="CSV or JSON lines, also .gz: text, label, split[, source].")]
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
    from models.training.data.dataset import load
    from stream.cli.work.evaluate import print_summary

    recipe = recipe_from(settings)
    sets = [load(head, path, recipe.licences) for head, path in _files(sentiment, topic).items()]
    with _training_extra():
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
    from models.training.data.dataset import load_held_out

    files = _files(sentiment, topic)
    if len(files) > 1:
        raise DatasetError("one labelled file at a time: give --sentiment or --topic")
    recipe = recipe_from(settings)
    ((head, path),) = files.items()
    rows = load_held_out(head, path, recipe.licences)
    with _training_extra():
        from models.training.crossval import cross_validate
        from models.training.run import default_base

        result = cross_validate(rows, base or default_base(), run, recipe, folds)
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
    from models.training.data.dataset import load

    files = _files(sentiment, topic)
    try:
        kept = [int(layer) for layer in layers.split(",")]
    except ValueError:
        raise DatasetError(f"--layers {layers}: give rising numbers with commas between them") from None
    with _training_extra():
        from models.training.shrink import shrink

        licences = _licences(_notes(run))
        shrink(run, base, kept, neurons, [load(head, path, licences) for head, path in files.items()])
    typer.echo(f"{base}: layers {layers}, {neurons} neurons; next: bellwether model train RUN --base {base} --set ...")


@app.command()
def average(
    folder: Annotated[Path, typer.Argument(help="Folder to write, a run to export from.")],
    runs: Annotated[list[Path], typer.Argument(help="Finished runs from the same base encoder.")],
    share: Annotated[list[float], typer.Option(help="One per run; equal shares without it.")] = [],  # noqa: B006
) -> None:
    """Average the weights of several runs into one network."""
    with _training_extra():
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
    with _training_extra():
        from models.training.unpack import unpack

        unpack(artifact, run)
    typer.echo(f"{run}: the weights of {artifact}; next: bellwether model train RUN --base {run} --set ...")


@app.command()
def export(
    source: Annotated[Path, typer.Argument(help="A run's folder, or a text classifier in Hugging Face format.")],
    artifact: Annotated[Path, typer.Argument(help="Folder to write.")],
    precision: Annotated[str, typer.Option(help="int8 (CPU), fp16 (GPU) or fp32.")] = "int8",
    label: Annotated[list[str], typer.Option(help="THEIRS=OURS, for a model with other label names.")] = [],  # noqa: B006
    sentiment: Labelled = None,
    topic: Labelled = None,
) -> None:
    """Write an artifact; refused when the precision costs over half a point of macro-F1 on split 'val'.

    A model in Hugging Face format becomes the head whose file is given; the file also calibrates it.
    """
    from models.training.data.dataset import load_held_out

    renamed = _renamed(label)
    files = _files(sentiment, topic)
    with _training_extra():
        from models.training.export.artifact import export as write
        from models.training.export.source import source_of_huggingface, source_of_run

        is_run = (source / "labels.json").is_file()
        network = source_of_run(source) if is_run else source_of_huggingface(source, next(iter(files)), renamed)
        training = _notes(source)
        licences = _licences(training)
        sets = [load_held_out(head, path, licences) for head, path in files.items() if head in network.labels]
        losses = write(network, artifact, precision, sets, training)
    costs = ", ".join(f"{head} {100 * loss:+.2f}" for head, loss in losses.items())
    typer.echo(f"{artifact}: {precision}, points of macro-F1 given up against fp32 on split 'val': {costs}")


@app.command()
def calibrate(
    artifact: Artifact,
    sentiment: Annotated[Path, typer.Option(help="CSV or JSON lines, also .gz: text, label[, source].")],
    feed: Annotated[list[str], typer.Option(help="Name for all rows, in place of their source; repeat it.")] = [],  # noqa: B006
) -> None:
    """Fit how often each label occurs in a feed, on a hundred labelled texts of it, into the manifest. Example:

    bellwether model calibrate mine --sentiment labelled.csv --feed stocktwits
    """
    from stream.cli.work.calibrate import calibrate_and_print

    calibrate_and_print(artifact, sentiment, feed)


@app.command()
def evaluate(artifact: Artifact, sentiment: Labelled = None, topic: Labelled = None, json: Json = False) -> None:
    """Measure what is served on the splits whose name starts with 'test', each split apart."""
    from stream.cli.work.evaluate import measure, print_figures

    result = measure(artifact, _files(sentiment, topic))
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    for head, splits_of_head in result.items():
        for split, sources in splits_of_head.items():
            print_figures(f"{head}, split {split}", sources)


@app.command()
def card(artifact: Artifact, sentiment: Labelled = None, topic: Labelled = None) -> None:
    """Measure an artifact and write its model card, README.md, into its folder."""
    from models.training.evaluation.card import write_card
    from stream.cli.work.evaluate import measure

    typer.echo(write_card(artifact, measure(artifact, _files(sentiment, topic))))


@contextmanager
def _training_extra() -> Iterator[None]:
    """Say what to install when torch is missing; libraries show progress on standard error, and their warnings nowhere.

    They warn of what tracing and quantization always do; what concerns a user, the steps here check themselves.
    """
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings(action="ignore"), _without_warnings_in_logs():
            yield
    except ModuleNotFoundError as error:
        raise ProviderError(
            f"{error.name} is not installed; training needs: pip install 'bellwether[train]'"
        ) from error


@contextmanager
def _without_warnings_in_logs() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _notes(source: Path) -> dict[str, Any]:
    """Return what a run noted of its training; of any other model nothing is known but its name."""
    notes = source / "training.json"
    if not notes.is_file():
        return {"base": source.name, "rows": {}}
    return dict(msgspec.json.decode(notes.read_bytes()))


def _licences(notes: dict[str, Any]) -> tuple[str, ...]:
    """Return the licences of a run's rows: it is calibrated and measured on no others, either. Empty: all."""
    return tuple(notes.get("recipe", {}).get("licences", ()))


def _files(sentiment: Path | None, topic: Path | None) -> dict[str, Path]:
    files = {head: path for head, path in ((SENTIMENT, sentiment), (TOPIC, topic)) if path}
    if not files:
        raise DatasetError("no labelled text: give --sentiment FILE, --topic FILE or both")
    return files


def _renamed(label: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in label]
    for theirs, sign, ours in pairs:
        if not (theirs and sign and ours):
            raise DatasetError(f"--label '{theirs}{sign}{ours}' is not THEIRS=OURS")
    return {theirs: ours for theirs, _, ours in pairs}
