"""That nothing is proven which is not so, and that no minute is closed before it was read: on models of the stream."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.pipeline.documents.record import Origin, ScoredDocument
from stream.pipeline.progress.proofs import (
    RAW,
    SCORED,
    UNKNOWN,
    Baseline,
    ConsumerPosition,
    ProvenBaseline,
    Prover,
    event_time,
)
from stream.pipeline.progress.unfinished import Unfinished
from stream.pipeline.progress.watermark import Progress, ProgressTracker, Proof, Stamp, watermark
from stream.pipeline.windows.contribution import contribution_of
from tests.contracts.windows import scored
from tests.fakes.proofs import FakeProofStore
from tests.fakes.windows import FakeWindowStore

ACTIONS = ("append", "fetch", "hand", "finish", "finish any", "tell", "look", "reassign", "reassign away", "set back")


@dataclass
class _Partition:
    """A log, and a consumer of it behind which effects come in any order and some are lost when it is taken away."""

    clock: int = 0
    log: list[int] = field(default_factory=list)  # when each record was appended
    stored: set[int] = field(default_factory=set)
    position: int = 0
    end: int = 0
    sent: float = -1.0
    under_way: list[int] = field(default_factory=list)
    unfinished: Unfinished = field(default_factory=Unfinished)

    def finish(self, at: int) -> None:
        if self.under_way:
            offset = self.under_way.pop(min(at, len(self.under_way) - 1))
            self.stored.add(offset)
            self.unfinished.finish(offset)

    def hand(self, count: int) -> None:
        handed = list(range(self.position, min(self.position + count, self.end)))
        self.position += len(handed)
        self.under_way += handed
        self.unfinished.begin(handed)

    def reassign(self, elsewhere: bool) -> None:
        """Begin at what is committed; another worker may have gone on meanwhile."""
        committed = next((n for n in range(len(self.log)) if n not in self.stored), len(self.log))
        if elsewhere:
            self.stored |= set(range(committed, len(self.log)))
            committed = len(self.log)
        self.position, self.sent, self.unfinished = committed, -1.0, Unfinished()

    def set_back(self) -> None:
        """Begin again at what is committed, under the same assignment; what was handed out may be lost."""
        self.position = next((n for n in range(len(self.log)) if n not in self.stored), len(self.log))
        self.under_way.clear()

    @property
    def reading(self) -> dict[str, ConsumerPosition]:
        if self.sent < 0:
            return {}
        return {"0": ConsumerPosition(self.position, self.end, self.sent, self.unfinished.first)}


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 5)), max_size=120))
@settings(max_examples=300)
def test_what_is_proven_was_handled(actions: list[tuple[str, int]]) -> None:
    world, prover = _Partition(), Prover()
    for action, count in actions:
        world.clock += 1
        match action:
            case "append":
                world.log += [world.clock] * count
            case "fetch":  # its answer may be older than itself by nothing, and newer by anything
                world.sent, world.end = world.clock, len(world.log)
            case "hand":
                world.hand(count)
            case "finish":
                world.finish(0)
            case "finish any":
                world.finish(count)
            case "tell":
                prover.set_baseline(Baseline(Proof(world.clock)), world.clock)
            case "look":
                for proven in prover.find_proven(world.reading):
                    before = [n for n, at in enumerate(world.log) if at < proven.baseline.proof.at]
                    assert world.stored.issuperset(before)
            case "set back":
                world.set_back()
            case "reassign":
                world.reassign(elsewhere=False)
            case _:
                world.reassign(elsewhere=True)


def test_what_was_handed_out_and_lost_is_proven_when_it_was_handed_out_again() -> None:
    """As in a rebalance: Faust drops what it was given and sets the consumer back."""
    world, prover = _Partition(log=[0] * 9, clock=1), Prover()
    world.end = 9
    world.hand(5)
    world.finish(0)
    world.finish(3)  # the last one; three are lost
    world.set_back()
    world.hand(9)
    prover.set_baseline(Baseline(Proof(1)), 1.0)
    world.sent = 2.0
    while world.under_way:
        assert prover.find_proven(world.reading) == []
        world.finish(0)
    assert [item.partition for item in prover.find_proven(world.reading)] == ["0"]


def test_a_backlog_that_never_ends_is_proven_as_it_is_read() -> None:
    world, prover, proven = _Partition(), Prover(), list[int]()
    for _ in range(200):  # ten records come, ten are read, and fifty always wait
        world.clock += 1
        world.log += [world.clock] * (60 if world.clock == 1 else 10)
        world.sent, world.end = world.clock + 0.5, len(world.log)
        world.hand(10)
        while world.under_way:
            world.finish(0)
        proven += [item.baseline.proof.at for item in prover.find_proven(world.reading)]
        prover.set_baseline(Baseline(Proof(world.clock)), world.clock)
    assert len(world.log) - world.position == 50
    assert proven == sorted(set(proven))
    assert world.clock - proven[-1] <= 12


def test_what_the_store_was_not_told_is_told_again() -> None:
    prover, end = Prover(), ConsumerPosition(8, 8, 2.0, None, 6)
    prover.set_baseline(Baseline(Proof(1)), 1.0)
    for _ in range(2):  # the first time the store does not answer
        assert prover.find_proven({"0": end}) == [ProvenBaseline("0", Baseline(Proof(1)), 6)]
    prover.set_baseline(Baseline(Proof(2)), 3.0)
    assert prover.find_proven({"0": end}) == []
    assert prover.find_proven({"0": ConsumerPosition(8, 10, 4.0, None, 8)}) == []
    more = ConsumerPosition(12, 12, 5.0, 11, 12)
    assert prover.find_proven({"0": more}) == [ProvenBaseline("0", Baseline(Proof(2)), 10)]


def test_a_position_beyond_the_end_proves_nothing() -> None:
    """A topic that was deleted and made again under the consumer's feet."""
    prover = Prover()
    prover.set_baseline(Baseline(Proof(1)), 1.0)
    assert prover.find_proven({"0": ConsumerPosition(500, 20, 2.0, None)}) == []


def test_offsets_that_nobody_handed_out_are_no_matter() -> None:
    offsets = Unfinished()
    offsets.finish(7)
    offsets.begin([7, 8])
    offsets.finish(3)
    offsets.finish(7)
    assert offsets.first == 8


DOCUMENTS = {number: scored(number) for number in range(40)}


class _Stream:
    """Two raw partitions, two scored ones and the workers' two stages, each with its backlog, and one clock."""

    def __init__(self, pick: Random) -> None:
        self.now, self.pick = 10_000_000, pick
        self.windows = FakeWindowStore(self.now)
        self.store = FakeProofStore(self.windows)
        self.under_way = {f"news/{n}": pick.choice([0, 700, 2000]) for n in (0, 1)}
        self.raw: dict[str, list[ScoredDocument]] = {name: [] for name in self.under_way}
        self.scored: dict[str, list[ScoredDocument]] = {"0": [], "1": []}
        self.read = dict.fromkeys([*self.raw, *self.scored], 0)
        self.down: set[str] = set()
        self.provers = {name: Prover() for name in self.read}
        self.count = 0

    def publish(self) -> None:
        name = self.pick.choice(sorted(self.raw))
        at = self.now - self.under_way[name]
        topic, _, number = name.partition("/")
        self.count += 1
        origin = Origin(topic, int(number), len(self.raw[name]), self.now)
        published = datetime.fromtimestamp(at / 1000, UTC)
        self.raw[name].append(scored(self.count, id=f"d{self.count}", published_at=published, origin=origin))

    def classify(self, name: str, most: int) -> None:
        for document in self.raw[name][self.read[name] : self.read[name] + most]:
            self.scored[self.pick.choice("01")].append(document)
            self.read[name] += 1

    def aggregate(self, name: str, most: int) -> None:
        documents = self.scored[name][self.read[name] : self.read[name] + most]
        tracker = ProgressTracker(asyncio.run(self.windows.progress()))
        for document in documents:
            tracker.advance(document, Stamp(int(name), self.now, by_broker=True))
        asyncio.run(self.windows.add([contribution_of(item) for item in documents], tracker.moved, tracker.pace))
        self.read[name] += len(documents)

    def prove(self, name: str) -> None:
        kind, counts = (RAW, {"news": 2}) if "/" in name else (SCORED, {"scored": 2})
        end = len(self.raw[name] if kind == RAW else self.scored[name])
        reading = {name: ConsumerPosition(self.read[name], end, self.now, None)}
        proven = [] if name in self.down else self.provers[name].find_proven(reading)
        told = asyncio.run(self.store.prove(kind, counts, proven))
        self.provers[name].set_baseline(told, self.now - 0.5)

    def step(self) -> None:
        self.now += self.pick.choice([100, 1000, 1000, 60_000])
        self.windows.now = self.now
        name = self.pick.choice(sorted(self.read))
        match self.pick.choice(["publish", "publish", "work", "work", "prove", "prove", "prove", "outage", "back"]):
            case "publish":
                for _ in range(self.pick.randint(1, 4)):
                    self.publish()
            case "work" if name not in self.down:
                (self.classify if "/" in name else self.aggregate)(name, self.pick.randint(1, 5))
            case "prove":
                self.prove(name)
            case "outage":
                self.down.add(name)
            case "back":
                self.down.discard(name)

    def waiting(self) -> list[int]:
        """The event times of what is not counted: in a raw partition, and in a scored one."""
        logs = {**self.raw, **self.scored}
        left = [item for name, log in logs.items() for item in log[self.read[name] :]]
        return [int(item.published_at.timestamp() * 1000) for item in left]

    def watermark(self) -> int:
        return watermark(asyncio.run(self.windows.event_time()))


@given(st.integers(0, 10**9))
@settings(max_examples=150)
def test_no_time_is_passed_before_all_that_belongs_to_it_was_read(seed: int) -> None:
    """Whatever is down for however long, in whichever order the stages work and prove."""
    stream, mark = _Stream(Random(seed)), 0
    for _ in range(80):
        stream.step()
        mark = max(mark, stream.watermark())
        assert all(mark <= at for at in stream.waiting())


@given(st.integers(0, 10**9))
@settings(max_examples=50)
def test_when_all_is_read_event_time_catches_up_with_the_clock(seed: int) -> None:
    stream = _Stream(Random(seed))
    for _ in range(80):
        stream.step()
    stream.publish()
    stream.down.clear()
    for name in stream.read:
        (stream.classify if "/" in name else stream.aggregate)(name, 1000)
    for _ in range(4):
        stream.now += 3000
        stream.windows.now = stream.now
        for name in stream.read:
            stream.prove(name)
    assert stream.watermark() >= stream.now - 12_000


def test_pairs_of_partitions_that_are_gone_hold_nobody_and_those_of_unknown_topics_stand_in_the_log_alone() -> None:
    progress = {name: Progress(0, 60_000, 100_000) for name in ("0/news/0", "0/news/5", "7/news/0", "0/other/3", "0")}
    told = {0: Baseline(Proof(500_000, 400_000), {"news/0": Proof(450_000, 350_000)})}
    found = event_time((600_000, 0), progress, told, {RAW: {"news": 1}, SCORED: {"scored": 1}})
    assert found.pairs == {"0/news/0", "0/other/3", "0"}
    assert found.proofs == {"0/news/0": told[0].raw["news/0"], "0/other/3": told[0].proof, "0": told[0].proof}


def test_while_classify_has_never_told_its_topics_no_pair_of_a_topic_is_proven() -> None:
    """Progress of an older release, or another Redis for classify."""
    progress = {"0/news/0": Progress(0, 60_000, 100_000)}
    found = event_time((600_000, 0), progress, {0: Baseline(Proof(500_000))}, {SCORED: {"scored": 1}})
    assert found.pairs == {"0/news/0", UNKNOWN}
    assert not found.proofs
    # There may be others, of which nobody has read anything yet.
    assert watermark(found, 7) == 7
