"""What Chinese publishers put behind a text: editors, sources, calls to follow, warnings of risk. Pure and total.

At the beginning of a line or a sentence, and only behind something; and within brackets, wherever these stand.
"""

from __future__ import annotations

import re

from models.cleaning.cuts import without_endings

_BEGINNING = r"(?:^|(?<=[。！？!?；;.…」”\"])[^\S\n]*|[^\S\n]+(?:[-—|]+[^\S\n]*)?)[(（【\[*※]?\s*"
# Cut to the end of the bracket, sentence or line.
_LINES = (
    r"(?:责任编辑|责编|编辑|编译|审校|校对|校審|責任編輯|責編|編輯|撰文|作者|记者|記者|实习生)\s*[:：/|]",
    r"(?:文章|信息|资料|图片|稿件|文)?[来來]源(?:于|於|自)?\s*[:：](?=[^。\n]{0,60}(?:。|$|[)）】\]]))|原(?:标题|標題|题)\s*[:：]",
    r"(?:图片|题图|封面)(?:来自\s*[:：]|[:：]|(?:来自|来源)(?=[^。，,\n]{0,16}(?:。|$|[)）】\]]))(?![^。\n]{0,12}(?:显示|顯示|表明)))",
    r"(?:本文|文章)?(?:转载自|轉載自|转自|首发于|首发自|来自)\s*[:：「“【]",
    r"(?:点击|點擊|戳|扫码|掃碼|长按|長按|下载|下載|打开)\s*(?:这里|此处|此處|查看|阅读|閱讀|进入|進入|识别|下方|上方|左下角|二维码|二維碼|链接|客户端|.{0,8}?APP)",
    r"(?:查看|阅读|閱讀)(?:更多|原文|全文)|展开全文|更多(?:精彩|内容|資訊|资讯|新闻|消息|详情)(?:内容|资讯|请|請|尽在|，|,|>|》|$)",
    r"(?:欢迎|歡迎|敬请|敬請|请|請)(?:关注|關注|订阅|訂閱|扫码|加入)(?:本|我们|我們|公众号|公眾號|微信|官方|@|“|「|:|：)|(?:关注|關注)(?:微信)?(?:公众号|公眾號|官微)",
    r"(?:版权|版權)(?:所有|声明|聲明)|未经(?:授权|许可|书面授权).{0,20}(?:不得|禁止|转载)",
)
# What stands in a notice, and hardly in news: "风险提示：公司股票或将终止上市" is news.
_IN_A_NOTICE = (
    r"(?=[^\n]{0,80}?(?:[需须須](?:谨慎|謹慎)|[仅僅]供[参參]考|不[构構]成|不作为|不代表|[仅僅]代表|[风風][险險]自|自行承担|与本[网站平]|"
    r"[转轉][载載]|版[权權]|(?:股市|市场|市場|投[资資])有[风風][险險]|不及预期|低于预期|超预期))"
)
_VIEW = r"(?:立场|立場|观点|觀點|意见|意見|看法|赞同|贊同)"
_ADVICE = r"(?:建议|建議|依据|依據|要约|要約|推荐|推薦|意见|意見|承诺|承諾)"
_DISCLAIMER = r"(?:免责|免責)(?:声明|聲明|提示)"
_NOTICE = r"(?:(?:特别|郑重|法律|重要)(?:声明|聲明|提示)|风险(?:提示|揭示|警示))"
# Small print: the line is cut, and all that follows where that is less than the news. See models.cleaning.cuts.
_ENDINGS = (
    rf"(?:{_DISCLAIMER}|{_NOTICE}(?=\s*[:：】\])）]\s*{_IN_A_NOTICE}))\s*[:：】\])）]",
    r"(?:本文|本报告|本报道|本資料|本资料|文章|以上|上述|本内容|文中|报告)(?:的|中的|所有|所述|所载|全部)?(?:信息|内容|內容|资料|观点|觀點|数据)?"
    rf".{{0,20}}?(?:仅供参考|僅供參考|僅供参考|(?:不构成|不構成|不作为).{{0,12}}?{_ADVICE}|不代表.{{0,12}}?{_VIEW})",
    r"(?:不构成|不構成|不作为)(?:任何)?(?:投资|投資|买卖|操作)(?:建议|建議|依据)|投资者据此操作|(?:据此操作|据此入市).{0,4}风险自(?:担|负)",
    r"(?:股市|市场|市場|投资|投資|基金)有(?:风险|風險)[,，、](?:投资|投資|入市|交易|操作)?(?:需|须|須)?(?:谨慎|謹慎)",
)
_HEADING = rf"(?P<heading>(?:{_DISCLAIMER}|{_NOTICE}(?=\s*{_IN_A_NOTICE}))\s*$)"
_REST = r"[^。\n$]{0,200}(?:。|$)"
# What stands alone in brackets, before a text or behind it: who wrote it, that it is a copy, that a picture is there.
_ALONE = (
    r"(?:[^\s()（）【】\[\]]{0,12}?(?:记者|記者|编辑|編輯))[\s/]*[^()（）【】\[\]\n:：,，。]{2,24}",
    r"[文图圖]\s*[/|:：][^()（）【】\[\]\n,，。]{2,20}",
    r"完|全文完|[图圖]|[附多组組高][图圖]|[图圖](?:文|集|解)|(?:附|有)?(?:视频|視頻)|转载?|轉載?|原创|原創|更新版?|实录|實錄|全文|(?:附|有)全文|双语",
    r"[^\s()（）【】\[\]]{0,16}?(?:\d{1,2}\s?月\s?)?\d{1,2}\s?日(?:专|專)?[电電讯訊]",  # (路透香港28日电)
)
_INSIDE = rf"\s*(?:(?:{'|'.join((*_LINES, *_ENDINGS))})[^()（）【】\[\]\n$]{{0,100}}|(?:{'|'.join(_ALONE)})\s*)"
_BRACKETED = re.compile(rf"[(（]{_INSIDE}[)）]|【{_INSIDE}】|\[{_INSIDE}\]", re.IGNORECASE)
# A line of nothing but names: 每经记者 张三 每经编辑 李四
_NAMES = re.compile(
    r"^\w{0,12}?(?:记者|記者|编辑|編輯)[^\S\n]*[\u4e00-\u9fff]{2,3}(?:[^\S\n、|/]+[\w·]{2,8}){0,6}[^\S\n]*(?:\n+|\Z)",
    re.MULTILINE,
)
_MORE = re.compile(r"(?:\.\.\.|…)\s*(?:\[?全文\]?|展开(?:全文)?|展開(?:全文)?)\s*$", re.MULTILINE)
_LINE = re.compile(f"{_BEGINNING}(?:{'|'.join(_LINES)}){_REST}", re.IGNORECASE | re.MULTILINE)
_ENDING = re.compile(f"{_BEGINNING}(?:{'|'.join((*_ENDINGS, _HEADING))})", re.IGNORECASE | re.MULTILINE)
_SIGN = re.compile(
    "编|編|校对|作者|记者|記者|实习生|撰文|源|图片|题图|原标|原標|原题|转|轉|首发|来自|点击|點擊|戳|码|碼|长按|長按|下载|下載|打开|"
    "查看|阅读|閱讀|展开|展開|全文|更多|完|[图圖][)）】\\]]|[图圖][文集解/|]|视频|視頻|原创|原創|更新|实录|實錄|双语|日.?[电電讯訊]|文[/|:：]|"
    "关注|關注|订阅|訂閱|版权|版權|未经|声明|聲明|提示|揭示|警示|参考|參考|不构成|不構成|不作为|不代表|操作|谨慎|謹慎"
)


def without_han_boilerplate(text: str) -> str:
    """Return ``text`` without what its publisher puts behind every text.

    >>> without_han_boilerplate("恒大未能兑付债券。责任编辑：王五 本文不构成投资建议")
    '恒大未能兑付债券。'
    >>> without_han_boilerplate("（记者 张三）恒大未能兑付债券（图）")
    '恒大未能兑付债券'
    """
    if text.isascii() or not _SIGN.search(text):
        return text
    bare = _MORE.sub("", _NAMES.sub("", _BRACKETED.sub(" ", text))).strip()
    text = bare if len(bare) > 1 else text
    return _LINE.sub("", without_endings(text, _ENDING)).strip()
