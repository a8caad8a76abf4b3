import hashlib
import io
import os
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import segno
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from tests.factories.certificate import DATA
from training.certificates import paper
from training.certificates.glyphs import SHIPPED_FONTS, missing_glyphs
from training.certificates.paper import (
    TEMPLATES,
    GlyphsMissing,
    PaperFault,
    SheetFull,
    check_address,
    printed_text,
    render_certificate,
    render_many,
)
from training.certificates.snapshot import TITLES, CertificateData, RequirementLine
from training.certificates.wording import body_sentence

FONTS = (SHIPPED_FONTS,)
CHECK = "https://tongke.example/v/"
ROOT = Path(paper.__file__).parents[2]


def drawn(data: CertificateData, **more: object) -> bytes:
    return render_certificate(data, font_dirs=FONTS, verify_url=CHECK, **more)


def read(pdf: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    return reader


def words(pdf: bytes) -> str:
    """The text of the one page, without the spaces and break marks that layout puts in."""
    return re.sub(r"[\s\u200b]", "", read(pdf).pages[0].extract_text())


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_everything_printed_can_be_read_back_out_of_the_page():
    text = words(drawn(DATA))

    assert "结业证书" in text
    assert "编号SC-2026-K7Q2M9XRTB-4H" in text
    assert "证件号511***********0327" in text
    assert bare("".join(run for run, _ in body_sentence(DATA))) in text
    assert "扫码查验tongke.example/v请核对页面与本证内容一致" in text
    assert "四川省教育厅二〇二六年十二月二十二日" in text


def test_the_page_is_a4_landscape():
    box = read(drawn(DATA)).pages[0].mediabox

    assert (round(box.width), round(box.height)) == (842, 595)


def test_the_document_is_tagged_titled_in_chinese_and_dated_by_its_issue():
    reader = read(drawn(DATA))
    catalogue = reader.trailer["/Root"]

    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert catalogue["/Lang"] == "zh-CN"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata.title == "结业证书 SC-2026-K7Q2M9XRTB-4H"
    assert reader.metadata.author == "四川省教育厅"
    assert reader.metadata.creation_date.date() == date(2026, 12, 22)
    assert b"pdfuaid" in reader.xmp_metadata.stream.get_data()
    assert b"pdfaid" in reader.xmp_metadata.stream.get_data()


def test_every_font_is_embedded():
    fonts = read(drawn(replace(DATA, holder_name="阿衣ꆈ"))).pages[0]["/Resources"]["/Font"]

    assert len(fonts) >= 3
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.get_object())


def test_the_same_snapshot_gives_the_same_bytes_in_another_process():
    here = drawn(CertificateData.from_json(DATA.as_json()))
    script = (
        "import sys, hashlib, django; django.setup()\n"
        "from training.certificates.glyphs import SHIPPED_FONTS\n"
        "from training.certificates.paper import render_certificate\n"
        "from training.certificates.snapshot import CertificateData\n"
        "data = CertificateData.from_json(sys.stdin.buffer.read().decode())\n"
        f"pdf = render_certificate(data, font_dirs=[SHIPPED_FONTS], verify_url={CHECK!r})\n"
        "sys.stdout.write(hashlib.sha256(pdf).hexdigest())\n"
    )
    there = [
        subprocess.run(
            [sys.executable, "-c", script],
            input=DATA.as_json().encode(),
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": "1"},
        ).stdout.decode()
        for seed, zone in (("1", "Asia/Shanghai"), ("2", "America/New_York"))
    ]

    assert there == [hashlib.sha256(here).hexdigest()] * 2


def test_what_was_drawn_before_does_not_change_what_is_drawn_next():
    first = drawn(DATA)
    drawn(replace(DATA, holder_name="阿衣·布茹"))

    assert drawn(DATA) == first
    assert drawn(replace(DATA, holder_name="唐敬")) != first


def test_an_operators_fonts_do_not_change_what_ours_can_draw(tmp_path):
    kai = (SHIPPED_FONTS / "TongkeKai-Regular.ttf").read_bytes()
    renamed = kai.replace("Tongke Kai".encode("utf-16-be"), "Aaaaaa Kai".encode("utf-16-be"))
    (tmp_path / "more.ttf").write_bytes(renamed)

    with_more = render_certificate(DATA, font_dirs=[SHIPPED_FONTS, tmp_path], verify_url=CHECK)

    assert with_more == drawn(DATA)


@pytest.mark.parametrize(
    "name",
    [
        '#eval("1+1")',
        "#panic[x]",
        "$ x^2 $",
        "]",
        "[",
        "\\",
        '"',
        "*强* _调_ `码` = 题",
        "@ref <label> // 注 /* 释 */",
        "{{ name }} {% if %}",
        "阿衣·布茹",
        "王䶮",
        "𬱖𠮷",
        "ꆈꌠ",
        "张" * 50,
        "䶮" * 50,
        "W" * 50,
        "Tenzin Dolma Wangchuk Rinpoche",
        "</svg>&amp;",
    ],
)
def test_a_name_is_shown_as_it_is_and_never_read_as_typst(name):
    assert bare(f"{name}（乐山市沐川县实验小学校）") in words(
        drawn(replace(DATA, holder_name=name))
    )


def test_hostile_text_in_every_field_is_shown_as_it_is():
    hostile = '#eval("2")$]\\'
    fields = ("title", "masked_id", "unit_name", "programme_title", "cohort_name", "issuer")
    data = replace(DATA, **{name: f"{hostile}{name}" for name in fields})

    text = words(drawn(data))

    for name in fields:
        assert f"{hostile}{name}" in text


def test_long_names_of_everything_shrink_and_keep_to_one_page():
    data = replace(
        DATA,
        title=TITLES["qualification"],
        holder_name="䶮" * 50,
        unit_name="小" * 100,
        programme_title="信" * 100,
        cohort_name="班" * 60,
        issuer="厅" * 60,
        requirements=tuple(
            RequirementLine("求" * 80, "作" * 50, date(2027, 1, 5)) for _line in range(4)
        ),
    )

    text = words(drawn(data))

    assert bare("".join(run for run, _ in body_sentence(data))) in text
    assert "厅" * 60 in text


def test_long_words_without_a_place_to_break_stay_on_the_page():
    data = replace(DATA, holder_name="W" * 50, unit_name="W" * 100, issuer="W" * 60)
    widths = []
    read(drawn(data)).pages[0].extract_text(
        visitor_text=lambda text, cm, tm, font, size: widths.append(tm[4] if text.strip() else 0)
    )

    assert "W" * 100 in words(drawn(data))
    assert max(widths) < 842


def test_more_than_a_page_holds_is_refused_rather_than_cut():
    with pytest.raises(SheetFull, match=DATA.number):
        drawn(replace(DATA, programme_title="信" * 3000))


def test_another_fault_of_the_compiler_is_not_taken_for_a_full_sheet(monkeypatch, tmp_path):
    broken = tmp_path / "broken.typ"
    broken.write_text("#no-such-thing")
    monkeypatch.setitem(TEMPLATES, "broken", broken)

    with pytest.raises(RuntimeError, match="unknown variable"):
        drawn(replace(DATA, template_version="broken"))


def test_a_character_without_a_glyph_is_named_and_never_drawn_as_a_box():
    with pytest.raises(GlyphsMissing) as caught:
        drawn(replace(DATA, unit_name="𠀌小学", holder_name="唐\x01"))

    assert caught.value.characters == "\x01𠀌"


def test_a_name_is_drawn_once_an_operator_added_a_font_for_it(font_with, tmp_path):
    data = replace(DATA, holder_name="王𠀌")
    font_with("𠀌", "County Names").save(tmp_path / "names.ttf")

    pdf = render_certificate(data, font_dirs=[SHIPPED_FONTS, tmp_path], verify_url=CHECK)

    assert "王𠀌（" in words(pdf)


def test_what_a_certificate_prints_can_be_asked_for_before_it_is_drawn():
    assert missing_glyphs(printed_text(DATA, CHECK), FONTS) == ""
    assert missing_glyphs(printed_text(replace(DATA, issuer="𪜀局"), CHECK), FONTS) == "𪜀"


def test_marks_that_turn_text_round_are_left_out():
    assert "唐静（" in words(drawn(replace(DATA, holder_name="\u202e唐\u2066静\ufeff")))


def test_lines_in_a_field_become_one_line():
    assert "二〇二六" in words(drawn(replace(DATA, unit_name="沐川县\r\n\t小学\u2028校")))


# Any text at all: a page, or a plain statement of what cannot be drawn. Never a crash.
letters = st.text(st.characters(exclude_categories=()), min_size=1, max_size=50)


@settings(max_examples=150, deadline=None)
@given(letters)
@example("\u1680")
@example("葛\U000e0100")
@example("\u0600")
@example("e\u0301\u200d\u0301")
@example("\ud800")
def test_any_name_gives_a_page_or_says_what_is_missing(name):
    if not name.strip():
        return
    missing = missing_glyphs(name, FONTS)
    data = replace(DATA, holder_name=name)
    if missing:
        with pytest.raises(GlyphsMissing) as caught:
            drawn(data)
        assert caught.value.characters == missing
    else:
        assert read(drawn(data))


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.sampled_from("王阿䶮ꆈབོ·Aéñ 　(*[#$_\\]\u200d\ufe00𠮷—“”"), min_size=1, max_size=50)
)
def test_a_name_of_any_mixture_that_can_be_drawn_gives_a_page(name):
    if name.strip():
        assert read(drawn(replace(DATA, holder_name=name)))


def test_the_code_leads_to_the_page_of_this_number():
    address = check_address(DATA.number, CHECK)
    svg = io.BytesIO()
    segno.make_qr(address, error="m").save(svg, kind="svg", border=0, xmldecl=False)

    assert address == "https://tongke.example/v/SC-2026-K7Q2M9XRTB-4H"
    assert check_address(DATA.number, CHECK.rstrip("/")) == address
    assert paper._qr_svg(address) == svg.getvalue().decode()
    assert drawn(DATA) != render_certificate(
        DATA, font_dirs=FONTS, verify_url="https://other.example/v/"
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_seal_takes_the_place_that_is_kept_for_it(kind):
    picture = io.BytesIO()
    Image.new("RGB", (60, 30), (176, 36, 28)).save(picture, kind)

    sealed = drawn(DATA, seal=picture.getvalue())

    assert "签发后显示" in words(drawn(DATA))
    assert "签发后显示" not in words(sealed)
    assert len(read(sealed).pages[0].images) == 1


def test_a_seal_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="PNG or JPEG"):
        drawn(DATA, seal=b"<svg/>")


def test_an_invented_person_s_certificate_says_so():
    assert "示例，不作证明" in words(drawn(replace(DATA, is_sample=True)))
    assert "示例" not in words(drawn(DATA))


def test_a_template_we_do_not_have_is_refused():
    with pytest.raises(ValueError, match="template 0"):
        drawn(replace(DATA, template_version="0"))


def test_templates_fetch_nothing():
    for template in TEMPLATES.values():
        source = re.sub(r"//.*", "", template.read_text(encoding="utf-8"))
        assert not re.search(r"\b(import|include|read|plugin|eval)\b", source)
        assert "@" not in source


def test_many_at_once_are_the_same_as_one_by_one():
    rare = replace(DATA, holder_name="𠀌")
    full = replace(DATA, programme_title="信" * 3000)
    other = replace(DATA, holder_name="阿衣·布茹")

    results = list(render_many([DATA, rare, full, other], font_dirs=FONTS, verify_url=CHECK))

    assert [data for data, _result in results] == [DATA, rare, full, other]
    assert results[0][1] == drawn(DATA)
    assert isinstance(results[1][1], GlyphsMissing)
    assert isinstance(results[2][1], SheetFull)
    assert isinstance(results[2][1], PaperFault)
    assert results[3][1] == drawn(other)


def test_threads_draw_side_by_side_without_mixing_people():
    people = [replace(DATA, holder_name="唐静" * (place % 5 + 1)) for place in range(20)]
    one_by_one = [drawn(person) for person in people]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(drawn, people)) == one_by_one


def test_a_process_forked_after_drawing_says_so_instead_of_hanging(monkeypatch):
    drawn(DATA)
    monkeypatch.setattr(paper.os, "getpid", lambda: -1)

    with pytest.raises(RuntimeError, match="fork"):
        drawn(DATA)


def test_names_in_the_normal_forms_of_unicode_are_drawn_as_they_are():
    composed = unicodedata.normalize("NFC", "José")

    assert f"{composed}（" in words(drawn(replace(DATA, holder_name=composed)))
