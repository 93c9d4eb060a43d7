"""The recipe: everything that decides the weights besides the labelled rows. A value, written into the run folder."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from models.artifact import ENGLISH
from models.artifact_checks import is_language
from models.errors import DatasetError

Share = Annotated[float, Meta(ge=0, lt=1)]
Positive = Annotated[float, Meta(gt=0)]
Pooling = Literal["mean", "last_layer"]
Measure = Literal["macro_f1", "loss"]
_WEIGHT = re.compile(r"\s*([^,:\s][^,:]*):(\d+(?:\.\d+)?)\s*")
R = TypeVar("R", bound=msgspec.Struct)


def listed(value: str) -> tuple[str, ...]:
    """Return what stands between the commas, without spaces around.

    >>> listed("MIT, CC0-1.0,")
    ('MIT', 'CC0-1.0')
    """
    return tuple(one for part in value.split(",") if (one := part.strip()))


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hyper-parameters. Learning rates are per step, at their peak; 0 switches an optional method off.

    The defaults are common values for fine-tuning a small encoder. What was tried beside them, and what it gave, stands
    in models/NOTES.md; what the shipped model was made with, in its card.

    Attributes:
        layer_decay: rate of a layer over that of the layer above it (Howard and Ruder 2018, section 3.1).
        balance: exponent of the class weights (mean frequency / frequency) ** balance; 0 weighs rows alike.
        dropout_samples: dropout masks over one pooled vector whose losses are averaged (Inoue 2019).
        average: decay of the exponential moving average of the weights, which is what gets saved.
        pooling: of the token vectors: their ``mean``, or the faster ``last_layer``; see
            :mod:`models.training.network.pooling`.
        r_drop: weight of the divergence between two passes with other dropout (Liang et al. 2021); doubles the time.
        mask: share of the tokens that training hides behind the mask token.
        teacher: folder of an artifact whose probabilities stand in where a row lacks a head's label; several, with
            commas between them, teach by the mean of theirs.
        teacher_weight: of such a row against a labelled one.
        teacher_feed: the teachers answer as they are calibrated for this feed (``bellwether model calibrate``).
        distill: share of the teacher's probabilities in the target of a labelled row (Hinton et al. 2015).
        untaught: sources, with commas between them, whose labels alone count: their kinds are new to the teacher.
        weights: sources, with commas between them, each with ``:N`` behind it for what its rows weigh; others weigh 1.
        unlabelled: file of texts that the teacher alone labels.
        variants: of each training text; the teacher alone labels them, too; see :mod:`models.training.data.variants`.
        lora_rank: rank of the adapters (Hu et al. 2021); 0 fine-tunes every weight.
        invented: sentences of :mod:`models.training.data.invented` added to the training rows of the sentiment head.
        invented_zh: likewise Chinese sentences, of :mod:`models.training.data.invented_chinese`.
        prose: likewise sentences of :mod:`models.training.data.prose`, which were written one by one; their source is
            ``prose``.
        prose_zh: likewise Chinese ones, of the source ``prose_zh``.
        extra: labelled files that are learned whole, with commas between them, each with ``:N`` behind it for at most N
            rows per label; see :mod:`models.training.data.extra`.
        languages: codes (ISO 639-1) of those that the texts are in; they stand in the artifact's manifest.
        best_by: what on split ``val`` says which epoch is kept and when to stop: the highest mean ``macro_f1``, which
            follows the rarest labels, or the least ``loss``.
        freeze: parts of the encoder, from the bottom, that stay as they are: 1 the embeddings, 2 the lowest layer, too.
    """

    epochs: Positive = 4.0
    batch_size: Annotated[int, Meta(ge=1, le=4096)] = 32
    learning_rate: Positive = 1e-4
    head_learning_rate: Positive = 1e-3
    layer_decay: Annotated[float, Meta(gt=0, le=1)] = 0.9
    weight_decay: Annotated[float, Meta(ge=0)] = 0.01
    warmup: Share = 0.06
    dropout: Share = 0.1
    dropout_samples: Annotated[int, Meta(ge=1, le=64)] = 4
    label_smoothing: Share = 0.05
    balance: Annotated[float, Meta(ge=0, le=1)] = 0.0
    average: Share = 0.999
    pooling: Pooling = "mean"
    r_drop: Annotated[float, Meta(ge=0)] = 0.0
    mask: Share = 0.0
    teacher: str = ""
    teacher_feed: str = ""
    teacher_weight: Annotated[float, Meta(gt=0, le=10)] = 0.5
    distill: Annotated[float, Meta(ge=0, le=1)] = 0.0
    untaught: str = ""
    weights: str = ""
    unlabelled: str = ""
    variants: Annotated[int, Meta(ge=0, le=100)] = 0
    lora_rank: Annotated[int, Meta(ge=0, le=512)] = 0
    freeze: Annotated[int, Meta(ge=0, le=100)] = 0
    invented: Annotated[int, Meta(ge=0, le=20_000)] = 0
    invented_zh: Annotated[int, Meta(ge=0, le=20_000)] = 0
    prose: Annotated[int, Meta(ge=0, le=20_000)] = 0
    prose_zh: Annotated[int, Meta(ge=0, le=20_000)] = 0
    extra: str = ""
    licences: tuple[str, ...] = ()
    languages: tuple[str, ...] = (ENGLISH,)
    max_tokens: Annotated[int, Meta(ge=8, le=8192)] = 128
    patience: Annotated[int, Meta(ge=1)] = 2
    best_by: Measure = "macro_f1"
    seed: int = 7
    bf16: bool = False

    @property
    def teachers(self) -> tuple[Path, ...]:
        """The folders of the teachers."""
        return tuple(Path(folder) for folder in listed(self.teacher))

    @property
    def alone(self) -> frozenset[str]:
        """The sources that ``untaught`` names."""
        return frozenset(listed(self.untaught))

    @property
    def weight_of(self) -> dict[str, float]:
        """Source -> weight of its rows, for those that ``weights`` names."""
        return {source: float(weight) for source, weight in _WEIGHT.findall(self.weights)}

    def __post_init__(self) -> None:
        if not self.languages or not all(map(is_language, self.languages)):
            given = ",".join(self.languages)
            raise ValueError(f"'languages' are codes of two letters with commas between them, as en,zh; not '{given}'")
        if self.weights and not all(_WEIGHT.fullmatch(one) for one in self.weights.split(",")):
            raise ValueError(f"'weights' is SOURCE:NUMBER with commas between them, not '{self.weights}'")
        if (self.unlabelled or self.variants or self.distill) and not self.teacher:
            raise ValueError("'unlabelled', 'variants' and 'distill' need a 'teacher'")
        if self.lora_rank and self.pooling != "mean":
            raise ValueError("'pooling' of 'last_layer' trains every weight of it: leave out 'lora_rank'")


class NamesRecipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is particular to names; the rest stands in :class:`Recipe`.

    Attributes:
        weight: of the loss of names against that of each head of documents.
        documents: whether the labelled files are learned, too; if not, of a text with names the sentiment that all of
            them share is learned, and no other.
        teacher: folder of a run with a sentiment per name; it says what the variants and further texts say of theirs.
        distill: share of the teacher in the target of a labelled name.
        keep: share of what the encoder answered before in the target of a labelled document; where the recipe names
            teachers, of the mean of that and what they say.
        variants: texts with other names or hidden ones; without a teacher they keep their labels.
        reworded: texts with near words around the names; these need a teacher.
        guessed: further texts whose names were guessed; likewise.
        taught: of these three kinds together so many are learned per epoch, others each time.
        contrasts: invented texts of two names per epoch.
    """

    weight: Annotated[float, Meta(gt=0, le=10)] = 1.5
    documents: bool = True
    teacher: str = ""
    distill: Annotated[float, Meta(ge=0, le=1)] = 0.7
    keep: Annotated[float, Meta(ge=0, le=1)] = 0.6
    variants: Annotated[int, Meta(ge=0, le=100_000)] = 10_000
    reworded: Annotated[int, Meta(ge=0, le=100_000)] = 0
    guessed: Annotated[int, Meta(ge=0, le=100_000)] = 0
    taught: Annotated[int, Meta(ge=0, le=1_000_000)] = 22_000
    contrasts: Annotated[int, Meta(ge=0, le=100_000)] = 4000

    def __post_init__(self) -> None:
        if (self.reworded or self.guessed) and not self.teacher:
            raise ValueError("'reworded' and 'guessed' need a 'teacher'")


def recipe_from(settings: Sequence[str], kind: type[R]) -> R:
    """Build a recipe from ``name=value`` settings; ``licences`` and ``languages`` take comma-separated lists.

    Raises:
        DatasetError: a setting is not ``name=value``, is unknown, or its value is out of range.
    """
    values: dict[str, object] = {}
    names = ", ".join(kind.__struct_fields__)
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator:
            raise DatasetError(f"'{setting}' is not NAME=VALUE; the names are {names}")
        values[name.strip()] = listed(value) if name.strip() in ("licences", "languages") else value.strip()
    try:
        recipe = msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise DatasetError(f"recipe: {error}; the names are {names}") from error
    for name in kind.__struct_fields__:
        number = getattr(recipe, name)
        if isinstance(number, float) and not math.isfinite(number):
            raise DatasetError(f"recipe: {name} is {number}; give an ordinary number")
    return recipe
