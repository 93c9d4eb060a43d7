"""Emoji as words: to the tokenizer each is an unknown sign, and so is the word that one is glued to. Pure and total.

Only in what the model reads: stories, watchlists and what is shown keep them. The words say what each commonly means
among traders, in words of the tokenizer; models/NOTES.md says what they gave. Any other emoji becomes a space.
"""

from __future__ import annotations

import re

_WORDS = {
    "going up": "🚀📈⬆🔺🆙",
    "moon": "🌕🌝🌙🌚",
    "going down": "📉⬇🔻",
    "bleeding": "🩸",
    "bullish": "🐂🐃",
    "bearish": "🐻",
    "holding strong": "💎",
    "strong": "💪🦍",
    "money": "💰🤑💵💸💲",
    "hot": "🔥",
    "good": "👍👌👏🙌💯😍🥰😎😊😁😀🤩❤💚",
    "winning": "🏆🥇🎉🥳🍾🎊",
    "bad": "👎😞😔😟🙁☹😢😭",
    "terrible": "💩🤮🤢😱😨😡🤬😠🗑",
    "dead": "💀☠⚰🪦",
    "clown": "🤡",
    "lol": "😂🤣😆😅",
    "green": "🟢🟩",
    "red": "🔴🟥",
}
_WORD_OF = {sign: word for word, signs in _WORDS.items() for sign in signs}
# Red is a rise in China and a fall elsewhere, and fire stands before news of any kind: these have no word in Chinese.
_CHINESE = {
    "going up": "上涨",
    "moon": "大涨",
    "going down": "下跌",
    "bleeding": "大跌",
    "bullish": "看涨",
    "bearish": "看跌",
    "holding strong": "拿住",
    "strong": "强",
    "money": "赚钱",
    "good": "好",
    "winning": "赢",
    "bad": "难过",
    "terrible": "糟糕",
    "dead": "完了",
    "clown": "小丑",
    "lol": "哈哈",
}
_CHINESE_WORD_OF = {sign: _CHINESE[word] for sign, word in _WORD_OF.items() if word in _CHINESE}
# Unicode's blocks of pictures, symbols, dingbats and arrows, tones of skin and flags among them.
_EMOJI = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u23e9-\u23ff]"
_REPEATED = re.compile(rf"({_EMOJI})(?:\s*\1)*")


def with_emoji_as_words(text: str, chinese: bool = False) -> str:
    """Return ``text`` with a word for each emoji that has one, once where it is repeated, and a space for others.

    A text of nothing but emoji without a word stays, so that something is left to read.

    >>> with_emoji_as_words("to the moon\U0001f680\U0001f680 now")
    'to the moon going up  now'
    """
    if text.isascii():
        return text
    words = _CHINESE_WORD_OF if chinese else _WORD_OF
    worded = _REPEATED.sub(lambda emoji: f" {words[emoji[1]]} " if emoji[1] in words else " ", text)
    return worded if worded.strip() else text
