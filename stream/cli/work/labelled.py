"""Labelled files for the commands of models: what of them is left out is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.training.data.dataset import LabelledSet, load, load_held_out
from models.training.data.entities import NamedText, checked_splits, read_entities
from stream.cli.operating import say
from stream.translation import N_, _


def set_to_learn(head: str, path: Path, licences: Sequence[str] = ()) -> LabelledSet:
    """Read a file to train on, as :func:`models.training.data.dataset.load` does."""
    return _told(path, load(head, path, licences))


def set_to_measure(head: str, path: Path, licences: Sequence[str] = ()) -> LabelledSet:
    """Read a file to measure on, as :func:`models.training.data.dataset.load_held_out` does."""
    return _told(path, load_held_out(head, path, licences))


def names_to_learn(path: Path, licences: Sequence[str] = ()) -> tuple[NamedText, ...]:
    """Read a file of names to train on: it needs the splits ``train`` and ``val``."""
    return checked_splits(path, names_to_measure(path, licences))


def names_to_measure(path: Path, licences: Sequence[str] = ()) -> tuple[NamedText, ...]:
    """Read a file of names to measure on: any splits will do."""
    texts, absent, contradicted = read_entities(path, licences)
    if absent:
        one = N_("{path}: {count} name does not stand in its text, so its row is left out")
        several = N_("{path}: {count} names do not stand in their texts, so their rows are left out")
        say(_(one if absent == 1 else several).format(path=path, count=absent))
    if contradicted:
        one = N_("{path}: {count} name is labelled in two ways in one text; its rows there are left out")
        several = N_("{path}: {count} names are labelled in two ways in one text; their rows there are left out")
        say(_(one if contradicted == 1 else several).format(path=path, count=contradicted))
    return texts


def tell_contradicted(path: Path, count: int) -> None:
    """Say how many texts of a file are left out since their labels contradict, where there are any."""
    if count:
        one, several = N_("{count} text is labelled in two ways"), N_("{count} texts are labelled in two ways")
        counted = _(one if count == 1 else several).format(count=count)
        say(_("{path}: {texts}; all rows of such a text are left out").format(path=path, texts=counted))


def _told(path: Path, labelled: LabelledSet) -> LabelledSet:
    tell_contradicted(path, labelled.contradicted)
    return labelled
