"""Bombs, and files far too large: the process that asked survives and stays small."""

import os
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from community.spreadsheets.faults import FileFault
from community.spreadsheets.limits import Column, Limits
from community.spreadsheets.reading import read_table

HEADER = ("姓名*", "证件号", "手机号*", "单位*")
PERSON = ("阿衣·布茹", "51010419900101123X", "13800138000", "布拖县民族小学")
MEGABYTE = 1024**2

Make = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("stays_small")


def refusal(path: Path, columns: Sequence[Column], **limits: float) -> FileFault:
    with pytest.raises(FileFault) as caught:
        read_table(path, columns=columns, limits=Limits(**limits))  # type: ignore[arg-type]
    assert path.name in caught.value.message
    assert "请" in caught.value.message, "every answer says what to do"
    return caught.value


# Bombs


def test_an_archive_that_unpacks_to_too_much_is_refused(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    path = by_hand(header_xml, extra=[("xl/media/image1.png", bytes(100 * MEGABYTE))])

    assert refusal(path, columns).code == "zip_bomb"


@pytest.mark.usefixtures("each_way")
def test_an_archive_that_lies_about_its_size_is_counted(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    content = bytes(100 * MEGABYTE)
    path = by_hand(header_xml, extra=[("xl/media/image1.png", content)])
    told, lied = struct.pack("<L", len(content)), struct.pack("<L", 10)
    path.write_bytes(path.read_bytes().replace(told, lied))
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("xl/media/image1.png").file_size == 10

    assert refusal(path, columns).code == "zip_bomb"


def test_a_bomb_in_one_cell_is_refused(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    def pieces() -> Iterator[bytes]:
        yield header_xml.encode() + b'<row r="2"><c r="A2" t="inlineStr"><is><t>'
        yield from [b"A" * MEGABYTE] * 300
        yield b"</t></is></c></row>"

    assert refusal(by_hand(pieces()), columns).code == "zip_bomb"


def test_a_bomb_of_shared_strings_is_refused(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    # Five bytes a string in the file, two dozen and more in memory; not too well compressible.
    def strings() -> Iterator[bytes]:
        for number in range(150):
            yield b"<si/>" * 150_000 + b"<si><t>%b</t></si>" % os.urandom(3_000).hex().encode()
            assert number < 150

    answer = refusal(by_hand(header_xml, shared=strings()), columns, ratio=1_000)

    assert answer.code == "too_large"


def test_a_shared_string_repeated_for_ever_does_not_reach_the_parent(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    long = b"<si><t>" + b"a" * 30_000 + b"</t></si>"
    rows = (b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(2, 9_000))

    answer = refusal(by_hand([header_xml.encode(), *rows], shared=[long]), columns)

    assert answer.code == "too_large"


def test_one_far_cell_ends_the_child_and_is_named(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    answer = refusal(by_hand(header_xml + far), columns)

    assert answer.code == "too_many_rows"
    assert "一直写到第1,048,576行" in answer.message


def test_one_far_column_is_named(by_hand: Make, header_xml: str, columns: Sequence[Column]) -> None:
    rows = '<row r="150000"><c r="XFD150000"><v>1</v></c></row>'

    answer = refusal(by_hand(header_xml + rows), columns)

    assert answer.code == "too_many_columns"
    assert "一直写到第XFD列" in answer.message


@pytest.mark.usefixtures("each_way")
def test_five_hundred_and_one_columns_are_too_many(roster: Make, columns: Sequence[Column]) -> None:
    answer = refusal(roster([[*HEADER, *range(497)], PERSON]), columns)

    assert answer.code == "too_many_columns"
    assert "一直写到第SG列，最多500列" in answer.message


def many_rows(header_xml: str, count: int, width: int = 4) -> Iterator[bytes]:
    yield header_xml.encode()
    cells = '<c t="inlineStr"><is><t>张三</t></is></c>' * width
    for start in range(2, count + 2, 10_000):
        numbers = range(start, start + 10_000)
        yield "".join(
            f'<row r="{number}" ht="{number % 97}">{cells}</row>' for number in numbers
        ).encode()


def test_a_million_rows_get_an_answer(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    answer = refusal(by_hand(many_rows(header_xml, 1_000_000)), columns)

    assert answer.code == "too_many_rows"
    assert "一个文件最多200,000行" in answer.message or "超过200,000行" in answer.message


@pytest.mark.usefixtures("each_way")
def test_rows_that_weigh_too_much_are_called_too_many_and_not_a_bomb(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    path = by_hand(many_rows(header_xml, 300_000, 9))

    answer = refusal(path, columns, unpacked_bytes=100 * MEGABYTE)

    assert answer.code == "too_many_rows"
    assert re.search(r"一直写到第[2-9]\d\d,\d{3}行", answer.message)


def test_a_million_lines_of_csv_get_an_answer(tmp_path: Path, columns: Sequence[Column]) -> None:
    (path := tmp_path / "名单.csv").write_bytes(
        "姓名,手机号,单位\n".encode() + b"a,1,b\n" * 1_000_000
    )

    assert refusal(path, columns).code == "too_many_rows"


@pytest.mark.usefixtures("each_way")
def test_a_thousand_parts_too_many_are_a_bomb(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    path = by_hand(header_xml, extra=((f"a/{number}", b"") for number in range(2_001)))

    assert refusal(path, columns).code == "zip_bomb"


# Too slow


def test_a_clock_ends_the_reading(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    path = by_hand(many_rows(header_xml, 1_000_000))

    answer = refusal(path, columns, wall_seconds=0.2)

    assert answer.code == "timed_out"
    assert "读了0.2秒还没有读完" in answer.message


def test_processor_time_ends_the_reading(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    path = by_hand(many_rows(header_xml, 1_000_000))

    answer = refusal(path, columns, cpu_seconds=1)

    assert answer.code == "timed_out"


def test_memory_ends_the_reading(by_hand: Make, header_xml: str, columns: Sequence[Column]) -> None:
    path = by_hand(many_rows(header_xml, 150_000))

    assert refusal(path, columns, memory_bytes=64 * MEGABYTE).code == "too_large"


def test_the_child_gets_none_of_our_secrets(
    tmp_path: Path, roster: Make, columns: Sequence[Column], monkeypatch: pytest.MonkeyPatch
) -> None:
    (spy := tmp_path / "python").write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\n")
    spy.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(spy))
    monkeypatch.setenv("SECRET_KEY", "hush")

    answer = refusal(roster([HEADER, PERSON]), columns)

    assert "PATH=" in (tmp_path / "seen").read_text()
    assert "hush" not in (tmp_path / "seen").read_text()
    assert answer.code == "too_large", "a child that says nothing was too weak for the file"
