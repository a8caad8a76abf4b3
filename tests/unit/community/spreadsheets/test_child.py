"""The child itself, in this process, so that what it says is seen line by line."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from community.spreadsheets import child
from community.spreadsheets.limits import Column, Limits

HEADER = ("姓名*", "证件号", "手机号*", "单位*")
PERSON = ("阿衣·布茹", "51010419900101123X", "13800138000", "布拖县民族小学")
MEGABYTE = 1024**2

Make = Callable[..., Path]


def say(
    path: Path, columns: Sequence[Column], task: str = "workbook", **limits: int
) -> list[object]:
    request = {
        "task": task,
        "limits": Limits(**limits).as_dict(),
        "columns": [[column.name, column.required, column.aliases] for column in columns],
        "whole": False,
    }
    out = io.BytesIO()
    with path.open("rb") as file:
        child.serve(request, file, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_child_says_header_rows_and_end(roster: Make, columns: Sequence[Column]) -> None:
    head, rows, end = say(roster([HEADER, PERSON]), columns)

    assert head == {"sheet": "名单", "merged": [], "row": 1, "positions": [0, 1, 2, 3], "extra": []}
    assert rows == [[2, *PERSON]]
    assert end == {"end": 1}


def test_the_child_says_faults_as_codes_and_figures(
    roster: Make, by_hand: Make, columns: Sequence[Column], tmp_path: Path
) -> None:
    (text := tmp_path / "a.csv").write_bytes("姓名,手机号,单位\na,b,c\nd,e,f\n".encode())

    assert say(roster([HEADER, PERSON, PERSON]), columns, rows=1)[-1] == {
        "fault": "too_many_rows",
        "details": {"rows": None, "limit": 1},
    }
    assert say(text, columns, task="text", rows=1)[-1]["fault"] == "too_many_rows"  # type: ignore[index,call-overload]
    assert say(by_hand("<row"), columns)[-1]["fault"] in {"unreadable", "file_empty"}  # type: ignore[index,call-overload]
    assert say(text, columns)[-1]["fault"] == "unreadable"  # type: ignore[index,call-overload]


def test_the_child_measures_without_reading(by_hand: Make, header_xml: str) -> None:
    far = '<row r="77"><c r="AB77"><v>1</v></c></row>'

    assert say(by_hand(header_xml + far), (), task="measure") == [
        {"last_row": 77, "last_column": "AB"}
    ]
