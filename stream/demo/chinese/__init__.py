"""The scenario in Chinese."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from stream.demo.chinese import crisis_texts, names
from stream.demo.chinese.company_texts import COMPANY_TEXTS
from stream.demo.chinese.deal_texts import DEAL_TEXTS
from stream.demo.chinese.economy_texts import ECONOMY_TEXTS
from stream.demo.script import COMMON_NUMBERS, Incidents, Names, Numbers, Script

NUMBERS: Numbers = {
    **COMMON_NUMBERS,
    "eps": lambda rng: f"{rng.uniform(0.05, 3.9):.2f}元",
    "cents": lambda rng: f"{rng.uniform(0.02, 0.89):.2f}元",
    "price": lambda rng: f"{rng.uniform(6, 240):.2f}元",
    "aim": lambda rng: f"{rng.randint(8, 260)}元",
    "million": lambda rng: rng.choice((f"{rng.uniform(1.1, 94):.1f}亿元", f"{rng.randint(11, 97) * 100}万元")),
    "billion": lambda rng: f"{rng.randint(11, 280)}亿元",
    "count": lambda rng: str(rng.randint(3, 98) * 100),
    "barrel": lambda rng: f"{rng.uniform(61, 108):.2f}美元",
    "ounce": lambda rng: f"{rng.randint(1710, 2690)}美元",
    "yield": lambda rng: f"{rng.uniform(1.4, 5.2):.2f}%",
    "quarter": lambda rng: rng.choice(("一季度", "上半年", "三季度", "全年")),
}
# How people write the same in other signs; stories are compared without such differences.
_TRADITIONAL = str.maketrans("银资债经晚赶紧来钱价", "銀資債經晚趕緊來錢價")
_BEFORE = ("", "", "【紧急】", "【速看】", "转发：", "快讯：", "扩散！")
_CASHTAG = re.compile(r"\$(\w+)\(SH\d{6}\)\$ ?")
_AFTER = ("", "", "！", "！！", "。")


def _disguise(rng: Random, text: str) -> str:
    """Change what makes another text, but no other story: signs, what stands before and after, spaces, mentions."""
    text = rng.choice((text, text, text.translate(_TRADITIONAL), text.replace("，", " "), text.replace("，", ",")))
    place = rng.randrange(1, len(text))
    text = rng.choice((text, f"{text[:place]} {text[place:]}"))
    mentions = "".join(f" @{rng.choice(names.ACCOUNTS)}" for _ in range(rng.choice((0, 0, 1, 2))))
    return rng.choice(_BEFORE) + text + rng.choice(_AFTER) + mentions


def _report(rng: Random, text: str) -> str:
    """Write what stood in a post as newsrooms do: companies by their names alone, some of it as a flash."""
    return rng.choice(("",) * 9 + ("【快讯】", "快讯：")) + _CASHTAG.sub(r"\1", text)


def _repost(rng: Random, text: str) -> str:
    return rng.choice(("", "转发：", "转：", "【转】")) + text


CHINESE: Final = Script(
    language="zh",
    names=Names(
        failing=names.FAILING,
        called=names.FAILING,
        aliases=("晨川",),
        rumoured=names.RUMOURED,
        groups=("银行", "公司"),
        companies=names.COMPANIES,
        cashtag="${company}(SH{ticker:.6})$",
        targets=names.TARGETS,
        banks=names.BANKS,
        brokers=names.BROKERS,
        people=names.PEOPLE,
        sectors=names.SECTORS,
        places=names.PLACES,
        newsrooms=names.NEWSROOMS,
        accounts=names.ACCOUNTS,
        rumour_accounts=names.RUMOUR_ACCOUNTS,
        tags=("#股市#", "#行情#", "#投资#", "#交易#", "#经济#", "#财经#"),
        network="雀鸣",
        site="https://queming.example/",
    ),
    wordings={**COMPANY_TEXTS, **DEAL_TEXTS, **ECONOMY_TEXTS},
    incidents=Incidents(
        crisis_texts.SHARES,
        crisis_texts.BUSINESS,
        crisis_texts.SOCIAL,
        crisis_texts.CALM,
        crisis_texts.FOLLOW_UPS,
        crisis_texts.RUMOUR,
        crisis_texts.DENIALS,
    ),
    numbers=NUMBERS,
    disguise=_disguise,
    report=_report,
    repost=_repost,
)
