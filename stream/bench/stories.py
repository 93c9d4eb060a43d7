"""How well copies are told from different reports, measured on pairs built from real headlines.

Copies are edits of a document; different reports are the document with another number, another name or the opposite
word in its headline, the most similar other document, and any other. The file is split by a hash of its texts: what is
tuned is tuned on ``dev``, what is reported is measured on ``test``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import msgspec

from models.errors import DatasetError
from stream.bench.edits import COPIES, OTHERS, Edit, Pair, head
from stream.bench.texts import read_documents
from stream.pipeline.documents.document import Document
from stream.pipeline.stories.same_story import is_worth_comparing, story_overlap
from stream.pipeline.stories.signature import signature_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
MIN_WORDS = 6  # of a headline; from shorter ones an edit leaves too little to be told by anybody
MIN_DOCUMENTS = 100  # for fewer, the shares would be chance
MAX_HOLDERS = 50  # documents with a pair of words; a more frequent pair says little of which are similar


class PairsResult(msgspec.Struct, frozen=True):
    """Pairs of one kind: whether they are the same story, how many there were, and how many were held to be one."""

    name: str
    same: bool
    pairs: int
    merged: int


class StoriesResult(msgspec.Struct, frozen=True):
    """Precision and recall over all pairs of a part of the file; 0 to 1.

    ``mistakes`` holds the kind and both texts of each pair that was taken for what it is not.
    """

    part: str
    documents: int
    precision: float
    recall: float
    kinds: list[PairsResult]
    mistakes: list[tuple[str, str, str]]


def bench_stories(file: Path, part: str, count: int) -> StoriesResult:
    """Build up to ``count`` pairs of each kind from the documents of ``file`` whose hash falls into ``part``.

    Raises:
        DatasetError: the file holds too few documents.
    """
    documents = list(_documents(file, part))
    if len(documents) < MIN_DOCUMENTS:
        raise DatasetError(
            f"{file}: {len(documents)} documents fall into '{part}', at least {MIN_DOCUMENTS} are needed"
        )
    kinds, mistakes = [], []
    for name, same, pairs in _all_pairs(documents):
        answers = [(one_story(a, b), a, b) for a, b in islice(pairs, count)]
        kinds.append(PairsResult(name, same, len(answers), sum(answer for answer, _, _ in answers)))
        mistakes += [(name, a.content, b.content) for answer, a, b in answers if answer != same]
    true_positives = sum(kind.merged for kind in kinds if kind.same)
    false_positives = sum(kind.merged for kind in kinds if not kind.same)
    positives = sum(kind.pairs for kind in kinds if kind.same)
    precision = true_positives / max(1, true_positives + false_positives)
    recall = true_positives / max(1, positives)
    return StoriesResult(part, len(documents), precision, recall, kinds, mistakes)


def one_story(a: Document, b: Document) -> bool:
    """Whether a store that knows ``a`` alone gives ``b`` its story."""
    one, two = signature_of(a), signature_of(b)
    shared_keys = len(set(one.keys).intersection(two.keys))
    return one.exact == two.exact or (is_worth_comparing(shared_keys, one, two) and story_overlap(one, two) > 0)


def _documents(file: Path, part: str) -> Iterator[Document]:
    """Yield the documents of ``file`` that fall into ``part``, each wording once, all of one time."""
    wordings: set[str] = set()
    for _, document in read_documents(file):
        odd = blake2b(head(document).encode(errors="replace")).digest()[0] % 2
        exact = signature_of(document).exact
        if part == ("dev" if odd else "test") and exact not in wordings and len(head(document).split()) >= MIN_WORDS:
            wordings.add(exact)
            yield msgspec.structs.replace(document, published_at=AT)


def _all_pairs(documents: Sequence[Document]) -> Iterator[tuple[str, bool, Iterable[Pair]]]:
    """Yield the pairs of each kind, with its name and whether they are the same story."""
    for same, edits in ((True, COPIES), (False, OTHERS)):
        for edit in edits:
            yield edit.__name__, same, _edited(documents, edit)
    yield "most_similar", False, _most_similar(documents)
    yield "random", False, pairwise(documents)


def _edited(documents: Sequence[Document], edit: Edit) -> Iterator[Pair]:
    rng = Random(edit.__name__)  # noqa: S311
    for document in documents:
        if (pair := edit(document, rng)) is not None:
            yield pair


def _most_similar(documents: Sequence[Document]) -> Iterator[Pair]:
    """Yield each document with the earlier one that shares most of its rarer pairs of words."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for at, document in enumerate(documents):
        item = signature_of(document)
        pairs = {*item.title.pairs, *item.body.pairs}
        shared = Counter(other for pair in pairs if len(holders[pair]) < MAX_HOLDERS for other in holders[pair])
        if shared:
            yield documents[shared.most_common(1)[0][0]], document
        for pair in pairs:
            holders[pair].append(at)
