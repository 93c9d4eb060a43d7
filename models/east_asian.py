"""Texts in Chinese, Japanese and Korean, told by their signs; without numpy, for what cleans texts loads it."""

from __future__ import annotations

import re

# Of classes of signs, to stand between brackets: Han and kana; with hangul, all that are written without spaces between
# words, or with particles that join them.
HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
CJK = HAN + "\uac00-\ud7af"
MOST_READ = 400  # characters: the beginning tells, and more costs time
# A sign of these scripts says as much as three Latin letters: "iPhone 17 \u9500\u91cf" is Chinese.
_LETTERS_PER_SIGN = 3
_SIGNS = re.compile(f"[{CJK}]")
_KANA, _HANGUL = re.compile("[\u3040-\u30fa\u30fd-\u30ff]"), re.compile("[\uac00-\ud7af]")
# Forms that are written in Japan alone; Chinese has others, simplified and traditional.
_OF_JAPAN = re.compile(
    "[経済続総価増営広応戦楽権気満焼売読対実単専転伝従圧拡験険顕観浄遅歓銭鉄黒収図団囲沢桜渋軽駅発変様込働畑峠枠払仏徳戻歩毎関県労児処検効歳帰隠縁継絵聴薬"
    "蔵覧訳譲辺郷釈鋭閲霊頼駆髪鶏齢巻弾悪恵拝挙掲揺栄桟氷滝瀬稲竜縄縦荘覚豊賛逓]"
)
# Traditional ones for which Japan has others; simplified ones are told by what Japan's encoding lacks.
_TRADITIONAL = frozenset(
    "關續經濟會來國學發變體對實總當讀單雙專將與寫點舊傳價增營廣應戰數樂權氣滿燒獨獎畫盡稅絕聲觀證讓賣轉辭邊醫釋鐵險隨雜靜顯驗黨擴圖團圍壓廢從擔據淨澤溫爭禮縣聽臺萬處號譯豐齊齒"
)
_SMALL = re.compile("[a-z\u00df-\u024f]")
_ADDRESS = re.compile(r"(?:https?://|www\.|@)\S+")


def count_signs(text: str) -> int:
    """Return how many signs of these scripts ``text`` holds."""
    return len(_SIGNS.findall(text))


def count_small(text: str) -> int:
    """Return how many small Latin letters ``text`` holds: a short post with a link is not English for that."""
    return len(_SMALL.findall(_ADDRESS.sub(" ", text)))


def language_by_signs(text: str, signs: int, small: int) -> str:
    """Return the language of a text with so many signs and small letters; "" where the letters are more.

    Kana are Japanese, but not in a Chinese text with a name such as 奈雪の茶, or with a face drawn of signs. One sign
    tells only where nothing but capitals stand around it, and is not kana, of which faces are drawn, too.

    >>> [language_by_signs(text, 9, 0) for text in ("奈雪の茶业绩下滑", "三菱商事の業績", "日経平均大幅続落")]
    ['zh', 'ja', 'ja']
    """
    if not signs or signs * _LETTERS_PER_SIGN < small:
        return ""
    kana, hangul = len(_KANA.findall(text)), _HANGUL.search(text)
    if signs == 1 and (small or kana or hangul):
        return ""
    if kana:
        return "zh" if _count_chinese(text) >= kana + len(_OF_JAPAN.findall(text)) else "ja"
    if hangul:
        return "ko"
    return "ja" if _OF_JAPAN.search(text) and not _count_chinese(text) else "zh"


def _count_chinese(text: str) -> int:
    """Return how many signs of ``text`` are written in China alone."""
    signs = _SIGNS.findall(text)
    return sum(sign in _TRADITIONAL or not sign.encode("cp932", errors="ignore") for sign in signs)


def is_chinese(text: str) -> bool:
    """Return whether ``text`` is in Chinese by its signs, as :func:`models.language.detect` has it.

    >>> is_chinese("\u8d35\u5dde\u8305\u53f0\u5927\u8dcc"), is_chinese("Tesla falls today \u7279")
    (True, False)
    """
    if text.isascii() or not _SIGNS.search(text):
        return False
    text = text[:MOST_READ]
    return language_by_signs(text, count_signs(text), count_small(text)) == "zh"
