"""The template that a roster is filled into (domain.md §h): title, notes, headers, code lists."""

import io
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from community.spreadsheets.headers import letters
from community.spreadsheets.limits import Column

HEADER_ROW: Final = 3
_LAST_ROW: Final = 1_048_576
_TEXT: Final = "@"
_NOTE_LINE_HEIGHT: Final = 16
_HEADER_FILL: Final = PatternFill("solid", fgColor="EEF1F4")


def write_template(
    columns: Sequence[Column],
    *,
    title: str,
    notes: Sequence[str],
    lists: Mapping[str, Sequence[str]] | None = None,
    sheet: str | None = None,
) -> bytes:
    """An empty .xlsx roster: row 1 title, row 2 notes (one a line), row 3 headers.

    Required columns end in ``*``. Every column is in the number format Text, so that eighteen
    digits stay eighteen digits. ``lists`` gives a column, by name, the choices of its drop-down
    list; they stand in a hidden sheet and only suggest: what is typed instead is judged at import.
    """
    workbook = Workbook()
    page = workbook.active
    assert isinstance(page, Worksheet)
    page.title = sheet or _("名单")
    last = letters(len(columns) - 1)
    _text(page["A1"], title).font = Font(bold=True, size=14)
    _text(page["A2"], "\n".join(notes)).alignment = Alignment(wrap_text=True, vertical="top")
    for row in (1, 2):
        page.merge_cells(f"A{row}:{last}{row}")
    page.row_dimensions[2].height = _NOTE_LINE_HEIGHT * max(1, len(notes))
    for position, column in enumerate(columns):
        letter = letters(position)
        cell = _text(
            page[f"{letter}{HEADER_ROW}"], f"{column.name}{'*' if column.required else ''}"
        )
        cell.font = Font(bold=True)
        cell.fill = _HEADER_FILL
        page.column_dimensions[letter].width = column.width
        page.column_dimensions[letter].number_format = _TEXT
    page.freeze_panes = f"A{HEADER_ROW + 1}"
    if lists:
        _write_lists(workbook, page, columns, lists)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _write_lists(
    workbook: Workbook,
    page: Worksheet,
    columns: Sequence[Column],
    lists: Mapping[str, Sequence[str]],
) -> None:
    """The hidden sheet of choices, and a drop-down list for each column that has some."""
    codes = workbook.create_sheet(_("代码"))
    codes.sheet_state = "hidden"
    letter_of = {column.name: letters(position) for position, column in enumerate(columns)}
    for position, (name, choices) in enumerate(lists.items()):
        letter = letters(position)
        for row, choice in enumerate((name, *choices), start=1):
            _text(codes[f"{letter}{row}"], choice)
        source = f"'{codes.title}'!${letter}$2:${letter}${len(choices) + 1}"
        rule = DataValidation(type="list", formula1=source, allow_blank=True)
        rule.showErrorMessage = False
        rule.add(f"{letter_of[name]}{HEADER_ROW + 1}:{letter_of[name]}{_LAST_ROW}")
        page.add_data_validation(rule)


def _text(cell: Cell, text: str) -> Cell:
    """Put ``text`` into ``cell`` as text: openpyxl takes what begins with = for a formula."""
    cell.value = text
    cell.data_type = "s"
    cell.number_format = _TEXT
    return cell
