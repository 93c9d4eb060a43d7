"""The language of a text is told where it can be; where it cannot, nothing is said."""

import io
import subprocess
import sys
from array import array
from collections.abc import Callable
from copy import copy
from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from models.language import _identifier, detect

FOREIGN = {
    "de": ["Aktien von Volkswagen brechen nach Razzia ein", "$BAYN Aktie stürzt nach US-Urteil ab"],
    "fr": ["Alstom plonge de 35 % après un avertissement sur résultats", "Casino évite la faillite de justesse"],
    "es": ["Las acciones de Grifols se hunden tras el informe de Gotham", "La inflación baja en octubre"],
    "it": ["La Bce alza i tassi di interesse", "Indagine sulla banca per riciclaggio"],
    "pt": ["Ações da Americanas desabam após rombo contábil"],
    "nl": ["Aandelen Philips kelderen na terugroepactie"],
    "pl": ["Akcje CD Projekt spadają po premierze gry"],
    "tr": ["Merkez Bankası faizi artırdı"],
    "sv": ["Northvolt ansöker om konkurs"],
    "vi": ["Cổ phiếu Vingroup lao dốc"],
    "zh": [
        "恒大集团申请破产保护",
        "贵州茅台600519股价大跌5%",
        "$BABA 阿里巴巴裁员",
        "iPhone 17 销量下滑",
        "亏损",
        "早盘必读：2件事 https://news.example/abcdef/cdef",
        "@realdonaldtrump 特斯拉跌",
        "$AAPL 跌!",
        "奈雪の茶 亏损扩大 股价创新低",
        "優の良品關閉多間分店",
        "鲜の每日退市",
        "ヽ(✿ﾟ▽ﾟ)ノ 涨停啦！茅台牛逼",
        "呢隻股票真係好唔掂，跌到我眼都凸埋",
        "今日港股點解跌咁多？",
        "台積電ADR重挫5%",
    ],
    "ja": [
        "トヨタ、純利益が過去最高",
        "$TM 株価が急落しました",
        "日経平均株価大幅続落 一時千円超下落",
        "日銀総裁会見",
        "三井住友の業績",
    ],
    "ko": ["삼성전자 영업이익 급감", "$NTZ 이거슨 누가봐도 작전주"],
    "ru": ["Акции Сбербанка рухнули на 10%"],
    "ar": ["أسهم أرامكو تهبط بعد النتائج"],
    "el": ["Οι μετοχές της τράπεζας καταρρέουν"],
    "he": ["מניות הבנק צונחות"],
    "th": ["หุ้นร่วงหนัก"],
}


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in FOREIGN.items() for text in texts])
def test_headlines_in_other_languages_are_known(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Tesla shares plunge 12 %", "$TSLA to 300?!", "NASDAQ=$AAPL", "$PLUG hahahahaha", "$AAPL $MSFT $T", "lolz",
        "BREAKING: FED RAISES RATES", "US CPI (M/M) Jun: 1.3% (est 1.1%; prev 1.0%)", "Nasdaq up 0.2%", "adios $ALGN",
        "Banca Monte dei Paschi di Siena S.p.A. reports FY results", "Neste Oyj reports Q4 results", "666", "",
        "Toyota (トヨタ) recalls 2 million cars over faulty brakes", "$NNDM FOMO JEST STARTING", "🚀🚀🚀",
        "¯\\_(ツ)_/¯ $TSLA",
        "Société Générale fined", "Banco Santander slumps", "Deutsche Telekom AG outage",
        "Belarus Invades Ukraine", "Volkswagen, Porsche and Deutsche Bank: what you should know", "$GOGO Go. GO. GO..",
    ],
)  # fmt: skip
def test_english_and_what_is_in_no_language_is_called_nothing_else(text: str) -> None:
    assert detect(text) in ("en", "")


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_little_of_the_detector_is_held_in_memory() -> None:
    program = """if True:
        from pathlib import Path
        import numpy, py3langid.langid
        from models.language import detect

        def held():
            lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous"))

        before = held()
        assert detect("Aktien von Volkswagen brechen nach Razzia ein") == "de"
        assert detect("Акции Сбербанка рухнули на 10%") == "ru"
        print(held() - before)
    """
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(answer.stdout) < 40_000  # kB; 80,000 with the tables of all languages


def _no_file(*_: object, **__: object) -> None:
    raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")


class _FullDisk(io.BytesIO):
    def write(self, _data: object, /) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("file", [_no_file, lambda **_: _FullDisk()], ids=["no folder", "a full disk"])
def test_a_machine_on_which_no_file_can_be_written_tells_languages_too(
    file: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = [_identifier().rank(text) for texts in FOREIGN.values() for text in texts]
    monkeypatch.setattr("tempfile.TemporaryFile", file)
    its = _identifier.__wrapped__()
    assert [its.rank(text) for texts in FOREIGN.values() for text in texts] == usual
    assert isinstance(its.tk_nextmove.obj, array)  # in memory


def test_leaving_languages_out_changes_no_probability() -> None:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    for text in [text for texts in FOREIGN.values() for text in texts]:
        for languages in ("en de fr es it pt nl", "ru uk bg sr mk be kk"):
            whole.set_languages(languages.split())
            its = copy(_identifier())
            its.set_languages(languages.split())
            assert its.rank(text) == whole.rank(text)
