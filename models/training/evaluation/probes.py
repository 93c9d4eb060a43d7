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
