import shutil
from pathlib import Path

import pytest
from fontTools.ttLib import TTCollection

from training.certificates.glyphs import (
    KAI,
    SERIF,
    SHIPPED_FONTS,
    font_shelf,
    installed_font_dirs,
    missing_glyphs,
)

SHIPPED = (SHIPPED_FONTS,)
RARE = "𠀌"  # U+2000C: in none of our fonts


@pytest.mark.parametrize(
    "name",
    [
        "唐静",
        "阿衣·布茹",
        "䶮",
        "𬱖",
        "㐂㛃",
        "𬭎𫖯𬭊",
        "𠮷",
        "ꆈꌠ",
        "བོད",
        "Tenzin Dolma",
        "",
        "唐 静",
    ],
)
def test_our_fonts_draw_the_names_of_the_province(name):
    assert missing_glyphs(name, SHIPPED) == ""


def test_every_character_of_the_national_list_of_names_and_of_gb2312_can_be_drawn():
    gb2312 = "".join(
        bytes((high, low)).decode("gb2312", errors="ignore")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
    )
    basic = "".join(map(chr, range(0x4E00, 0xA000))) + "".join(map(chr, range(0x3400, 0x4DC0)))

    assert missing_glyphs(gb2312 + basic, SHIPPED) == ""


def test_what_is_missing_is_named_once_and_in_order():
    assert missing_glyphs(f"{RARE}静𪜀{RARE}", SHIPPED) == f"{RARE}𪜀"


@pytest.mark.parametrize("letter", ["\x01", "\x7f", "\ue000", "\ud800", "\U000f0000"])
def test_controls_private_characters_and_surrogates_are_always_missing(letter):
    assert missing_glyphs(f"唐{letter}静", SHIPPED) == letter


@pytest.mark.parametrize("mark", ["\u200b", "\u200d", "\ufeff", "\ufe00", "\U000e0100", "\n", "　"])
def test_what_is_never_drawn_is_never_missing(mark):
    assert missing_glyphs(f"葛{mark}静", SHIPPED) == ""


def test_without_fonts_everything_is_missing(tmp_path):
    assert missing_glyphs("唐静", [tmp_path]) == "唐静"
    assert missing_glyphs("唐静", [tmp_path / "no such folder"]) == "唐静"


def test_a_font_that_an_operator_adds_is_found_while_we_run(font_with, tmp_path):
    dirs = (SHIPPED_FONTS, tmp_path)
    assert missing_glyphs(RARE, dirs) == RARE

    (tmp_path / "deeper").mkdir()
    font_with(RARE, "County Names").save(tmp_path / "deeper" / "names.ttf")
    assert missing_glyphs(RARE, dirs) == ""

    (tmp_path / "deeper" / "names.ttf").unlink()
    assert missing_glyphs(RARE, dirs) == RARE


def test_a_collection_of_fonts_is_read_face_by_face(font_with, tmp_path):
    collection = TTCollection()
    collection.fonts = [font_with("A", "One Face"), font_with(RARE, "Other Face")]
    collection.save(tmp_path / "both.ttc")

    assert missing_glyphs(f"A{RARE}B", [tmp_path]) == "B"


def test_of_a_family_only_the_cut_that_is_set_counts(font_with, tmp_path):
    font_with("A", "Two Cuts").save(tmp_path / "regular.ttf")
    font_with("AB", "Two Cuts", style="Black", weight=900).save(tmp_path / "black.ttf")

    assert missing_glyphs("AB", [tmp_path]) == "B"


def test_our_families_come_first_and_an_operators_follow_by_name(font_with, tmp_path):
    font_with("A", "Zeta").save(tmp_path / "a.ttf")
    font_with("A", "Alpha").save(tmp_path / "z.ttf")
    (tmp_path / "notes.txt").write_text("not a font")

    assert font_shelf((tmp_path, SHIPPED_FONTS)).families() == [
        SERIF,
        KAI,
        "Noto Sans Yi",
        "Noto Serif Tibetan",
        "Alpha",
        "Zeta",
    ]


def test_a_broken_font_file_hides_no_other(tmp_path):
    shutil.copy(SHIPPED_FONTS / "NotoSansYi-Regular.ttf", tmp_path / "good.ttf")
    (tmp_path / "bad.ttf").write_bytes(b"\x00\x01\x00\x00 this is no font")

    assert missing_glyphs("ꆈ", [tmp_path]) == ""


def test_kai_is_asked_for_the_whole_text():
    shelf = font_shelf(SHIPPED)

    assert shelf.draws("唐静", KAI)
    assert not shelf.draws("唐ꆈ", KAI)
    assert not shelf.draws("唐静", "No Such Family")


def test_the_folders_are_ours_then_the_operators(settings, tmp_path):
    settings.CERTIFICATE_FONT_DIRS = [tmp_path]

    assert installed_font_dirs() == (SHIPPED_FONTS, tmp_path)


def test_every_font_we_ship_has_its_licence_beside_it():
    for font in SHIPPED_FONTS.glob("*.ttf"):
        licence = Path(str(font).replace("-Regular.ttf", "-OFL.txt"))
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text(encoding="utf-8")
