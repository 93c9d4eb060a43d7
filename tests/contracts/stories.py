"""What every :class:`stream.pipeline.stories.store.StoryStore` does. ``opened`` runs a coroutine on a fresh store."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from stream.demo.scenario import Sizes, generate
from stream.pipeline.documents.document import Document, parse_document
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.stories.store import StoryStore

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
Opened = Callable[[Callable[[StoryStore], Awaitable[Any]]], Any]
BODY = (
    "The lender lost a third of its deposits within two days, three people familiar with the matter said, and asked "
    "the central bank for help on Sunday evening."
)


def said(text: str, days: float = 0, title: str | None = None) -> Document:
    """A document; with a title, ``text`` is its body."""
    fields: dict[str, Any] = {"text": text} if title is None else {"title": title, "body": text}
    return Document(id=text, source="s", published_at=AT + timedelta(days=days), **fields)


SAME = [
    pytest.param(
        said("Regulator fines Bank X over data leak"), said("regulator FINES bank x, over data leak!"), id="case"
    ),
    pytest.param(
        said("Regulator fines Bank X over data leak"),
        said("RT @wire: Regulator fines Bank X over data leak https://t.co/1 #banks"),
        id="retweet",
    ),
    pytest.param(
        said("Regulator fines Bank X over data leak in spring"),
        said("RT @wire: Regulator fines Bank X over data leak in spr…"),
        id="cut off",
    ),
    pytest.param(
        said(BODY, title="Bank X in talks with central bank"),
        said(BODY, title="What we know of Bank X and the central bank"),
        id="changed headline",
    ),
    pytest.param(
        said(f"LONDON, Jan 5 (Reuters) - {BODY} Reporting by A. Writer"),
        said(f"{BODY} Sign up for our newsletter."),
        id="boilerplate",
    ),
    pytest.param(
        said(BODY, title="Bank X in talks with central bank"),
        said("Bank X in talks with central bank https://t.co/2"),
        id="headline alone",
    ),
    pytest.param(
        said("Regulator fines Bank X over data leak - Reuters"),
        said("Regulator fines Bank X over data leak | CNBC"),
        id="outlet",
    ),
    pytest.param(
        said("央行宣布下调存款准备金率五十个基点以支持经济"),
        said("央行宣布下调存款准备金率五十个基点以支持经济！"),
        id="Chinese",
    ),
    pytest.param(said("Too short"), said("too short!"), id="short but equal"),
    pytest.param(
        said("Bank X raises $2.5 billion, cuts 1,500 jobs after a loss of 3 percent"),
        said("Bank X raises $2.5bn, cuts 1500 jobs after a loss of 3%"),
        id="house style",
    ),
]
PROBE = (
    "Regulators have opened an investigation into accounting practices at {} after a whistleblower told them that "
    "losses were hidden for years, people familiar with the matter said"
)
SAME += [
    pytest.param(said(PROBE.format("the ECB")), said(PROBE.format("the European Central Bank")), id="initials"),
    pytest.param(said(PROBE.format("Wells Fargo")), said(PROBE.format("Wells Fargo & Company")), id="in full"),
]
OTHER = [
    pytest.param(said(PROBE.format("Wirecard")), said(PROBE.format("Deutsche Bank")), id="name in a long text"),
    pytest.param(
        said(f"Fraud probe - {PROBE.format('Bank of America')}", title="Probe into hidden losses at a bank"),
        said(f"Fraud probe - {PROBE.format('First Republic Bank')}", title="Probe into hidden losses at a bank"),
        id="name in a body",
    ),
    pytest.param(said("Apple Q3 EPS beats"), said("Tesla Q3 EPS beats"), id="company"),
    pytest.param(said("apple shares up 3% after results"), said("apple shares up 5% after results"), id="number"),
    pytest.param(said("Bank X profit rises on rates"), said("Bank X profit falls on rates"), id="opposite"),
    pytest.param(
        said("Bank X asks the central bank for help after losing a third of its deposits"),
        said("Central bank steps in as customers of Bank X queue at branches in three cities"),
        id="two reports of one event",
    ),
    pytest.param(
        said("Get your daily, bite-sized digest of all the news that moves markets today.", title="Oil, Gold + More"),
        said("Get your daily, bite-sized digest of all the news that moves markets today.", title="Fed, Tesla + More"),
        id="a column's introduction",
    ),
    pytest.param(said("Bank X in default"), said("Bank X denies default"), id="denial"),
    pytest.param(said("Bank X is insolvent, says report"), said("Bank X is not insolvent, says report"), id="not"),
    pytest.param(said("Profit warning - Deutsche Bank"), said("Profit warning - Credit Suisse"), id="issuer"),
]


class StoryStoreContract:
    """The suite."""

    @pytest.mark.parametrize(("one", "two"), SAME)
    def test_copies_fall_together(self, opened: Opened, one: Document, two: Document) -> None:
        opened(lambda store: _expect(store, one, two, same=True))
        opened(lambda store: _expect(store, two, one, same=True))

    @pytest.mark.parametrize(("one", "two"), OTHER)
    def test_different_reports_stay_apart(self, opened: Opened, one: Document, two: Document) -> None:
        opened(lambda store: _expect(store, one, two, same=False))
        opened(lambda store: _expect(store, two, one, same=False))

    def test_names_never_come_together_over_a_third_document(self, opened: Opened) -> None:
        text = "Profit warning sends shares lower in early trading"
        named = [
            (text, ["a"], "one"),
            (f"{text} again", ["a", "b"], "one"),
            (f"{text} on monday", ["b"], "two"),
            (f"{text} in london", [], "one"),
            (f"{text} on monday in london", ["c"], "three"),
            (f"{text} on monday in london again", ["c", "a"], "three"),
        ]

        async def work(store: StoryStore) -> None:
            found: dict[str, set[str]] = {}
            for words, names, story in named:
                found.setdefault(story, set()).update(await store.assign([signature_of(said(words), names)]))
            assert all(len(stories) == 1 for stories in found.values()), found
            assert len(set().union(*found.values())) == len(found)
            assert await store.assign([signature_of(said(text), ["b"])]) != await store.assign(
                [signature_of(said(text), ["a"])]
            )

        opened(work)

    def test_reading_again_gives_the_same_in_any_batches(self, opened: Opened) -> None:
        items = [signature_of(document) for document in invented()]

        async def work(store: StoryStore) -> None:
            first = [story for at in range(0, len(items), 50) for story in await store.assign(items[at : at + 50])]
            assert await store.assign(items) == first
            shuffled = list(range(len(items)))
            random.Random(2).shuffle(shuffled)
            assert await store.assign([items[at] for at in shuffled]) == [first[at] for at in shuffled]
            assert 1 < len(set(first)) < len(items)

        opened(work)

    def test_a_story_lives_on_while_it_is_copied_and_ends_after_a_day_of_silence(self, opened: Opened) -> None:
        async def work(store: StoryStore) -> None:
            text = "Regulator fines Bank X over data leak"
            days = [said(f"RT @a{n}: {text} https://t.co/{n} again", days=n) for n in range(4)]
            first = await store.assign([signature_of(item) for item in days])
            assert len(set(first)) == 1
            (late,) = await store.assign([signature_of(said(f"{text} and more of it", days=9))])
            assert late not in first

        opened(work)

    def test_what_is_remembered_is_found(self, opened: Opened) -> None:
        async def work(store: StoryStore) -> None:
            await store.remember([signature_of(said("Regulator fines Bank X over data leak"))], ["known"])
            found = await store.assign([signature_of(said("BREAKING: Regulator fines Bank X over data leak"))])
            assert found == ["known"]
            assert await store.assign([]) == []

        opened(work)

    def test_workers_at_once_agree(self, opened: Opened) -> None:
        items = [signature_of(document) for document in invented()[:200]]

        async def work(store: StoryStore) -> None:
            one, two = await asyncio.gather(store.assign(items), store.assign(items))
            assert one == two

        opened(work)


async def _expect(store: StoryStore, one: Document, two: Document, same: bool) -> None:
    first, second = [(await store.assign([signature_of(item)]))[0] for item in (one, two)]
    assert (first == second) is same


def invented() -> list[Document]:
    """Documents of two invented days, copies among them."""
    records = generate(3, AT, Sizes(days=2, per_day=150, crisis=60, copies=80))
    return [parse_document(_json(item.document), AT) for item in records]


def _json(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document)
