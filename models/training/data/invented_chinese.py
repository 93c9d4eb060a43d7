"""Invented Chinese sentences: see :mod:`models.training.data.invented_zh`. Pure.

Neutral ones are the most: what trained without them, or on English alone, had the boundary of neutral in another place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from models.labels import NEGATIVE, NEUTRAL, POSITIVE
from models.training.data.invented_zh import FORUM, NEWS, SHORT, SLOTS, TOPICS
from models.training.data.patterns import Grammar, filled, one

# Of 500 headlines read by hand, 45 % were neutral, 32 % negative and 23 % positive.
_SHARES = {NEGATIVE: 32, NEUTRAL: 43, POSITIVE: 25}
_FIRST = (
    "宏|泰|盛|鼎|瑞|嘉|恒|星|远|华|金|海|天|中|东|南|新|安|博|创|"
    "德|丰|光|国|康|蓝|龙|明|诺|启|润|顺|腾|万|伟|信|兴|银|正|卓"
)
_SECOND = "达|源|通|泽|业|凯|阳|川|城|和|辉|昌|利|亚|力|宇|泰|信|图|科|美|能|普|锐|胜|特|维|湾|原|智|翔|邦|尔|林|峰|桥"
_SURNAMES = "王|李|张|刘|陈|杨|赵|黄|周|吴|徐|孙|胡|朱|高|林|何|郭|马|罗|Smith|Wilson"
_GIVEN = "伟|敏|静|强|磊|洋|艳|勇|军|杰|建国|志强|晓明|海涛|文华|立新|某|某某"


def chinese_texts(random: Random) -> Iterator[tuple[str, str]]:
    """Yield texts and their labels without an end, dressed as feeds carry them."""
    while True:
        label = random.choices(list(_SHARES), list(_SHARES.values()))[0]
        kind = random.random()
        if kind < 0.15:
            yield filled(random.choice(FORUM[label]), random, CHINESE), label
        elif kind < 0.45:
            yield _tagged(filled(random.choice(SHORT[label]), random, CHINESE), random), label
        else:
            patterns = random.choice(NEWS)
            yield _dressed(filled(random.choice(patterns[label]), random, CHINESE), random), label


def chinese_topics(random: Random) -> Iterator[tuple[str, str]]:
    """Yield texts and their topics without an end, dressed as feeds carry them; each topic as often as another."""
    while True:
        topic = random.choice(list(TOPICS))
        yield _dressed(filled(random.choice(TOPICS[topic]), random, CHINESE), random), topic


def _dressed(text: str, random: Random) -> str:
    """Return ``text`` with a wire's beginning, a headline's spaces, or what editors put behind it."""
    before = filled(one(random, SLOTS["before"]), random, CHINESE) if random.random() < 0.15 else ""
    behind = one(random, SLOTS["behind"]) if random.random() < 0.15 else ""
    if random.random() < 0.4:  # as headlines have it
        text = text.replace("，", " ")
    return " ".join((before + text.rstrip("！。，") + behind).split())


def _tagged(text: str, random: Random) -> str:
    """Return a text of two words bare, or as wires, quotes and tags have it."""
    form = random.random()
    if form < 0.5:
        return text
    if form < 0.8:
        return filled(one(random, SLOTS["around"]), random, CHINESE).replace("_", text)
    return _dressed(text, random)


def _name(random: Random) -> str:
    third = one(random, _SECOND) if random.random() < 0.15 else ""
    return one(random, _FIRST) + one(random, _SECOND) + third


def chinese_company(random: Random) -> str:
    """Return a company's name, mostly with what it does."""
    return _name(random) + (one(random, SLOTS["kind"]) if random.random() < 0.85 else "")


def _person(random: Random) -> str:
    return one(random, _SURNAMES) + one(random, _GIVEN)


def _code(random: Random) -> str:
    start = random.choice(("600", "601", "603", "000", "002", "300", "688"))
    return f"{start}{random.randint(0, 999):03d}" + random.choice(("", "", ".SH", ".SZ"))


def _ticker(random: Random) -> str:
    return "".join(random.choices("ABCDEFGHIKLMNOPRSTUVXZ", k=random.choice((2, 3, 4)))) + random.choice(
        (".US", ".US", "")
    )


def _range(least: int, most: int) -> Callable[[Random], str]:
    return lambda random: str(random.randint(least, most))


CHINESE = Grammar(
    SLOTS,
    {
        "c": chinese_company,
        "c0": _name,
        "name": _person,
        "code": _code,
        "tick": _ticker,
        "d": _range(2, 9),
        "e": _range(1, 9),
        "q": _range(1, 4),
        "m": _range(1, 12),
        "day": _range(1, 28),
        "n": _range(2, 98),
        "t2": _range(10, 98),
    },
)
