"""Edits that make a copy, or a different report, of a real document: what newsrooms and networks do to texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import msgspec

from stream.pipeline.documents.document import Document

replace = msgspec.structs.replace
Pair = tuple[Document, Document]
# Gives the pair, or None where the document does not lend itself to the edit.
Edit = Callable[[Document, Random], Pair | None]

AGENCIES = ("Reuters", "Bloomberg News", "CNBC", "MarketWatch", "Yahoo Finance", "The Block")
CITIES = ("NEW YORK", "LONDON", "Frankfurt", "HONG KONG", "Zurich")
LEADS = ("Explained", "What we know", "Analysis", "Market movers", "In brief")
TAILS = (
    "Reporting by A. Writer in London; editing by B. Reader",
    "Read more on our website: https://news.example/a/1",
    "Sign up for our daily newsletter and never miss a story.",
    "© 2026 The Agency. All rights reserved.",
    "Follow us on Twitter and Telegram for more updates.",
)
OPPOSITES = {
    "rises": "falls", "falls": "rises", "rise": "fall", "fall": "rise", "up": "down", "down": "up", "beats": "misses",
    "misses": "beats", "gains": "loses", "higher": "lower", "lower": "higher", "buy": "sell", "sell": "buy",
    "bullish": "bearish", "bearish": "bullish", "surges": "plunges", "drops": "jumps", "jumps": "drops",
    "approves": "rejects", "rejects": "approves", "raises": "cuts", "cuts": "raises",
}  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.,])\d+(?![\w,])")
NAMES = (
    "Bitcoin", "Ethereum", "Dogecoin", "Cardano", "Solana", "Ripple", "Binance", "Coinbase", "Kraken", "Tether",
    "Apple", "Tesla", "Amazon", "Google", "Microsoft", "Meta", "Facebook", "Twitter", "Netflix", "Goldman", "JPMorgan",
    "Boeing", "Pfizer", "Moderna", "Visa", "Walmart", "Ford", "China", "Russia", "India", "Korea", "Japan", "Germany",
    "Britain", "Ukraine", "Canada", "Brazil", "Australia", "Fed", "SEC", "ECB", "Musk", "Biden", "Powell", "Yellen",
)  # fmt: skip
_NAME = re.compile(rf"\b(?:{'|'.join(NAMES)})\b|\$[A-Z]{{1,5}}\b")
_WORD = re.compile(r"\b[A-Za-z]+\b")
ISSUERS = (
    "Deutsche Bank", "Credit Suisse", "SVB Financial", "First Republic", "Thyssenkrupp", "Evergrande", "Amazon",
    "Canada Post", "Lloyds Banking Group", "Tesco PLC", "Barclays", "Nestle",
)  # fmt: skip
COUNTRIES = ("US", "UK", "EU", "German", "French", "Chinese", "Japanese", "Russian", "Indian", "Korean", "Canadian")
_COUNTRY = re.compile(rf"\bU\.S\.|\b(?:{'|'.join(COUNTRIES)})\b")
MONTHS = (
    "May", "January", "February", "March", "April", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = re.compile(rf"(?<=\bin )May\b|\b(?:{'|'.join(MONTHS[1:])})\b")  # "Bank May Cut Jobs"
LABELS = ("FALSE: ", "Fake news: ", "Hoax: ", "Debunked: ", "【谣言】", "假消息：")
_VERB = re.compile(r"\b(is|are|was|will|has|have|can|could|should|would)\b(?! not)", re.IGNORECASE)
_PLAN = re.compile(r" to (?=[a-z]{3})")
# An amount in the styles of two houses.
_STYLES = (
    (re.compile(r"(\d) ?(?:percent|%|pct)"), (r"\1%", r"\1 percent")),
    (re.compile(r"\$(\d[\d.]*) ?(?:billion|bn|B)\b"), (r"$\1bn", r"$\1 billion")),
    (re.compile(r"\$(\d[\d.]*) ?(?:million|mn|m|M)\b"), (r"$\1m", r"\1 million dollars")),
    (re.compile(r"(?<![\d,.])(\d{1,3}),(\d{3})(?![\d,])"), (r"\1,\2", r"\1\2")),
    (re.compile(r"\bU\.S\.|\bUS\b"), ("U.S.", "US")),
)
MAX_RETWEET = 140  # characters; as the first network cut them, and feeds that were made for it do


def case(document: Document, rng: Random) -> Pair:
    """Another case, other punctuation."""
    change, end = rng.choice((str.upper, str.lower, str.title)), rng.choice((".", "!", " ", ""))
    texts = {name: getattr(document, name) for name in ("text", "title", "body")}
    changed = {name: change(text).replace(", ", " , ").replace("'", "’") + end for name, text in texts.items() if text}
    return document, replace(document, **changed)


def retweet(document: Document, rng: Random) -> Pair:
    """A retweet, cut off where it is long."""
    text = f"RT @{rng.choice(AGENCIES).replace(' ', '')}: {head(document)}"
    return posted(document, head(document)), posted(
        document, text if len(text) <= MAX_RETWEET else text[: MAX_RETWEET - 1] + "…"
    )


def link(document: Document, rng: Random) -> Pair:
    """A link, hashtags or a mention behind the whole text."""
    tags = rng.choice((" #markets #stocks", "", " via @desk"))
    return document, posted(document, f"{document.content} https://t.example/{rng.getrandbits(40):x}{tags}")


def headline_alone(document: Document, rng: Random) -> Pair | None:
    """The headline of an article, posted with a link."""
    if not document.title or not document.body or len(document.title.split()) < 6:
        return None
    return document, posted(document, f"{document.title} https://t.example/{rng.getrandbits(40):x}")


def changed_headline(document: Document, rng: Random) -> Pair | None:
    """The same body under a headline of which two thirds of the words are left."""
    if not document.title or not document.body or len(document.body.split()) < 14:
        return None
    words = document.title.split()
    places = sorted(rng.sample(range(len(words)), max(2, len(words) * 2 // 3)))
    return document, replace(document, title=f"{rng.choice(LEADS)}: {' '.join(words[at] for at in places)}")


def boilerplate(document: Document, rng: Random) -> Pair:
    """Each with a dateline and an ending of its own."""
    return _reprinted(document, rng), _reprinted(document, rng)


def outlet(document: Document, rng: Random) -> Pair:
    """Each with the name of an outlet behind the headline, and perhaps a shout before it."""
    return _signed(document, rng), _signed(document, rng)


def house_style(document: Document, rng: Random) -> Pair | None:
    """The headline with its amounts in the style of one house, and of another."""
    text = head(document)
    one, two = (_in_style(text, style) for style in (0, 1))
    return None if one == two else (posted(document, one), posted(document, two))


def denial(document: Document, rng: Random) -> Pair | None:
    """The headline, and the same denied: another report."""
    text = head(document)
    changed = _VERB.sub(rng.choice((r"\1 not", r"\1 never", r"\1 no longer")), text, count=1)
    if changed == text:
        match = _PLAN.search(text)
        if match is None:
            return None
        changed = f"{text[: match.start()]} {rng.choice(('denies plan to ', 'rules out to '))}{text[match.end() :]}"
    return posted(document, text), posted(document, changed)


def denied_first(document: Document, rng: Random) -> Pair:
    """The headline, and the same behind a label that says it is false: another report."""
    return posted(document, head(document)), posted(document, rng.choice(LABELS) + head(document))


def other_country(document: Document, rng: Random) -> Pair | None:
    """The headline, and the same of another country: another report."""
    return _swapped(
        document, _COUNTRY, lambda name: rng.choice([one for one in COUNTRIES if one != name.replace(".", "")])
    )


def other_month(document: Document, rng: Random) -> Pair | None:
    """The headline, and the same of another month: another report."""
    return _swapped(document, _MONTH, lambda month: rng.choice([one for one in MONTHS if one != month]))


def other_issuer(document: Document, rng: Random) -> Pair:
    """The headline as an issuer's notice, with the issuer behind it, and with another: another report."""
    one, other = rng.sample(ISSUERS, 2)
    mark = rng.choice((" - ", " | ", " – "))
    return posted(document, f"{head(document)}{mark}{one}"), posted(document, f"{head(document)}{mark}{other}")


def other_long_name(document: Document, rng: Random) -> Pair | None:
    """The whole text with a name of several words in the place of one that it has, and with another: another report."""
    one, other = rng.sample([name for name in ISSUERS if " " in name], 2)
    match = _NAME.search(document.content, 1)
    if match is None:
        return None
    before, behind = document.content[: match.start()], document.content[match.end() :]
    return posted(document, f"{before}{one}{behind}"), posted(document, f"{before}{other}{behind}")


def other_number(document: Document, rng: Random) -> Pair | None:
    """The headline, and the same with another number: another report."""
    return _swapped(document, _NUMBER, lambda number: str(int(number) + rng.randint(1, 9)))


def other_name(document: Document, rng: Random) -> Pair | None:
    """The headline, and the same with another name: another report."""
    names = [name for name in NAMES if name not in head(document)]
    return _swapped(document, _NAME, lambda _: rng.choice(names))


def opposite(document: Document, rng: Random) -> Pair | None:
    """The headline, and its opposite: another report."""

    def turn(word: str) -> str:
        other = OPPOSITES.get(word.lower(), word)
        return other.title() if word.istitle() else other

    changed = _WORD.sub(lambda match: turn(match[0]), head(document))
    return None if changed == head(document) else (posted(document, head(document)), posted(document, changed))


def head(document: Document) -> str:
    """The headline, or the whole text where there is none."""
    return document.title or document.content


def posted(document: Document, text: str) -> Document:
    """The document as a post of ``text``."""
    return replace(document, text=text, title=None, body=None)


def _in_style(text: str, style: int) -> str:
    for pattern, forms in _STYLES:
        text = pattern.sub(forms[style], text)
    return text


def _swapped(document: Document, pattern: re.Pattern[str], other: Callable[[str], str]) -> Pair | None:
    """Return the headline, and it with the first match of ``pattern`` made another; None where there is no match."""
    text = head(document)
    match = pattern.search(text)
    if match is None:
        return None
    return posted(document, text), posted(document, text[: match.start()] + other(match[0]) + text[match.end() :])


def _reprinted(document: Document, rng: Random) -> Document:
    dateline = f"{rng.choice(CITIES)}, Jan {rng.randint(1, 28)} ({rng.choice(AGENCIES)}) - "
    if document.body:
        return replace(document, body=f"{dateline}{document.body} {rng.choice(TAILS)}")
    return posted(document, f"{dateline}{document.content}\n{rng.choice(TAILS)}")


def _signed(document: Document, rng: Random) -> Document:
    prefix, name = rng.choice(("BREAKING: ", "UPDATE 1-", "", "Exclusive: ")), rng.choice(AGENCIES)
    title = f"{prefix}{head(document)}{rng.choice((' - ', ' | '))}{name}"
    return replace(document, title=title) if document.title else posted(document, title)


COPIES: tuple[Edit, ...] = (case, retweet, link, headline_alone, changed_headline, boilerplate, outlet, house_style)
OTHERS: tuple[Edit, ...] = (
    other_number, other_name, other_country, other_month, opposite, denial, denied_first, other_issuer, other_long_name,
)  # fmt: skip
