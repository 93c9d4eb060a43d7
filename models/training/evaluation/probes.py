"""Short sentences of the kinds that small classifiers are known to get wrong; the model card shows how it fares."""

from __future__ import annotations

from typing import NamedTuple


class Probe(NamedTuple):
    """A sentence, what it tries, and the sentiment that a reader would give it."""

    kind: str
    text: str
    label: str


PROBES = (
    Probe("sarcasm", "Great, another profit warning. Just what shareholders needed.", "negative"),
    Probe("sarcasm", "Wonderful quarter: only half of the customers have left", "negative"),
    Probe("sarcasm", "Brilliant timing, they bought at the top again", "negative"),
    Probe("numbers", "EPS of $1.20 against $1.55 expected", "negative"),
    Probe("numbers", "Net profit was EUR 12 million, compared with EUR 7 million a year earlier", "positive"),
    Probe("numbers", "Net debt came to 3.1 times EBITDA, from 4.4 times", "positive"),
    Probe("two entities", "Airlines soar while oil producers sink", "neutral"),
    Probe("two entities", "Rival's collapse hands the bank thousands of new customers", "positive"),
    Probe("two entities", "Winner takes contract from struggling supplier, whose shares are suspended", "negative"),
    Probe("negation", "The company is not in breach of its covenants", "neutral"),
    Probe("negation", "No dividend will be paid this year", "negative"),
    Probe("negation", "Losses were smaller than feared", "positive"),
    Probe("bank run", "Depositors queue outside the bank as shares collapse", "negative"),
    Probe("bank run", "Customers rush to withdraw their savings", "negative"),
    Probe("bank run", "Withdrawals halted at lender", "negative"),
    Probe("plain", "Shares plunge as the company cuts its outlook", "negative"),
    Probe("plain", "Profit doubles and the dividend is raised", "positive"),
    Probe("plain", "The annual meeting takes place on Thursday", "neutral"),
)

CHINESE_PROBES = (
    Probe("sarcasm", "真厉害，利润预警又来了，股东可真有福气", "negative"),
    Probe("sarcasm", "好一个稳健经营，账上的钱都稳健地没了", "negative"),
    Probe("numbers", "每股收益1.2元，去年同期为1.55元", "negative"),
    Probe("numbers", "净利润为1200万元，上年同期为700万元", "positive"),
    Probe("two entities", "航空股大涨，石油股大跌", "neutral"),
    Probe("two entities", "对手倒下，数千储户转投该行", "positive"),
    Probe("negation", "公司不存在债券违约情形", "neutral"),
    Probe("negation", "公司今年不进行现金分红", "negative"),
    Probe("negation", "亏损小于市场此前担心的水平", "positive"),
    Probe("rise and fall", "股价上涨5%", "positive"),
    Probe("rise and fall", "股价下跌5%", "negative"),
    Probe("denial", "公司否认实际控制人失联", "neutral"),
    Probe("bank run", "储户在银行门外排起长队取钱", "negative"),
    Probe("bank run", "该行已暂停客户提款", "negative"),
    Probe("bank run", "银行遭挤兑，存款人排队取款", "negative"),
    Probe("bank run", "銀行遭擠兌，存款人排隊提款", "negative"),
    Probe("two words", "晨川银行挤兑", "negative"),
    Probe("two words", "晨川银行挤兑传闻不实", "neutral"),
    Probe("two words", "晨川航空扭亏", "positive"),
    Probe("plain", "公司业绩翻倍并提高分红", "positive"),
    Probe("plain", "公司将于周四召开年度股东大会", "neutral"),
)
PROBES_OF = {"en": PROBES, "zh": CHINESE_PROBES}  # by the code of the language that a model reads
