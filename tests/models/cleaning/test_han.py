"""Traditional characters become simplified ones, each in its place; all else stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cleaning.han import simplified


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("貴州茅臺", "贵州茅台"),
        ("恆大集團申請破產保護", "恒大集团申请破产保护"),
        ("騰訊控股、阿里巴巴、匯豐控股", "腾讯控股、阿里巴巴、汇丰控股"),
        ("台積電淨利潤下滑", "台积电净利润下滑"),
        ("Q3 業績 up 5% — ok", "Q3 业绩 up 5% — ok"),
        ("央行否认降准", "央行否认降准"),
    ],
)
def test_traditional_is_simplified(traditional: str, simple: str) -> None:
    assert simplified(traditional) == simple


@given(st.text())
def test_each_character_stays_in_its_place(text: str) -> None:
    once = simplified(text)
    assert len(once) == len(text)
    assert simplified(once) == once
    assert all(a == b for a, b in zip(text, once, strict=True) if not "\u3400" <= a <= "\ufaff")
