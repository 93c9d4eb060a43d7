"""Money as texts write it: codes of currencies and coins, signs, magnitudes. What reads amounts is built from these.

What cleaning does before the model has lists of its own (:mod:`models.cleaning.figures`): the weights learned with it.
"""

from __future__ import annotations

from collections.abc import Iterable

CODES = (
    "USD", "EUR", "GBP", "GBX", "CHF", "JPY", "CNY", "CNH", "RMB", "HKD", "SGD", "TWD", "KRW", "INR", "AUD", "NZD",
    "CAD", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "TRY", "ILS", "ZAR", "BRL", "MXN", "CLP", "COP",
    "ARS", "THB", "IDR", "MYR", "PHP", "VND", "SAR", "AED", "QAR", "KWD", "EGP", "NGN", "KES", "RUB", "UAH", "KZT",
)  # fmt: skip
COINS = "BTC", "ETH", "USDT", "USDC", "SOL", "XRP", "DOGE"
# Coins whose codes are words, too, or seldom stand beside a number: not where a number may be of a person.
MORE_COINS = "BNB", "ADA", "SHIB", "LUNA", "UST", "DAI", "DOT", "LTC", "TRX", "AVAX", "MATIC", "UNI"
SIGNS = "$€£¥₹₩"
LETTERS = "kmbt"  # behind a number: thousands to trillions
# Each with its shortest form; of letters those alone that count nothing else, as t does tonnes.
MAGNITUDES = {
    "trillion": "tn", "trn": "tn", "tn": "tn", "billion": "bn", "bln": "bn", "bn": "bn", "b": "bn", "million": "m",
    "mln": "m", "mio": "m", "mn": "m", "m": "m", "thousand": "k", "k": "k",
}  # fmt: skip


def any_of(words: Iterable[str]) -> str:
    """Return a pattern of ``words`` as they stand, longer ones first: "mn" must not hide behind "m".

    >>> any_of(["m", "mn"])
    'mn|m'
    """
    return "|".join(sorted(words, key=len, reverse=True))
