"""Files we write: every cell text, the same hash in every format, nothing lost on the way back."""

import csv
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import python_calamine
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from community.spreadsheets.limits import Column
from community.spreadsheets.lines import BLOCK, BrokenCharacter
from community.spreadsheets.reading import _as_typed, read_table
from community.spreadsheets.text_file import encoding_of, records
from community.spreadsheets.writing import COPY_OPTIONS, CsvSheet, Sheet, XlsxSheets

HEADER = ("姓名", "手机号", "备注")
DELICATE = [
    ("阿衣·布茹", "+8613800138000", "-1"),
    ("䶮𠮷", "00123", "51010419900101123X"),
    ("510104199001011234", "=1+1", "@SUM(A1)"),
    ("＝1", "'=1", "''x"),
    ('a"b""', "a,b;c\td", "a\nb"),
    (" 前后 ", "\t=1", "&lt;<b>&]]>"),
    ("_x0041_", "x_x000D_", "%s %b %"),
    ("", "", "0"),
]
DANGEROUS = tuple("=+-@|\t\r\n＝＋－＠")

TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc", "Cn"]),
        st.sampled_from("'=+-@|\t\n ＝\"<&_x,;\u2212\u3000·䶮"),
    ),
    max_size=20,
)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=8)

Make = Callable[[Path], Sheet]
FORMATS: dict[str, Make] = {
    "utf-8": lambda path: CsvSheet(path, HEADER),
    "gb18030": lambda path: CsvSheet(path, HEADER, encoding="gb18030"),
    "xlsx": lambda path: XlsxSheets(path, HEADER, name="名单"),
}
each_format = pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS.keys())


def copied(rows: Sequence[Sequence[str]]) -> Iterator[bytes]:
    """Rows as PostgreSQL's COPY sends them."""
    for row in rows:
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(row)
        yield text.getvalue().encode()


def read_back(path: Path) -> list[tuple[object, ...]]:
    """The rows of a file as `read_table` would take them, blank ones too, without a child."""
    if path.suffix == ".xlsx":
        sheet = python_calamine.load_workbook(path).get_sheet_by_index(0)
        rows = [row[: len(HEADER)] for row in sheet.iter_rows()]
    else:
        with path.open("rb") as file:
            rows = list(records(file, encoding_of(file), ","))
    return [tuple(map(_as_typed, row)) for row in rows]


@each_format
@given(rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back_as_it_was(make: Make, rows: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("a.xlsx" if make is FORMATS["xlsx"] else "a.csv")
        with make(path) as sheet:
            sheet.write_rows(rows)

        assert read_back(path) == [HEADER, *rows]


@given(rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_one_hash_for_every_format_and_every_way_in(rows: list[tuple[str, ...]]) -> None:
    hashes = set()
    with tempfile.TemporaryDirectory() as folder:
        for name, make in FORMATS.items():
            path = Path(folder) / name
            with make(path) as sheet:
                sheet.write_rows(rows)
            content = path.read_bytes()
            with make(path) as encoded:
                encoded.write_encoded(copied(rows))

            assert path.read_bytes() == content
            assert encoded.row_count == sheet.row_count == len(rows)
            hashes |= {sheet.row_hash, encoded.row_hash}
            if name == "utf-8":
                hashes.add(hashlib.sha256(content.removeprefix(b"\xef\xbb\xbf")).hexdigest())
            if name == "gb18030":
                hashes.add(hashlib.sha256(content.decode("gb18030").encode()).hexdigest())
    assert len(hashes) == 1


@each_format
@pytest.mark.parametrize("way", ["rows", "lines"])
def test_delicate_cells_survive_a_file_and_the_reader(tmp_path: Path, make: Make, way: str) -> None:
    path = tmp_path / ("a.xlsx" if make is FORMATS["xlsx"] else "a.csv")
    with make(path) as sheet:
        if way == "rows":
            sheet.write_rows(DELICATE)
        else:
            sheet.write_encoded(copied(DELICATE))

    table = read_table(path, columns=[Column(name) for name in HEADER])

    assert [tuple(row.cells) for row in table] == DELICATE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_no_csv_cell_begins_like_a_formula(tmp_path: Path, encoding: str) -> None:
    with CsvSheet(tmp_path / "a.csv", HEADER, encoding=encoding) as sheet:  # type: ignore[arg-type]
        sheet.write_rows(DELICATE)
        sheet.write_encoded(copied(DELICATE))

    text = (tmp_path / "a.csv").read_bytes().decode(encoding)
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    assert len(cells) == 3 * (2 * len(DELICATE) + 1)
    assert not [cell for cell in cells if cell.startswith(DANGEROUS)]
    assert text.count("\n") == text.count("\r\n")


@each_format
def test_half_characters_are_refused_with_their_place(tmp_path: Path, make: Make) -> None:
    rows = [("a", "b", "c")] * (BLOCK + 7) + [("a", "\ud842", "c")]

    with (
        pytest.raises(BrokenCharacter, match="第209行B列有不完整的字符"),
        make(tmp_path / "a") as sheet,
    ):
        sheet.write_rows(rows)

    assert list(tmp_path.iterdir()) == [], "nothing half-written is left"


@each_format
def test_control_characters_are_shown_as_replaced(tmp_path: Path, make: Make) -> None:
    rows = [("a\x1fb\x1e", "\x00\x1d\x0b", "\ufffe\uffff"), ("a\r\nb", "a\rb", "")]
    path = tmp_path / ("a.xlsx" if make is FORMATS["xlsx"] else "a.csv")
    for write in (
        lambda sheet: sheet.write_rows(rows),
        lambda sheet: sheet.write_encoded(copied(rows)),
    ):
        with make(path) as sheet:
            write(sheet)

        assert read_back(path)[1:] == [
            ("a\ufffdb\ufffd", "\ufffd" * 3, "\ufffd" * 2),
            ("a\nb", "a\nb", ""),
        ]


@each_format
def test_a_row_of_another_width_is_a_mistake(tmp_path: Path, make: Make) -> None:
    with pytest.raises(ValueError, match="3 cells"), make(tmp_path / "a") as sheet:
        sheet.write_rows([("a", "b", "c"), ("a", "b"), ("a", "b", "c", "d", "e")])


@each_format
def test_an_empty_file_has_its_header(tmp_path: Path, make: Make) -> None:
    path = tmp_path / ("a.xlsx" if make is FORMATS["xlsx"] else "a.csv")
    with make(path) as sheet:
        sheet.write_rows([])

    assert read_back(path) == [HEADER]
    assert sheet.row_count == 0


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    sheet = CsvSheet(path, HEADER)
    sheet.write_rows([("a", "b", "c")])

    assert [each.name for each in tmp_path.iterdir()] == ["a.csv.part"]
    sheet.close()
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


@each_format
def test_a_disk_that_fills_up_leaves_nothing(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    sheet = make(tmp_path / "a")
    sheet.write_rows([("a", "b", "c")])
    monkeypatch.setattr(sheet, "_finish", full)

    with pytest.raises(OSError, match="No space"):
        sheet.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
@pytest.mark.django_db
@each_format
def test_what_postgresql_copies_is_what_python_writes(tmp_path: Path, make: Make) -> None:
    rows = [*DELICATE, *[("张三", "138****5678", "到")] * 1_000, ("", "-", "—")]
    path = tmp_path / ("a.xlsx" if make is FORMATS["xlsx"] else "a.csv")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE exported (number serial, a text, b text, c text)")
        cursor.executemany("INSERT INTO exported (a, b, c) VALUES (%s, %s, %s)", rows)
        query = (
            f"COPY (SELECT a, b, c FROM exported ORDER BY number) TO STDOUT WITH ({COPY_OPTIONS})"
        )
        with make(path) as sheet, cursor.copy(query) as lines:
            sheet.write_encoded(lines)
        cursor.execute("DROP TABLE exported")
    with make(tmp_path / "b") as written:
        written.write_rows(rows)

    assert (sheet.row_count, sheet.row_hash) == (len(rows), written.row_hash)
    assert path.read_bytes() == (tmp_path / "b").read_bytes()


def test_cells_that_are_null_are_written_as_empty(tmp_path: Path) -> None:
    with CsvSheet(tmp_path / "a.csv", HEADER) as sheet:
        sheet.write_encoded([b'"a",,"c"\n', memoryview(b'"d","e",\n')])
    with CsvSheet(tmp_path / "b.csv", HEADER) as written:
        written.write_rows([("a", "", "c"), ("d", "e", "")])

    assert sheet.row_hash == written.row_hash
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
