"""What a text denies: marks before the words that are denied. Pure.

"Is insolvent" and "is not insolvent" are opposite reports, though only a word was added: so a denial marks the word
that it denies (Das and Chen, 2001, mark words up to the next punctuation; here it is the next word of content). One
behind the claim, as in "... is untrue", marks all words before it in its sentence, and a label before the claim, as in
"Fake news: ...", all words behind it. A sentence that does nothing but deny, as in "... . Fake news!", marks the one
before it.
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
    r"不(?![断少过仅但止限等同良明错只日久菲妨禁]|动产|锈钢|得不)|"
    # who tells it made it up, or is answered: 编造..., 散布"...", 关于网传"..."的说明
    r"编造|捏造|杜撰|散[布播](?= ?[\"“「『])|关于网[传上](?= ?[\"“「『]))"
    # what is denied is the rumour, and so what it is of
    r"(?:(?:有关|相关|关于|所谓|市场|网络|网上)?的?(?:传闻|传言|谣言|消息|报道|说法)称?)?"
)
_UNTRUE = (
    r"不实(?![施行现际])|谣言|不属实|失实|子虚乌有|假(?:消息|新闻|信息|的)|查无(?:此事|实据)|[无没]有?(?:此事|这回事|的事)|与事实(?:严重)?不[相]?符|"
    r"不符合事实|(?:[毫并]?无|没有?)(?:任何)?(?:事实)?[根依]据|被证伪|消息(?:有误|错误)|无稽之谈|无中生有|莫须有|"
    r"(?:纯属|[系是属为])(?:恶意|人为)?(?:虚构|捏造|编造|造谣|谣传|误传|误读|伪造|诽谤|讹传|杜撰|虚假(?!陈述|宣传|记载)|(?:一[场个])?乌龙(?!茶))"
)
# What readers are told of a rumour, and its author of his arrest, in place of "it is untrue".
_UNBELIEVED = (
    r"误传|不可信|(?:请|切|千万)?(?:勿|不要|(?<![特个级分类区性职])别)(?:轻信|相信|信谣|传谣|传了|再传|信(?![托用息贷号任]))了?"
    r"(?:[、和,]?(?:勿|不要|不|别)?(?:信谣|传谣|传播|转发))*|不信谣|不传谣|"
    r"造谣(?:者|人员|的人|男子|女子)?[已均都]*[被遭](?:依法)?(?:警方)?(?:行政|刑事)?(?:拘[留捕]?|刑拘|处罚|查处|抓获?|逮捕)|"
    r"[系是为](?:[多几数]年前的?)?(?:旧(?:闻|图|视频)|(?:p|合成|拼接)(?:的?图片?|的)|ai(?:生成|合成|伪造)的?)(?!\w)"
)
_DENIES_WHAT_WAS_SAID = re.compile(
    r"\b(?:(?:untrue|not true|no truth|unfounded|groundless|baseless|hoax|denied by|not the case|debunked by|"
    r"(?:without|no) (?:foundation|basis(?! point)|merit)|(?:is|are|was|were|as) (?:fabricated|fictitious|nonsense))\b|"
    r"(?:false|fake(?: ?news)?|inaccurate|incorrect|debunked|made[ -]up)(?= *(?:[.,;:!?]|$| say| said| accord))|"
    r"denied(?= *(?:[.,;:!?]|$))|no(?=[,!])|(?<!-)off(?= *(?:[.,;:!?]|$| say| said))(?!\w))"
    rf"|{_UNTRUE}|{_UNBELIEVED}|(?:否认|辟谣(?:来了)?|澄清|驳斥|胡说(?:八道)?)(?=\s*(?:[。!?;.]|$))",
    re.MULTILINE,
)
# A label before a report. "Rumour: ..." is none: it is how a claim begins.
_LABEL = re.compile(
    r"(?:^|(?<=[.!?;。\n]))[^\w\n]{0,20}(?:"
    r"(?:this (?:is|claim is) |it's )?(?:an? )?"
    r"(?:false|fake(?: ?news)?|untrue|not true|hoax|debunked|fact[ -]?check(?:ed)?)"
    r"(?: (?:claims?|news|rumou?rs?|reports?|story))?(?: *[:!|\])】]+| +[-–—]+(?= ))"
    rf"|#[^#\n]{{0,30}}?(?:{_UNTRUE}|辟谣)#"
    rf"|(?:网传|网络|官方|这是|警惕|注意|紧急|#)*(?:{_UNTRUE}|{_UNBELIEVED}|辟谣|求证)(?:消息|信息|传闻|报道|粉碎机)?[:!|丨\])】」》,#]+)",
    re.MULTILINE,
)
# What is denied is what these are about: no plans to sell, denies rumours of insolvency.
_ABOUT = """
any plan plans planned talk talks report reports rumor rumors rumour rumours claim claims speculation allegation
allegations intention intentions idea proposal offer bid effort efforts move decision deal evidence immediate
"""
_CARRIERS = frozenset(_ABOUT.split())
# Words of a sentence that does nothing but deny what was said before: "the report is false", 以上消息不实, 警方:谣言.
_OF_CLAIMS = """
story stories news post posts message video image bank company firm police regulator government ministry official
officials spokesman spokesperson totally completely simply
"""
_OF_CLAIMS_HAN = (
    "这此该本以上述有关相消息说法传闻言信报道内容视频图片文章帖子都均皆全完纯系属经核实查网络官方警公司银行回应声明称"
    "表示通提醒真相大家各位市民投资者请勿播转发两人因名民男女子"
)
_REFERRING = _CARRIERS | {*_OF_CLAIMS.split(), *_OF_CLAIMS_HAN}
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
    sentences: list[list[str]] = []
    begin = 0
    for end in [*(at for at, word in enumerate(words) if word == STOP), len(words)]:
        marked, only_denies = _denied_in(words[begin:end], stopped)
        if only_denies:
            _deny_last(sentences, stopped)
        sentences.append(marked)
        begin = end + 1
    return [word for sentence in sentences for word in sentence]


def _denied_in(sentence: Sequence[str], stopped: Container[str]) -> tuple[list[str], bool]:
    """Return the marked words of one sentence, and whether it denies and says nothing else."""
    marked: list[str] = []
    open_denials, label, said = 0, -1, False
    for word in (*sentence, STOP):
        if word == AFTER:
            open_denials += 1
        elif word == REST:
            label = len(marked) if label < 0 else label
        elif word == BEFORE or (word == STOP and open_denials):
            if label < 0:
                marked = [_not(one, stopped) for one in marked]
            said, open_denials = said or word == BEFORE, 0
        elif word != STOP and not _is_bare(word, stopped) and (open_denials or label >= 0):
            marked.append(NOT * (open_denials + (label >= 0)) + word)
            open_denials *= word in _CARRIERS
        elif word != STOP:
            marked.append(word)
    if label >= 0 and _says_nothing(marked[label:], stopped):  # a label with nothing behind it is of what was before
        marked[:label] = [_not(one, stopped) for one in marked[:label]]
        said = True
    return marked, said and _says_nothing(marked, stopped)


def _deny_last(sentences: list[list[str]], stopped: Container[str]) -> None:
    """Mark the words of the last sentence that says something; what is denied already stays so."""
    for at in reversed(range(len(sentences))):
        if not _says_nothing(sentences[at], stopped):
            sentences[at] = [word if word[0] == NOT else _not(word, stopped) for word in sentences[at]]
            break


def _says_nothing(words: Sequence[str], stopped: Container[str]) -> bool:
    return all(_is_bare(word, stopped) or word.lstrip(NOT) in _REFERRING for word in words)


def _is_bare(word: str, stopped: Container[str]) -> bool:
    """Whether a word has no content; a name may be such a word in a copy of other capitals."""
    return word in stopped or word[-1] == NAME


def _not(word: str, stopped: Container[str]) -> str:
    return word if _is_bare(word, stopped) else NOT + word
