"""Invented texts that say different things of two names, each made twice with the names exchanged: what is said must
follow the role, not the name and not its place. Companies are made up. Pure.

No sentence of a labelled set is among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random

from models.labels import NEGATIVE, NEUTRAL, POSITIVE
from models.text import normalise
from models.training.data.dataset import TRAIN
from models.training.data.entities import Named, NamedText
from models.training.data.invented import LICENCE, SOURCE
from models.training.data.invented_chinese import CHINESE, chinese_company
from models.training.data.invented_prose import PAIRS
from models.training.data.invented_prose_zh import LINES as CHINESE_LINES
from models.training.data.invented_zh import PAIRS as CHINESE_PAIRS
from models.training.data.patterns import company, one
from models.training.data.patterns import filled as filled_slots

# What is said of one name, by label; a slot "n" is a number.
SAID = {
    POSITIVE: "jumps {n}%|surges to a record high|rallies|gains {n} per cent|shares soar|profit doubles|"
    "profit rises {n}%|raises its outlook|beats estimates|wins {n} million order|lifts dividend|"
    "returns to profit|sales grow {n} per cent|gets approval for new drug|hits 52-week high|outperforms|shines|"
    "rebounds|recovers|climbs|upgraded to buy|narrows its loss|cuts debt by {n} million|launches {n} million buyback|"
    "tops forecasts|posts strong quarter|lands contract|up {n}%|cleared of all charges|adds {n} thousand customers|"
    "margin improves|edges higher|is a good buy|can rise to {n}|Q2 net up {n}%|leads gainers",
    NEGATIVE: "slumps {n}%|plunges|falls to a one-year low|drops {n} per cent|shares tumble|profit halves|"
    "profit falls {n}%|cuts its outlook|misses estimates|loses {n} million order|scraps dividend|"
    "swings to loss|sales shrink {n} per cent|recalls {n} thousand cars|hits 52-week low|underperforms|dulls|"
    "slips|slides|sinks|downgraded to sell|loss widens|fined {n} million|halts production|faces probe|"
    "freezes withdrawals|files for insolvency|warns on profit|posts weak quarter|loses contract|down {n}%|"
    "sued over fraud|lays off {n} hundred staff|margin shrinks|edges lower|defaults on bonds|to cut jobs|"
    "could fall to {n}|Q2 net down {n}%|leads losers|hit by cyber attack|chief arrested|delays launch",
    NEUTRAL: "names new CFO|to hold annual meeting|to report results on Thursday|unchanged|opens office in Oslo|"
    "flat in early trade|publishes annual report|to issue bonds worth {n} million|appoints adviser|"
    "in talks with lenders|moves headquarters|keeps rates on hold|board to meet on {n} May|renames unit|"
    "trades in a range|little changed|to present at conference|reviews options|hires bankers|stake sale on agenda",
}
JOINS = (
    "; {} | while {}|, while {}|, but {}|, whereas {}|, {}| as {}|. {}| even as {}| and {}|; meanwhile {}|: {}| - {}"
)
# Both names in one statement: pattern | label of {a} | label of {b}.
ROLES = """{a} takes market share from {b} | positive | negative
    {a} beats {b} to {n} million contract | positive | negative
    {a} wins patent case against {b} | positive | negative
    {b} loses patent case against {a} | positive | negative
    {a} overtakes {b} as market leader | positive | negative
    Customers leave {b} for {a} | positive | negative
    {b}'s collapse hands {a} thousands of new customers | positive | negative
    {b}'s loss is {a}'s gain | positive | negative
    {a} poaches clients of struggling {b} | positive | negative
    {a} sues {b} over {n} million in unpaid bills | neutral | negative
    {a} downgrades {b} to sell | neutral | negative
    {a} cuts {b} to underweight | neutral | negative
    {a} cuts price target of {b} | neutral | negative
    {a} upgrades {b} to buy | neutral | positive
    {a} raises {b} to overweight | neutral | positive
    {a} initiates {b} with buy, target {n} | neutral | positive
    {a} maintains buy on {b} | neutral | positive
    {a} keeps hold on {b} | neutral | neutral
    Buy {b}, target {n}: {a} | neutral | positive
    Sell {b}, target {n}: {a} | neutral | negative
    {b} could fall to {n}: analyst at {a} | neutral | negative
    {b} is expensive, says strategist at {a} | neutral | negative
    {b} is cheap, says strategist at {a} | neutral | positive
    Positive on {b}: {a} | neutral | positive
    Negative on {b}: {a} | neutral | negative
    Avoid {b}: {a} | neutral | negative
    Prefer {a} over {b} | positive | negative
    Switch from {b} to {a} | positive | negative
    Long {a}, short {b} | positive | negative
    Buy {a}, sell {b} | positive | negative
    Like {a}, avoid {b} | positive | negative
    Bullish on {a}, bearish on {b} | positive | negative
    {a} to buy {b} for {n} million, a premium of {n} per cent | neutral | positive
    {a} offers to rescue {b} from insolvency | neutral | negative
    {a} ends talks to buy {b}, whose shares plunge | neutral | negative
    {a} sells its stake in {b} | neutral | neutral
    {a} and {b} to merge | neutral | neutral
    {a} and {b} sign partnership | positive | positive
    {a} terminates supply contract with {b} | neutral | negative
    {a} drops {b} as supplier | neutral | negative
    {a} picks {b} as supplier | neutral | positive
    {a} places {n} million order with {b} | neutral | positive
    {a} cancels order with {b} | neutral | negative
    {a} hit by strike at supplier {b} | negative | negative
    {a} exposed to failed lender {b} | negative | negative
    {a} writes off loans to {b} | negative | negative
    {a} fines {b} {n} million | neutral | negative
    {a} clears {b} of wrongdoing | neutral | positive
    {a} joins {b} in cutting prices | negative | negative
    Unlike {b}, {a} raises its forecast | positive | negative
    Unlike {b}, {a} cuts its forecast | negative | positive
    {a} follows {b} with profit warning | negative | negative
    {a} spared as {b} loses licence | positive | negative
    {a} outperforms {b} | positive | negative
    {a} lags {b} | negative | positive
    {a} drags {b} lower | negative | negative
    {a} lifts {b} | positive | positive
    {b} hires former chief of {a} | neutral | neutral
    {a} rises despite weak {b} | positive | negative
    {a} falls despite strong {b} | negative | positive
    {b} loses {n} million order to {a} | positive | negative
    {b} loses order to {a} | positive | negative
    {b} loses contract to rival {a} | positive | negative
    {b} loses tender to {a} | positive | negative
    {b} loses customers to {a} | positive | negative
    {b} loses market share to {a} | positive | negative
    {b} loses out to {a} on {n} million deal | positive | negative
    {b} cedes market lead to {a} | positive | negative
    {b} defeated by {a} in court | positive | negative
    {b} must pay {a} {n} million in damages | positive | negative
    {b} outbid by {a} | positive | negative
    Order goes to {a}, not {b} | positive | negative
    {a} snatches {n} million order from {b} | positive | negative
    Client drops {b} in favour of {a} | positive | negative
    {b} sells unit to {a} to pay debts | neutral | negative""".splitlines()
TAILS = "|||| in early trade| on Friday| after results|, says report| this week"
# Written Chinese sentences that name one company, and which share of the Chinese texts they are.
ABOUT_ONE = tuple((label, pattern) for label, pattern in CHINESE_LINES if pattern.count("{c}") == 1)
ALONE = 0.4
WRITTEN = 0.6  # share of the statements that are sentences written one by one: there are ten times as many as roles
_SLOT = re.compile(r"\{([abn])\}")


def contrasts(count: int, seed: int, names: Sequence[str] = (), chinese: float = 0.0) -> list[NamedText]:
    """Return ``count`` texts for training: pairs that differ in which name has which role.

    Args:
        count: rounded up to whole pairs.
        seed: the same one gives the same texts.
        names: to use beside invented companies.
        chinese: share of the pairs that is in Chinese; the others are in English.
    """
    random = Random(seed)  # noqa: S311 -- repeatable, no secret
    return [text for _ in range(-(-count // 2)) for text in _pair(random, names, chinese)]


def _pair(random: Random, names: Sequence[str], chinese: float) -> Iterator[NamedText]:
    in_chinese = chinese > 0 and random.random() < chinese
    made = chinese_company if in_chinese else company
    left, right = (_name(random, names, made) for _ in range(2))
    while right.casefold() in left.casefold() or left.casefold() in right.casefold():
        right = _name(random, names, made)
    if in_chinese and random.random() < ALONE:
        yield from _alone(random, (left, right))
        return
    if in_chinese:
        pattern, labels = _written(random, CHINESE_PAIRS)
        pattern = normalise(pattern)  # as all Chinese text is read: the English ones are plain already
    else:
        pattern, labels = _statement(random) if random.random() < 0.5 else _joined(random)
    for first, second in ((left, right), (right, left)):
        yield filled(pattern, {"a": first, "b": second}, labels)


def _statement(random: Random) -> tuple[str, dict[str, str]]:
    if random.random() < WRITTEN:
        return _written(random, PAIRS)
    pattern, of_a, of_b = (part.strip() for part in random.choice(ROLES).split(" | "))
    return _numbered(pattern + one(random, TAILS), random), {"a": of_a, "b": of_b}


def _written(random: Random, pairs: Sequence[tuple[str, ...]]) -> tuple[str, dict[str, str]]:
    of_a, of_b, pattern = random.choice(pairs)
    return _numbered(pattern, random), {"a": of_a, "b": of_b}


def _alone(random: Random, names: Sequence[str]) -> Iterator[NamedText]:
    """Yield a written Chinese sentence about one company, with each of ``names`` in turn in its place."""
    label, pattern = random.choice(ABOUT_ONE)
    before, after = (filled_slots(part, random, CHINESE) for part in normalise(pattern).split("{c}"))
    for name in names:
        place = (len(before), len(before) + len(name))
        yield NamedText(before + name + after, (Named(name, (place,), label),), TRAIN, SOURCE, LICENCE)


def _joined(random: Random) -> tuple[str, dict[str, str]]:
    labels = dict(zip("ab", random.sample(list(SAID), 2), strict=True))
    said = {slot: f"{{{slot}}} {one(random, SAID[label])}" for slot, label in labels.items()}
    return _numbered(said["a"] + one(random, JOINS).replace("{}", said["b"]), random), labels


def _numbered(pattern: str, random: Random) -> str:
    return re.sub(r"\{n\}", lambda _: str(random.randint(2, 95)), pattern)


def filled(pattern: str, names: dict[str, str], labels: dict[str, str]) -> NamedText:
    """Return the pattern with ``names`` in its slots, and where each stands.

    >>> filled("{b} lags {a}", {"a": "X", "b": "Y"}, {"a": "positive", "b": "negative"}).names[1].mentions
    ((7, 8),)
    """
    text, places = "", []
    end = 0
    for slot in _SLOT.finditer(pattern):
        text += pattern[end : slot.start()]
        places.append((slot[1], (len(text), len(text) + len(names[slot[1]]))))
        text += names[slot[1]]
        end = slot.end()
    found = tuple(Named(names[slot], (place,), labels[slot]) for slot, place in places)
    return NamedText(text + pattern[end:], found, TRAIN, SOURCE, LICENCE)


def _name(random: Random, names: Sequence[str], made: Callable[[Random], str]) -> str:
    return random.choice(names) if names and random.random() < 0.5 else made(random)
