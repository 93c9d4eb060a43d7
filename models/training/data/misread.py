"""Texts of the kinds that classifiers misread: see :mod:`models.training.data.invented_kinds`. Pure."""

from __future__ import annotations

from random import Random

from models.labels import NEGATIVE, POSITIVE, SENTIMENTS
from models.training.data.invented_kinds import MEASURES, PATTERNS
from models.training.data.patterns import dressed, filled, one

_UNITS = "{:.1f} mln euros|EUR {:.1f} mn|${:.1f} million|{:.1f}m|{:.2f} bln|${:.2f} per share"


def misread(random: Random) -> tuple[str, str]:
    """Return a text and its label, dressed as feeds carry it."""
    text, label = random.choice((*[_of_kind] * 7, _measured, _measured, _swung, _against_estimate))(random)
    return dressed(" ".join(text.split()).replace(" ,", ","), random), label


def _of_kind(random: Random) -> tuple[str, str]:
    """A pattern of the kinds that are misread."""
    patterns = random.choice(PATTERNS)
    label = random.choice(SENTIMENTS)
    return filled(random.choice(patterns[label]), random), label


def _measured(random: Random) -> tuple[str, str]:
    """Something that is better high or better low, on its way up or down."""
    bad, up = random.random() < 0.6, random.random() < 0.5
    label = NEGATIVE if up == bad else POSITIVE
    short = "short_" if random.random() < 0.2 else ""
    what = one(random, MEASURES[short + ("bad" if bad else "good")]).removeprefix(random.choice(("the ", "")))
    subject = random.choice(("{what}", "{what}", "{what}", "{c} {what}", "{c}'s {what}", "{nation} {what}"))
    way = one(random, MEASURES["up"] if up else MEASURES["down"])
    if bad and random.random() < 0.1:
        way = one(random, MEASURES["made_worse"] if up else MEASURES["made_less"])
    if random.random() < 0.1:  # whatever it is, and whichever way is the better one
        way = one(random, MEASURES["better" if label == POSITIVE else "worse"])
    where, _, side = one(random, MEASURES["where"]).partition("@")
    if side and side != ("good" if label == POSITIVE else "bad"):
        where = ""
    pattern = f"{subject} {way}{where}".replace("{what}", what)
    if bad and not up and random.random() < 0.1:
        pattern = (
            f"{{w}} {one(random, MEASURES['cut'])} {one(random, MEASURES['expenses'])} [by {{pct}}|to {{amount}}|]"
        )
    return filled(pattern, random), label


def _swung(random: Random) -> tuple[str, str]:
    """A profit beside a loss, or a figure beside another of the kind that is better low."""
    good = random.random() < 0.5
    unit = one(random, _UNITS)
    new, old = (unit.format(random.uniform(0.1, 40)) for _ in range(2))
    was, now = ("loss", "profit") if good else ("profit", "loss")
    forms = (
        f"{now} of {new} compared with a {was} of {old}",
        f"{{w}} {now} {new} vs {was} {old}",
        f"{{w}} posts [{{period}} |]{now} of {new}[, versus| against|, compared to] a {was} of {old} "
        "[a year earlier|a year ago|]",
        f"[Net|Operating|Pre-tax] {now} came to {new}; [a year ago|last year] there was a {was} of {old}",
        f"EPS of {'' if good else '-'}{new} versus {was} of {old}",
        f"{{w}} [swings|swung|moves] [to|into] {now} [of {new} |][from|after] {was}",
    )
    return filled(random.choice(forms), random), POSITIVE if good else NEGATIVE


def _against_estimate(random: Random) -> tuple[str, str]:
    """A figure beside what was expected of it, as wires and traders write it."""
    more, good = random.random() < 0.5, random.random() < 0.85
    what = "[EPS|EPS ex-items|adj. EPS|earnings/share]" if random.random() < 0.6 else "[revenue|Revenue|revs|sales|Rev]"
    unit = "${:.2f}" if "EPS" in what else random.choice(("${:.1f}B", "{:.1f}B", "${:.2f}bn", "${:.0f}M", "{:.0f}m"))
    if not good:
        what = "[loss/share|net loss|loss|bad loans|provisions]"
        unit = random.choice(("${:.2f}", "${:.1f}M", "{:.1f}B"))
    expected = random.uniform(0.2, 9) * (60 if ":.0f" in unit else 1)
    actual = expected * (random.uniform(1.04, 1.4) if more else random.uniform(0.65, 0.96))
    new, old = unit.format(actual), unit.format(expected)
    if new == old:
        return _against_estimate(random)
    forms = (
        f"{{w}} [{{period}} |]{what} {new} [vs|vs.|v|versus] {old} [est|est.|Est.|estimate|consensus|exp|view]",
        f"{{w}} [reports|posts] [{{period}} |]{what} of {new}, [estimate|consensus|Street] [was |at |]{old}",
        f"{what} {new} [vs|vs.] {old} [est|est.|expected|consensus]",
        f"{{w}} {what} {new}, [analysts expected|Street had|forecast was|Wall Street looked for] {old}",
    )
    return filled(random.choice(forms), random), POSITIVE if more == good else NEGATIVE
