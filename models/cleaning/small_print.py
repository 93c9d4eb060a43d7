"""The small print that publishers put behind a text: disclaimers, notices, signatures. Patterns alone.

Each is narrow on purpose. News speaks of the same things: a document that was confidential, an important notice that a
bank has failed, a fund whose past performance was invented.
"""

from __future__ import annotations

# Not where the sentence goes on as news do: "Full report shows a loss", "Photos by witnesses show a fire".
NO_NEWS = (
    r"(?![^.!?\n]{0,200}?\b(?:shows?|showed|says?|said|finds?|found|reveals?|revealed|admits?|admitted|claims?|alleges?|"
    r"accuses?|warns?|warned|proves?|suggests?|who|which|whose)\b)"
)
_TEXT = (
    r"(?:article|content|material|communication|message|e-?mail|report|post|newsletter|information|document|website|"
    r"video|publication|site)s?"
)
# "This text", or what is contained here: others' documents are news.
_THIS = (
    rf"(?:this is|(?:this|these|the (?:above|following|foregoing))(?: above| following| press| news)? {_TEXT}|"
    rf"(?:all |any |the )?{_TEXT} (?:(?:contained|provided|presented|published|given|shared|set out|available) )?"
    r"(?:herein|here|above|(?:in|on|by) (?:this|our|us)|is|are|does|do|provided))\b"
)
_OFFER = r"\b(?:advice|offers?|recommendations?|solicitation|endorsements?|invitation|guarantees?|decisions?)\b"
_NO_ADVICE = (
    r"(?:\b(?:informational|education(?:al)?|entertainment)(?:,? (?:and|or|&)? ?\w+){0,3} (?:purposes?|use)\b|"
    r"\binformation(?:al)? purposes\b|\b(?:informational|educational)(?: only)?(?=[^\S\n]*(?:[.,;]|$))|"
    rf"\bfor information only\b|(?:\b(?:not|nor|never)|n't)\b.{{0,60}}?\bconstitute\b.{{0,80}}?{_OFFER}|"
    r"\b(?:not|no|nor)\b.{0,60}?\b(?:financial|investment|trading|legal) advice\b"
    r"(?! (?:firm|compan|industry|provider|sector))|"
    rf"\bnot be (?:construed|considered|relied|taken|regarded|used)\b.{{0,80}}?{_OFFER}|"
    r"\bintended (?:only|solely) for\b|\bsolely for the (?:use|intended|addressee)\b)"
)
_CONFIDENTIAL = (
    r"(?:this (?:e-?mail|message|communication|transmission)s?\b.{0,60}?\b(?:is|are|may be|may contain|contains?)\b"
    rf".{{0,60}}?\bconfidential\b{NO_NEWS}|this document is (?:strictly )?confidential(?: and\b|[.,]|$))"
)
_NOTICE = r"(?:(?:full |legal |risk |important )?disclosures?|risk (?:warning|disclosure)|legal notice)"
_IMPORTANT = r"important (?:notice|information)"
_DISCLAIMER = r"(?:legal |risk |important )?disclaimers?"
# What stands in such a notice, and hardly in news.
_IN_A_NOTICE = (
    r"(?=[^\n]{0,400}?\b(?:advice|recommendations?|solicitation|purposes|informational|warrant(?:y|ies)|liab(?:le|ility)|"
    r"own risk|your capital|risk of (?:loss|losing)|lose (?:all|money|some|your)|past performance|own research|"
    r"intended recipients?|herein|forward-looking|(?:no|any|long|short|have) positions?|affiliate|sponsored)\b)"
)
_OF_THE_WRITER = (
    r"[^\S\n]*(?:I|I'm|I've|we|none)\b(?:[^\S\n]*$|[^\S\n]?[.]|[^\S\n](?:am|are|have|hold|own|do|long|short|no|may)\b)|"
    r"[^\S\n]*(?:long|short)(?: [\w$]+){0,3}[^\S\n]*(?:[.,;]|$)"
)
_FORWARD = r"(?:cautionary |note |statement |regarding |on |about |concerning |safe harbou?r )*forward[- ]looking"
_END = r"[^\S\n]*[:.]?[^\S\n]*$"
_CAPITALISED = r"(?-i:[A-Z][\w.,&'-]*)"
_DESCRIBED = (
    r"[^\n]{0,160}?\b(?:is (?:an?|the|one|among|committed|dedicated|focused|engaged|headquartered|based|listed)|"
    r"are (?:an?|the)|was (?:founded|established|formed)|makes|provides|offers|operates|develops|designs|delivers|"
    r"manufactures|produces|serves|speciali[sz]es|helps|enables|supplies|employs|builds|creates|manages)\b"
)
_COMPANY = (
    rf"(?-i:About|ABOUT) (?P<first>{_CAPITALISED})[\w&.,'® ()-]{{0,60}}$"
    rf"(?=\n+(?:(?P=first)|(?-i:The [Cc]ompany|We|Founded|Based|Headquartered|Established))(?!\w){_DESCRIBED})"
)
_HEADING = (
    rf"(?P<heading>(?:{_NOTICE}|{_IMPORTANT}){_END}(?=\s*{_IN_A_NOTICE})|{_DISCLAIMER}{_END}|"
    rf"{_FORWARD} (?:statements?|information){_END}|safe harbou?r(?: (?:statements?|notice))?{_END}|"
    rf"cautionary (?:note|statement)s?{_END}|contacts?[^\S\n]?:[^\S\n]*$|{_COMPANY})"
)
_VIEWS = (
    r"(?:views|opinions)\b.{0,40}? expressed\b(?=.{0,100}?(?:\b(?:are|is) (?:\w+ ){0,3}(?:his|her|its|their|my|our|"
    r"those|solely|the|own|personal|author)\b|\b(?:do|does|may|should) not\b|\bnot necessarily\b|\w's own\b|"
    r"\breflect\b))"
)
_PAST = (
    r"past performance\b(?=.{0,60}?(?:\b(?:no|not|never|nor)|n't)\b.{0,60}?"
    r"\b(?:guarant\w+|indicat\w+|predict\w*|reliable|guide|assur\w+|future)\b)"
)
_MARKETS = r"(?:markets?|securities|stocks?|shares|crypto\w*|options|futures|derivatives|forex|fx|cfds|funds?|margin)"
# Of markets in general: what carries a risk and has a name is news.
_RISK = (
    rf"(?:all )?(?:cryptocurrencies|crypto assets|investments?|trading|investing)(?: (?:and \w+|in (?:the )?(?:\w+ )?"
    rf"{_MARKETS}|{_MARKETS}))?[^\S\n](?:always )?(?:involves?|carr(?:y|ies)|are (?:subject|highly volatile|volatile)|"
    r"is (?:risky|highly|subject))\b.{0,60}?(?<!fraud )(?<!default )(?<!hidden )risks?\b"
    r"(?: (?:of (?:loss|losing|capital)|to your)\b|[^\S\n]*(?:[.;!]|, includ| and\b|$))"
)
_CONTACT = r"(?=[^\n]{0,120}(?:@|\+?\d[\d ()/-]{6}|https?:|www\.))"
_SIGNED = (
    r"(?:[^\n]{0,60}(?:@|www\.|https?:|\+?\d[\d ()/-]{6})[^\n]{0,60}|"
    rf"{_CAPITALISED}(?: (?:(?:of|and|for|de|van|von) )?{_CAPITALISED}){{0,2}}[^\S\n]*)"
)
ENDINGS = (
    rf"{_DISCLAIMER}[^\S\n]?(?:[:.]|[-–—](?=[^\S\n]))",
    rf"{_NOTICE}[^\S\n]?(?:[:.]|[-–—])(?:{_IN_A_NOTICE}|{_OF_THE_WRITER})|{_IMPORTANT}[^\S\n]?:{_IN_A_NOTICE}",
    _HEADING,
    rf"{_THIS}.{{0,160}}?{_NO_ADVICE}|{_CONFIDENTIAL}",
    rf"(?:nothing|none of th\w+)\b.{{0,80}}?\b(?:advice|recommendation|solicitation|constitutes?\b.{{0,20}}?{_OFFER})",
    rf"(?:the |all |any )?{_VIEWS}|{_PAST}|{_RISK}",
    r"cfds\b.{0,60}?\b(?:involves?|carr(?:y|ies)|are complex)\b.{0,60}?\brisks?\b",
    rf"{_FORWARD} statements? (?:involve|(?:contained |made |included )?(?:in (?:this|these)|herein)|include|"
    r"are (?:based|subject|not|only|made|inherently|statements)|speak only|reflect (?:our|the company|management))\b",
    r"safe harbou?r statements? (?:under|regarding|for|of)\b",
    r"if you (?:are not the intended|no longer wish)\b|unsubscribe\b",
    r"you(?:'re| are| have)? (?:receiv(?:ed|ing)|subscribed)\b(?=.{0,80}?\b(?:because|this|our|these)\b).{0,40}?"
    r"\b(?:e-?mail|newsletter|message|alert)s?\b",
    r"(?:manage|update|change) (?:your )?(?:e-?mail |subscription )?preferences\b",
    r"(?:view|open) (?:this|it)\b.{0,30}browser\b|please consider the env|sent (?:from|via|by) (?:my|our)\b",
    r"this (?:e-?mail|message) was sent (?:to (?:you\b|\S+@)|because|automatically|from an?\b)",
    r"(?:media|press|investor|analyst|news) (?:contact|inquir|enquir)\w*[^\S\n]?(?::|$)|"
    rf"(?:media|press|investor) relations[^\S\n]?(?:$|:{_CONTACT})|contacts?[^\S\n]?:{_CONTACT}",
    r"(?:the )?motley fool (?:has|have|holds?|owns?|recommends?|or|and|may)\b.{0,100}?"
    r"\b(?:positions?|shares?|stocks?|disclosure|mentioned)\b",
    rf"-{{2,}}[^\S\n]?$(?:\n+{_SIGNED}(?=\n|\Z)){{2,6}}\s*\Z",
)
# What needs no end of a sentence before it, as behind a headline, but a capital.
PLAIN_ENDINGS = (
    rf"disclaimer:|disclosure:(?:{_IN_A_NOTICE}|{_OF_THE_WRITER})|unsubscribe\b|sent from my\b|{_PAST}|the {_VIEWS}",
    rf"this {_TEXT} (?:is|does|may|should|contains|and)\b.{{0,120}}?{_NO_ADVICE}|{_CONFIDENTIAL}",
    r"you are receiving this\b|if you are not the intended\b",
)
