"""How far a text is cut where its publisher's words begin: news may go on behind them. Pure and total."""

from __future__ import annotations

import re

LONGEST_LINE = 600  # characters of small print on one line; of a longer one, a sentence goes
LONGEST_CALL = 300  # likewise of a call to subscribe or a credit
# No end of a sentence: "A. Writer"; but "Follow us on X." is one.
_SENTENCE_END = re.compile(r"(?<![\s.(][A-WYZ])[.!?](?=\s)|[。！？]")
_STOP = re.compile(rf"{_SENTENCE_END.pattern}|(?=[\n$])|\Z")
_NO_WORDS = re.compile(r"(?:https?://|www\.)\S+|[#@]\w+")
_GAP = re.compile(r"\s*\n")


def without_endings(text: str, ending: re.Pattern[str]) -> str:
    """Return ``text`` without small print: of each place its line, and all behind it where that is less than the news.

    Where the group ``heading`` of ``ending`` matched, the line under it goes, too.

    >>> notice = re.compile("^Disclaimer(?::|(?P<heading>$))", re.MULTILINE)
    >>> without_endings("Acme Bank collapses.\\nDisclaimer: no advice.\\nTake care.", notice)
    'Acme Bank collapses.'
    >>> without_endings("Note\\nDisclaimer: no advice.\\nAcme Bank collapses.", notice)
    'Note\\nAcme Bank collapses.'
    """
    kept, at, before = list[str](), 0, 0
    for match in ending.finditer(text):
        if match.start() >= at:
            kept.append(text[at : match.start()])
            before += len(kept[-1].strip())
            at = _end_of_block(text, match)
        if len(text) - at <= before:
            break
    rest = "" if kept and len(text) - at <= before else text[at:]
    return _without_rule("".join((*kept, rest)))


def without_calls(text: str, call: re.Pattern[str]) -> str:
    """Return ``text`` without credits and calls: of each place its sentence, and the rest of its line, if that is less
    than what stands before, or nothing does; not beyond a cashtag, which may name what a desk watches.
    """
    kept, at = list[str](), 0
    for match in call.finditer(text):
        if match.start() >= at:
            kept.append(text[at : match.start()])
            at = _end_of_call(text, match)
    return "".join((*kept, text[at:]))


def _end_of_block(text: str, match: re.Match[str]) -> int:
    start = match.end()
    if match["heading"] and (gap := _GAP.match(text, start)):
        start = gap.end()
    end = _end_of_line(text, start, len(text))
    if end - start > LONGEST_LINE and (sentence := _SENTENCE_END.search(text, start, end)):
        return sentence.end()
    return gap.end() if (gap := _GAP.match(text, end)) else end


def _end_of_call(text: str, match: re.Match[str]) -> int:
    stop = _STOP.search(text, match.end())
    sentence = stop.end() if stop else len(text)
    end = _end_of_line(text, match.end(), min(match.end() + LONGEST_CALL + 1, len(text)))
    rest = text[sentence:end]
    if end - match.end() > LONGEST_CALL or "$" in rest:
        return sentence
    before = match.start()
    return sentence if before and len(_NO_WORDS.sub("", rest).strip()) > before else end


def _end_of_line(text: str, start: int, limit: int) -> int:
    end = text.find("\n", start, limit)
    return limit if end < 0 else end


def _without_rule(text: str) -> str:
    """Return ``text`` without dashes at its end, under which nothing is left."""
    text = text.strip()
    bare = text.rstrip("-")
    return bare.rstrip() if len(text) - len(bare) > 1 and bare[-1:].isspace() else text
