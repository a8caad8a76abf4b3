import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.spreadsheet_cells import safe_cell, unquote_cell

FORMULAS = [
    *("=1+1", "+cmd|' /C calc'!A0", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|x"),
    *("＝1", "＋86", "－1", "＠a", "﹦1", "\u2212 1"),
    *(" =1", "\u3000=1", "\u00a0=1", "\ufeff=1", "\x00=1", "'=1", "''-1"),
]
HARMLESS = [
    "",
    "0012",
    "510104199001011234",
    "䶮",
    "阿衣·布茹",
    "13800138000",
    "a=b",
    "'",
    "'s",
    "''",
]
CONTACTS = ["+8613800138000", "-1", "007", "510104199001011234", "䶮", "阿衣·布茹"]
TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("'=+-@|\t\r\n ＝"))
)


@pytest.mark.parametrize("text", FORMULAS)
def test_what_could_be_a_formula_is_marked_as_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert unquote_cell(safe_cell(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_cannot_be_one_is_left_alone(text: str) -> None:
    assert safe_cell(text) == text
    assert unquote_cell(text) == text


@given(TEXTS)
def test_a_marked_cell_comes_back_unchanged(text: str) -> None:
    assert unquote_cell(safe_cell(text)) == text


@given(
    st.lists(st.one_of(TEXTS, st.sampled_from(CONTACTS)), min_size=1),
    st.sampled_from(["utf-8-sig", "gb18030"]),
)
def test_a_row_survives_a_csv_file(cells: list[str], encoding: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([safe_cell(cell) for cell in cells])
    back = file.getvalue().encode(encoding).decode(encoding)

    assert [unquote_cell(cell) for cell in next(csv.reader(io.StringIO(back, newline="")))] == cells


@given(TEXTS)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert safe_cell(text)[:1] not in {*"=+-@|\t\r\n＝＋－＠"} - {""}
