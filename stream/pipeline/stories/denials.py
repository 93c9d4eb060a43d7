"""What a text denies: marks before the words that are denied. Pure.

"Is insolvent" and "is not insolvent" are opposite reports, though only a word was added: so a denial marks the word
that it denies (Das and Chen, 2001, mark words up to the next punctuation; here it is the next word of content). One
behind the claim, as in "... is untrue", marks all words before it in its sentence, and a label before the claim, as in
"Fake news: ...", all words behind it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

import ahocorasick

from stream.pipeline.stories.capitals import NAME

NOT = "\ue000"  # stands before a word that is denied; of private use, so no text has it
AFTER, BEFORE, STOP = "\ue001", "\ue002", "\ue003"  # a denial of what follows, of what was said before; end of sentence
REST = "\ue008"  # a denial of the whole rest of the sentence
SIGNS = AFTER + BEFORE + STOP + REST

_DENIES_WHAT_FOLLOWS = re.compile(
    r"n't\b|\b(?:not(?! only\b)|never|no longer|no(?!\.? ?\d)|nor|neither|cannot|without|"
    r"den(?:y|ies|ied|ying)(?! by\b)|refut(?:e|es|ed|ing)|"
    r"rebut(?:s|ted)?|dismiss(?:es|ed)?|reject(?:s|ed|ing)?|rul(?:e|es|ed|ing) out|"
    r"refus(?:e|es|ed|ing)|declin(?:e|es|ed) to|fail(?:s|ed)? to|scrap(?:s|ped)?|cancel(?:s|led|ed)?|"
    r"abandon(?:s|ed)?|call(?:s|ed)? off|shelv(?:e|es|ed)|withdr(?:aws?|ew)|unlikely|"
    r"quash(?:es|ed)?|debunk(?:s|ed|ing)?|rubbish(?:es|ed)|disput(?:es|ed)|avoid(?:s|ed)?|avert(?:s|ed)?)\b"
    r"|(?:否认|不会|不是|并未|并非|并无|没有|尚未|从未|未有|未曾|不再|无意|暂无|未能|未(?![来必婚成知免央])|"
    r"无法|不存在|取消|终止|撤[回销诉]|解除|驳[回斥]|反驳|斥责|造谣|拒绝|否决|叫停|澄清|停止|中止|暂缓|放弃|辟谣|没(?![收落])|"
    r"(?<![可以])避免|免于|(?<!不)排除|"
    # words that begin so and deny nothing: 不断, 不少, 不过, 不锈钢
    r"不(?![断少过仅但止限等同良明错只日久菲妨禁]|动产|锈钢|得不))"
    # what is denied is the rumour, and so what it is of
    r"(?:(?:有关|相关|关于|所谓|市场|网络|网上)?的?(?:传闻|传言|谣言|消息|报道|说法)称?)?"
)
_UNTRUE = (
    r"不实(?![施行现际])|谣言|不属实|失实|子虚乌有|假(?:消息|新闻|信息|的)|查无(?:此事|实据)|[无没]有?(?:此事|这回事|的事)|与事实(?:严重)?不[相]?符|"
    r"不符合事实|(?:[毫并]?无|没有?)(?:任何)?(?:事实)?[根依]据|被证伪|消息(?:有误|错误)|无稽之谈|无中生有|莫须有|"
    r"(?:纯属|[系是属为])(?:恶意|人为)?(?:虚构|捏造|编造|造谣|谣传|误传|误读|伪造|诽谤|讹传|杜撰|虚假(?!陈述|宣传|记载)|(?:一[场个])?乌龙(?!茶))"
)
_DENIES_WHAT_WAS_SAID = re.compile(
    r"\b(?:(?:untrue|not true|no truth|unfounded|groundless|baseless|hoax|denied by|not the case|debunked by|"
    r"(?:without|no) (?:foundation|basis(?! point)|merit)|(?:is|are|was|were|as) (?:fabricated|fictitious|nonsense))\b|"
    r"(?:false|fake(?: ?news)?|inaccurate|incorrect|debunked|made[ -]up)(?= *(?:[.,;:!?]|$| say| said| accord))|"
    r"denied(?= *(?:[.,;:!?]|$))|no(?=[,!])|(?<!-)off(?= *(?:[.,;:!?]|$| say| said))(?!\w))"
    rf"|{_UNTRUE}"
)
# A label before a report. "Rumour: ..." is none: it is how a claim begins.
_LABEL = re.compile(
    r"(?:^|(?<=[.!?;。\n]))[^\w\n]{0,20}(?:"
    r"(?:this (?:is|claim is) |it's )?(?:an? )?"
    r"(?:false|fake(?: ?news)?|untrue|not true|hoax|debunked|fact[ -]?check(?:ed)?)"
    r"(?: (?:claims?|news|rumou?rs?|reports?|story))?(?: *[:!|\])】]+| +[-–—]+(?= ))"
    rf"|#[^#\n]{{0,30}}?(?:{_UNTRUE}|辟谣)#"
    rf"|(?:网传|网络|官方|这是|警惕|注意|紧急|#)*(?:{_UNTRUE}|辟谣)(?:消息|信息|传闻|报道|粉碎机)?[:!|丨\])】」》,#]+)",
    re.MULTILINE,
)
# What is denied is what these are about: no plans to sell, denies rumours of insolvency.
_ABOUT = """
any plan plans planned talk talks report reports rumor rumors rumour rumours claim claims speculation allegation
allegations intention intentions idea proposal offer bid effort efforts move decision deal evidence immediate
"""
_CARRIERS = frozenset(_ABOUT.split())
# A text without Han and with none of these denies nothing, which the patterns above are slow to find out.
_SIGNS_OF_DENIAL = (
    "n't", "not", "no ", "no,", "no!", "no-", "no.", " nor ", "never", "neither", "without", "deny", "denie", "refut",
    "rebut", "dismiss", "reject", "rul", "refus", "declin", "fail", "scrap", "cancel", "abandon", "call", "shelv",
    "withdr", "unlikely", "untrue", "false", "truth", "unfounded", "baseless", "hoax", " off", "no:", "no;", "fake",
    "groundless", "debunk", "fact check", "fact-check", "factcheck", "quash", "rubbish", "disput", "avoid", "avert",
    "fabricat", "fictit", "nonsense", "made up", "made-up", "inaccurate", "incorrect",
)  # fmt: skip
_DENIALS = ahocorasick.Automaton()
for _sign in _SIGNS_OF_DENIAL:
    _DENIALS.add_word(_sign, True)
_DENIALS.make_automaton()
_TAG = re.compile(r"#[^#\n]{1,40}#|\s#\w{1,60}")
_DENYING_TAG = re.compile(rf"{_UNTRUE}|辟谣|否认|澄清|#(?:fake_?news|hoax|debunked|false)$", re.IGNORECASE)
_HAN = re.compile("[\u4e00-\u9fff]")
_SENTENCE = re.compile(r"[.!;](?=\s|$)|[。\n]")


def with_denials(lower: str) -> str:
    """Return a text in lower case with signs for what denies something, and for the ends of its sentences."""
    if (lower.isascii() or _HAN.search(lower) is None) and next(_DENIALS.iter(lower), None) is None:
        return lower
    marked = _LABEL.sub(f" {REST} ", lower)
    marked = _DENIES_WHAT_WAS_SAID.sub(f" {BEFORE} ", marked)
    marked = _DENIES_WHAT_FOLLOWS.sub(f" {AFTER} ", marked)
    return lower if marked == lower else _SENTENCE.sub(f" {STOP} ", marked)


def has_denying_tag(text: str) -> bool:
    """Whether a tag before or behind a text says that it is not so.

    >>> has_denying_tag("#辟谣#万科债券违约"), has_denying_tag("#万科#债券违约是谣言")
    (True, False)
    """
    return any(_DENYING_TAG.search(tag) for tag in _TAG.findall(text))


def denied(words: Sequence[str], stopped: Container[str]) -> list[str]:
    """Return ``words`` without the signs of denials, and with :data:`NOT` before each word that is denied.

    >>> [word.replace(NOT, "not-") for word in denied(["it", "is", AFTER, "so", "broke"], {"it", "is", "so"})]
    ['it', 'is', 'so', 'not-broke']
    """
    marked: list[str] = []
    begin = open_denials = 0
    rest = False
    for word in (*words, STOP):
        bare = word in stopped or word[-1] == NAME  # a name may be a word without content in a copy of other capitals
        if word == AFTER:
            open_denials += 1
        elif word == REST:
            rest = True
        elif word == BEFORE or (word == STOP and open_denials):
            if not rest:
                marked[begin:] = [_not(one, stopped) for one in marked[begin:]]
            open_denials = 0
        elif word != STOP and not bare and (open_denials or rest):
            marked.append(NOT * (open_denials + rest) + word)
            open_denials *= word in _CARRIERS
        elif word != STOP:
            marked.append(word)
        if word == STOP:
            begin, rest = len(marked), False
    return marked


def _not(word: str, stopped: Container[str]) -> str:
    return word if word in stopped or word[-1] == NAME else NOT + word
