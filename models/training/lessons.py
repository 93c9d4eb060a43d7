"""What a training of documents and names at once learns in an epoch: labels, and what earlier models answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import torch
from tokenizers import Encoding, Tokenizer
from transformers import PreTrainedTokenizerBase

from models.labels import SENTIMENT
from models.training.data.dataset import TRAIN, LabelledSet, sampled
from models.training.data.entities import NamedText, share_in_chinese
from models.training.data.entity_contrasts import contrasts
from models.training.data.entity_variants import reworded, with_variants
from models.training.data.guessed_names import GUESSED, with_guessed_names
from models.training.data.invented import SOURCE as INVENTED
from models.training.data.invented import with_invented
from models.training.data.targets import Targets, smoothed, training_examples, training_texts
from models.training.data.taught_texts import TaughtText, batch_of, taught_names
from models.training.data.teachers import mean_opinions, unlabelled_texts
from models.training.data.tokens import word_vectors
from models.training.data.variants import near_words
from models.training.export.source import Source, source_of_run
from models.training.recipe import NamesRecipe, Recipe

BATCH = 128  # texts that an earlier model answers at once
# Weights against what is labelled: of what the model before says of a text that is learned for its names, and of a name
# that was guessed or invented.
ASIDE, UNSURE = 0.3, 0.7
Taught = tuple[NamedText, Sequence[Targets]]  # a text, and of each of its names a (labels,) target


class Lessons:
    """The texts of each epoch.

    Args:
        sets: labelled documents, one set per head, with the further files that are learned.
        texts: with names; those of split ``train`` are learned.
        recipes: of the documents and of the names.
        tokenizer: of the encoder that learns.
        before: what it was before; it says what is to be kept of documents, and which words are near each other.
    """

    def __init__(
        self,
        sets: Sequence[LabelledSet],
        texts: Sequence[NamedText],
        recipes: tuple[Recipe, NamesRecipe],
        tokenizer: PreTrainedTokenizerBase,
        before: Source | None,
    ) -> None:
        self._sets, self._before = sets, before
        self._recipe, self._of_names = recipes
        vocabulary = word_vectors(tokenizer, before.network.encoder) if before is not None else None
        self._unlabelled: list[str] = []
        self._theirs: dict[str, dict[str, Targets]] = {}
        if vocabulary is not None and self._recipe.teacher:
            self._unlabelled = unlabelled_texts(sets, self._recipe, vocabulary)
            self._theirs = self._of_teachers()
        if before is not None:  # it teaches the documents, with the teachers that the recipe names
            kept = {"teacher": self._recipe.teacher or "before", "distill": self._of_names.keep}
            self._recipe = msgspec.structs.replace(self._recipe, **kept)
        self._tokenizer = _tokenizer(tokenizer, self._recipe.max_tokens)
        self.sizes = {labelled.head: len(labelled.labels) for labelled in sets}
        self._sentiments = next(list(labelled.labels) for labelled in sets if labelled.head == SENTIMENT)
        self._answers: dict[str, dict[str, Targets]] = {}
        known = [text for text in texts if text.split == TRAIN]
        self._names = sorted({one.name for text in known for one in text.names})
        self._chinese = share_in_chinese(known)
        varied = sampled(with_variants(known, self._recipe.seed)[len(known) :], self._of_names.variants)
        teacher = source_of_run(Path(self._of_names.teacher)) if self._of_names.teacher else None
        share = self._of_names.distill if teacher else 0.0
        self._own = {text.text: (text, targets) for text, targets in self._with_targets(known, teacher, share)}
        further = varied
        if vocabulary is not None and teacher is not None:
            near = near_words([text.text for text in known], vocabulary)
            further = [*varied, *sampled(reworded([*known, *varied], near, self._recipe.seed), self._of_names.reworded)]
            plain = [text for text in training_texts(sets, self._unlabelled) if text not in self._own]
            further += with_guessed_names(plain, self._of_names.guessed, self._recipe.seed)
        self._further = list(self._with_targets(further, teacher, 1.0 if teacher else 0.0))

    def of_epoch(self, number: int) -> list[TaughtText]:
        """Return what is learned in epoch ``number``: all that is labelled, and another part of what has no end."""
        random = Random(self._recipe.seed + number)  # noqa: S311 -- repeatable, no secret
        further = random.sample(self._further, min(self._of_names.taught, len(self._further)))
        invented = contrasts(self._of_names.contrasts, self._recipe.seed + number, self._names, self._chinese)
        paired = [(text, [self._label(name.label) for name in text.names]) for text in invented]
        return [*self._documents(number), *self._named([*further, *paired])]

    def _documents(self, number: int) -> Iterator[TaughtText]:
        """Yield the labelled documents, and with those that have names these."""
        left = dict(self._own)
        recipe = msgspec.structs.replace(self._recipe, seed=self._recipe.seed + number)
        if self._of_names.documents:
            sets = [with_invented(labelled, recipe) for labelled in self._sets]
            texts = training_texts(sets, self._unlabelled)
            rows = training_examples(sets, recipe, self._unlabelled, self._said_together(texts))
            for row, encoding in zip(rows, self._tokenizer.encode_batch(texts), strict=True):
                named = left.pop(row["text"], None)
                names = taught_names(named[0], encoding, named[1]) if named else ()
                yield TaughtText(encoding.ids, {head: row[head] for head in self.sizes}, names)
        yield from self._named(left.values())

    def _named(self, taught: Any) -> Iterator[TaughtText]:
        """Yield texts learned for their names; as documents they say what all names share, or what was said before."""
        pairs = list(taught)
        texts = [text.text for text, _ in pairs]
        kept = self._kept(texts) or {}
        for at, ((text, targets), encoding) in enumerate(zip(pairs, self._tokenizer.encode_batch(texts), strict=True)):
            heads = {head: ASIDE * rows[at] for head, rows in kept.items() if text.source != INVENTED}
            if not kept and text.source != INVENTED and not text.differs:
                heads = {SENTIMENT: targets[0]}
            weight = UNSURE if text.source in (GUESSED, INVENTED) else 1.0
            yield TaughtText(encoding.ids, heads, taught_names(text, encoding, [weight * one for one in targets]))

    def _with_targets(self, texts: Sequence[NamedText], teacher: Source | None, share: float) -> Iterator[Taught]:
        """Yield each text with the targets of its names; of the teacher's answers ``share``."""
        said = answers_for_names(teacher, texts, self._recipe.bf16) if teacher else [None] * len(texts)
        for text, opinions in zip(texts, said, strict=True):
            labels = [self._label(name.label) for name in text.names]
            if opinions is None and share < 1:
                yield text, labels
            elif opinions is not None:
                if (of_document := self._said_of_the_only(text)) is not None:
                    opinions = [(opinions[0] + of_document) / np.float32(2)]
                yield text, [(1 - share) * one + share * other for one, other in zip(labels, opinions, strict=True)]

    def _said_of_the_only(self, text: NamedText) -> Targets | None:
        """Return what teachers say of a text whose only name is a cashtag: a post is about it, headlines have none."""
        if text.source != GUESSED or len(text.names) != 1 or not text.names[0].name.startswith("$"):
            return None
        return self._theirs.get(text.text, {}).get(SENTIMENT)

    def _label(self, label: str) -> Targets:
        return smoothed(self._sentiments.index(label), len(self._sentiments), self._recipe.label_smoothing)

    def _kept(self, texts: Sequence[str]) -> Mapping[str, Targets] | None:
        """Return head -> (texts, labels) probabilities of the model before, each text asked once."""
        if self._before is None or not texts:
            return None
        new = [text for text in dict.fromkeys(texts) if text not in self._answers]
        self._answers |= dict(zip(new, answers_for_documents(self._before, new), strict=True))
        return {
            head: np.stack([self._answers[text].get(head, np.zeros(size, np.float32)) for text in texts])
            for head, size in self.sizes.items()
        }

    def _said_together(self, texts: Sequence[str]) -> Mapping[str, Targets] | None:
        """Return likewise, where the teachers answered, the mean of theirs and of what the model before says.

        Of what nobody labelled the teachers know more than the model before, so their answers stand alone.
        """
        kept, alone = self._kept(texts), set(self._unlabelled)
        for head, rows in (kept or {}).items():
            for row, text in zip(rows, texts, strict=True):
                if (said := self._theirs.get(text, {}).get(head)) is not None:
                    row[:] = said if text in alone else (row + said) / 2
        return kept

    def _of_teachers(self) -> dict[str, dict[str, Targets]]:
        """Return text -> head -> (labels,) probabilities of the recipe's teachers, of every document."""
        texts = training_texts(self._sets, self._unlabelled)
        means = mean_opinions(self._sets, self._recipe, texts)
        return {text: {head: rows[at] for head, rows in means.items()} for at, text in enumerate(texts)}


def answers_for_documents(source: Source, texts: Sequence[str]) -> list[dict[str, Targets]]:
    """Return per text: head -> (labels,) probabilities."""
    found: list[dict[str, Targets]] = [{} for _ in texts]
    for part, encodings in _parts(source, texts):
        batch = batch_of([TaughtText(one.ids, {}) for one in encodings], {})
        with torch.inference_mode():
            logits = source.network.logits(batch.ids, batch.mask)
        for head, values in zip(source.labels, logits, strict=True):
            for at, row in zip(part, values.softmax(-1).numpy(), strict=True):
                found[at][head] = row
    return found


def answers_for_names(source: Source, texts: Sequence[NamedText], bf16: bool = False) -> list[list[Targets] | None]:
    """Return per text (labels,) probabilities of each name; None where no token is left of one of them.

    With ``bf16`` products are taken in that.
    """
    assert source.entity is not None  # noqa: S101 -- the caller has looked
    found: list[list[Targets] | None] = [None] * len(texts)
    nothing = np.zeros(0, np.float32)
    for part, encodings in _parts(source, [text.text for text in texts]):
        named = [
            taught_names(texts[at], one, [nothing] * len(texts[at].names))
            for at, one in zip(part, encodings, strict=True)
        ]
        batch = batch_of([TaughtText(one.ids, {}, names) for one, names in zip(encodings, named, strict=True)], {})
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            hidden = source.network.hidden(batch.ids, batch.mask)
            said = source.entity(hidden, batch.mask, batch.name_rows, batch.name_masks).float().softmax(-1).numpy()
        rows = iter(said)
        for at, names in zip(part, named, strict=True):
            answers = [next(rows) for _ in names]
            found[at] = answers if len(answers) == len(texts[at].names) else None
    return found


def _parts(source: Source, texts: Sequence[str]) -> Iterator[tuple[list[int], list[Encoding]]]:
    """Yield the texts in parts of like lengths: where each stands, and its tokens."""
    tokenizer = Tokenizer.from_file(str(source.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(source.max_tokens)
    encodings = tokenizer.encode_batch(list(texts))
    order = sorted(range(len(texts)), key=lambda at: len(encodings[at].ids))
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        yield part, [encodings[at] for at in part]


def _tokenizer(tokenizer: PreTrainedTokenizerBase, most: int) -> Tokenizer:
    backend: Any = tokenizer
    plain = Tokenizer.from_str(backend.backend_tokenizer.to_str())
    plain.no_padding()
    plain.enable_truncation(most)
    return plain
