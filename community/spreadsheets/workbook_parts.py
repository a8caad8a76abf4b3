"""The parts of an .xlsx file as `writing.XlsxSheets` streams them (ECMA-376, transitional).

Every cell is an inline string in the number format Text: nothing is a formula, no digit is lost
when somebody edits a cell, and no table of strings has to be kept in memory. Why this is our own
and not a library's: docs/decisions/0006.
"""

import re
import zipfile
from collections.abc import Sequence
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _

from community.refusals import Refusal
from community.spreadsheets.headers import letters
from community.wording import thousands

LONGEST_CELL: Final = 32_767
_LONGEST_NAME: Final = 28
# Python's zipfile needs the ZIP64 form from 2 GiB on, which some programs offer to repair.
_SHEET_BYTES: Final = 1_900_000_000
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_NUMBER: Final = b"\x1d"
_WIDTH_MIN, _WIDTH_MAX = 6, 40

_LIKE_ESCAPE: Final = re.compile(rb"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\]|^'|'$")

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

# Formats: 0 none, 1 text, 2 bold text for the header. Number format 49 is Text.
_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="等线"/></font>'
    '<font><b/><sz val="11"/><name val="等线"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" '
    'applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class CellTooLong(Refusal):
    """A text longer than an .xlsx cell holds."""

    code = "cell_too_long"


class WorkbookParts:
    """Writes the parts of one workbook into ``archive``, sheet after sheet.

    Rows are cells as `lines.Block` joins them. ``top`` are the rows at the head of every sheet, of
    which the last is the header.
    """

    def __init__(self, archive: zipfile.ZipFile, top: Sequence[bytes], name: str) -> None:
        self.archive = archive
        self.top = top
        self.header = top[-1].decode("utf-8").split("\x1f")
        self.name = _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME] or "1"
        self.sheets = 0
        self.rows_in_sheet = 0
        self._bytes = 0
        self._entry: IO[bytes] | None = None
        self._template = _row_template(len(self.header), style=1)

    @property
    def sheet_is_full(self) -> bool:
        """No further row fits, whatever their number."""
        return self._bytes > _SHEET_BYTES

    def add_rows(self, rows: Sequence[bytes], *, first_row: int) -> None:
        """Write rows, opening a sheet if need be; ``first_row`` is for a refusal's sentence."""
        if max(map(len, rows)) > LONGEST_CELL:
            self._refuse_long(rows, first_row)
        if self._entry is None:
            self._begin_sheet(rows)
        first = len(self.top) + self.rows_in_sheet + 1
        self._put(_rows_xml(self._template, rows, first))
        self.rows_in_sheet += len(rows)

    def _refuse_long(self, rows: Sequence[bytes], first_row: int) -> None:
        for number, row in enumerate(rows, start=first_row):
            for name, cell in zip(self.header, row.decode("utf-8").split("\x1f"), strict=True):
                if len(cell) > LONGEST_CELL:
                    place = {
                        "row": thousands(number),
                        "name": name,
                        "limit": thousands(LONGEST_CELL),
                    }
                    message = _(
                        "第%(row)s行的%(name)s超过%(limit)s字，.xlsx放不下。请改为导出CSV。"
                    )
                    raise CellTooLong(message % place, row=number, column=name)

    def _begin_sheet(self, rows: Sequence[bytes]) -> None:
        self.sheets += 1
        # By name and not by ZipInfo, which would forget the archive's level; dated 1980 either way.
        self._entry = self.archive.open(f"xl/worksheets/sheet{self.sheets}.xml", "w")
        first_cells = [row.decode("utf-8").split("\x1f") for row in rows]
        widths = "".join(
            f'<col min="{at}" max="{at}" width="{_width(column)}" customWidth="1"/>'
            for at, column in enumerate(zip(self.header, *first_cells, strict=True), start=1)
        )
        *above, header = self.top
        names = _rows_xml(_row_template(len(self.header), style=2), [header], len(self.top))
        if self.sheets == 1:
            # The first string of the table, which is written when the sheets have been counted.
            place = f"{letters(len(self.header))}{len(self.top)}"
            note = f'<c r="{place}" s="2" t="s"><v>0</v></c></row>'
            names = names.removesuffix(b"</row>") + note.encode("ascii")
        head = (
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            f'<pane ySplit="{len(self.top)}" topLeftCell="A{len(self.top) + 1}" '
            'activePane="bottomLeft" state="frozen"/>'
            f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
        )
        above_it = _rows_xml(self._template, above, 1) if above else b""
        self._put(head.encode("ascii") + above_it + names)

    def end_sheet(self) -> None:
        """Finish the sheet; the next row opens another."""
        if self._entry is not None:
            whole = f"A1:{letters(len(self.header) - 1)}{len(self.top) + self.rows_in_sheet}"
            self._put(
                "</sheetData><ignoredErrors>"
                f'<ignoredError sqref="{whole}" numberStoredAsText="1"/></ignoredErrors>'
                "</worksheet>".encode("ascii")
            )
        self.close_entry()
        self.rows_in_sheet = 0
        self._bytes = 0

    def close_entry(self) -> None:
        """Let go of the archive."""
        if self._entry is not None:
            self._entry.close()
            self._entry = None

    def _put(self, data: bytes) -> None:
        assert self._entry is not None
        self._bytes += len(data)
        self._entry.write(data)

    def finish(self, row_count: int) -> None:
        """Write what holds the sheets together; without rows there is a sheet with a header."""
        if self._entry is None and self.sheets == 0:
            self._begin_sheet([])
        self.end_sheet()
        numbers = range(1, self.sheets + 1)
        names = [self.name] if self.sheets == 1 else [f"{self.name}{each}" for each in numbers]
        note = ""
        if self.sheets > 1:
            figures = {"rows": thousands(row_count), "count": self.sheets}
            figures |= {"first": names[0], "last": names[-1]}
            note = _("共%(rows)s行，分在%(count)s张工作表：“%(first)s”至“%(last)s”") % figures
        for part, text in self._frame(names, note).items():
            self.archive.writestr(zipfile.ZipInfo(part, _EPOCH), text, zipfile.ZIP_DEFLATED)

    def _frame(self, names: Sequence[str], note: str) -> dict[str, str]:
        numbers = range(1, len(names) + 1)
        sheets = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{each}" r:id="rId{each}"/>'
            for each, name in zip(numbers, names, strict=True)
        )
        targets = [("worksheet", f"worksheets/sheet{each}.xml") for each in numbers]
        targets += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
        types = "".join(
            f'<Override PartName="/xl/{target}" ContentType="{_TYPE}.{kind}+xml"/>'
            for kind, target in [("sheet.main", "workbook.xml"), *targets]
        )
        return {
            "xl/styles.xml": _STYLES,
            "xl/sharedStrings.xml": (
                f'{_HEAD}<sst xmlns="{_MAIN}" count="1" uniqueCount="1">'
                f"<si><t>{escape(note)}</t></si></sst>"
            ),
            "xl/workbook.xml": (
                f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><bookViews>'
                f"<workbookView/></bookViews><sheets>{sheets}</sheets></workbook>"
            ),
            "xl/_rels/workbook.xml.rels": _relations(targets),
            "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
            "[Content_Types].xml": (
                f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>'
            ),
        }


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _row_template(width: int, *, style: int) -> bytes:
    """A row to be filled with ``width`` texts by ``%``; its number goes where `_NUMBER` stands."""
    number = _NUMBER.decode("ascii")
    cells = "".join(
        f'<c r="{letters(position)}{number}" s="{style}" t="inlineStr">'
        '<is><t xml:space="preserve">%b</t></is></c>'
        for position in range(width)
    )
    return f'<row r="{number}">{cells}</row>'.encode("ascii")


def _rows_xml(template: bytes, rows: Sequence[bytes], first: int) -> bytes:
    """``rows`` filled into ``template``, numbered from ``first``."""
    return b"".join(
        [
            (template % tuple(row.split(b"\x1f"))).replace(_NUMBER, b"%d" % number)
            for number, row in enumerate(_escaped(rows), start=first)
        ]
    )


def _escaped(rows: Sequence[bytes]) -> Sequence[bytes]:
    """Rows for XML; what looks like the format's own escape (_x0041_) is escaped by it."""
    text = b"\x1e".join(rows)
    if b"_x" in text:
        text = _LIKE_ESCAPE.sub(b"_x005F_", text)
    for sign, entity in ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;")):
        if sign in text:
            text = text.replace(sign, entity)
    return text.split(b"\x1e")


def _width(cells: Sequence[str]) -> int:
    """A column's width in digits: that of its widest cell among ``cells``, within reason."""
    widest = max(sum(2 if character > "\u2e7f" else 1 for character in cell) for cell in cells)
    return max(_WIDTH_MIN, min(_WIDTH_MAX, widest + 2))
