import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.names import (
    NAME_MAX,
    PINYIN_KEY_MAX,
    given_name,
    masked_name,
    name_fault,
    normalise_name,
    pinyin_initials,
    pinyin_key,
    surname,
)

RARE = "䶮㛃𠮷𬭎𫖯"
ANYTHING = st.text(
    st.one_of(
        st.characters(codec=None, categories=None),
        st.sampled_from("阿衣布茹张三䶮𠮷〇々 　·•．.・-'’ＡaZé3\u200b\ue863\ud800\u0301⽅⺁"),
    ),
    max_size=60,
)
GOOD_NAMES = st.one_of(
    st.text(st.sampled_from("王李张阿衣布茹䶮𠮷欧阳诸葛〇"), min_size=1, max_size=8),
    st.lists(
        st.text(st.sampled_from("扎西多吉阿衣布茹䶮"), min_size=1, max_size=4),
        min_size=2,
        max_size=4,
    ).map("·".join),
    st.lists(
        st.text(st.sampled_from("AnneLi"), min_size=1, max_size=6), min_size=1, max_size=4
    ).map(" ".join),
)


@pytest.mark.parametrize("dot", "•・‧∙･．.。｡·⋅●‧\u0387\u2024\u30fb\ufe52")
def test_every_dot_becomes_the_one_separator(dot: str) -> None:
    assert normalise_name(f"阿衣{dot}布茹") == "阿衣·布茹"


@pytest.mark.parametrize("typed", ["·阿衣··布茹·", " 阿衣 · 布茹 ", "阿衣．•布茹", "阿衣·　布茹."])
def test_a_dot_stands_neither_at_an_end_nor_twice(typed: str) -> None:
    assert normalise_name(typed) == "阿衣·布茹"


@pytest.mark.parametrize("typed", ["张　三", " 张 三 ", "张\u00a0三", "张\t三\n", "张  三"])
def test_space_beside_a_han_character_goes(typed: str) -> None:
    assert normalise_name(typed) == "张三"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ａｎｎｅ　Ｌｉ", "Anne Li"),
        ("Anne   Li", "Anne Li"),
        ("O’Brien", "O'Brien"),
        ("e\u0301lan", "élan"),
        ("⽅明", "方明"),
    ],
)
def test_what_has_one_reading_is_put_right(typed: str, name: str) -> None:
    assert normalise_name(typed) == name


def test_variants_of_a_character_stay_apart() -> None:
    assert normalise_name("髙") == "髙"
    assert normalise_name("﨑") == "﨑"
    assert normalise_name("吳") != normalise_name("吴")


@given(ANYTHING)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise_name(text)

    assert normalise_name(once) == once


@given(ANYTHING)
def test_an_accepted_name_can_be_written_anywhere(text: str) -> None:
    name = normalise_name(text)
    if name_fault(name) is None:
        assert 0 < len(name) <= NAME_MAX
        assert name.encode("gb18030").decode("gb18030") == name
        assert not {unicodedata.category(letter) for letter in name} & {
            "Cc",
            "Cf",
            "Cs",
            "Co",
            "Nd",
        }
        assert name.strip("·") == name
        assert "··" not in name


@given(GOOD_NAMES)
def test_good_names_have_no_fault(name: str) -> None:
    assert name_fault(normalise_name(name)) is None


@pytest.mark.parametrize("letter", RARE)
def test_rare_characters_are_letters(letter: str) -> None:
    assert name_fault(f"张{letter}") is None


def test_a_name_has_room_for_fifty_characters() -> None:
    assert name_fault("阿" * 50) is None
    assert name_fault("阿" * 51) == "姓名有51个字符，最多50个，请核对是否多填了内容。"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "请填写姓名"),
        ("张3", "有数字“3”"),
        ("张\u200b三", "看不见的字符"),
        ("张\u202e三", "看不见的字符"),
        ("葛\ufe00", "看不见的字符"),
        ("张\x07三", "看不见的字符"),
        ("张\ud800", "损坏的字符"),
        ("\ue863", "自造的字"),
        ("张?", "没有显示出来"),
        ("张（三）", "有“（”"),
        ("⺁", "有“⺁”"),
        ("Иван", "有“И”"),
        ("张😀", "有“😀”"),
        ("张-三", "连字符"),
        ("Li-", "连字符"),
        ("'Li", "撇号"),
        ("·张", "间隔号"),
        ("张··三", "间隔号"),
    ],
)
def test_a_faulty_name_is_told_what_to_change(name: str, says: str) -> None:
    fault = name_fault(name)

    assert fault is not None
    assert says in fault
    assert fault.endswith("。")


@pytest.mark.parametrize(
    ("name", "shown", "hidden", "masked"),
    [
        ("张三", "张", "三", "张*"),
        ("张三丰", "张", "三丰", "张**"),
        ("欧阳修", "欧阳", "修", "欧阳*"),
        ("欧阳", "欧", "阳", "欧*"),
        ("阿衣·布茹", "阿衣", "布茹", "阿衣·**"),
        ("阿·衣·布", "阿", "衣·布", "阿·**"),
        ("扎西多吉", "扎", "西多吉", "扎**"),
        ("Anne Li", "Anne", "Li", "Anne**"),
        ("𠮷田", "𠮷", "田", "𠮷*"),
        ("张", "", "张", "*"),
    ],
)
def test_a_name_is_shown_by_its_first_part(name: str, shown: str, hidden: str, masked: str) -> None:
    assert (surname(name), given_name(name), masked_name(name)) == (shown, hidden, masked)


@given(GOOD_NAMES)
def test_something_of_a_name_always_stays_hidden(name: str) -> None:
    name = normalise_name(name)
    hidden = given_name(name)

    assert hidden
    assert name.startswith(surname(name))
    assert name.endswith(hidden)
    assert masked_name(name).rstrip("*").rstrip("·") == surname(name)


@pytest.mark.parametrize(
    ("name", "key", "initials"),
    [
        ("曾丽", "zeng li", "zl"),
        ("单国庆", "shan guo qing", "sgq"),
        ("尉迟恭", "yu chi gong", "ycg"),
        ("阿衣·布茹", "a yi bu ru", "aybr"),
        ("吕布", "lv bu", "lb"),
        ("Anne Li", "anne li", "al"),
    ],
)
def test_names_sort_and_are_found_by_sound(name: str, key: str, initials: str) -> None:
    assert pinyin_key(name) == key
    assert pinyin_initials(name) == initials


@given(ANYTHING)
def test_a_sort_key_fits_its_column(text: str) -> None:
    name = normalise_name(text)

    assert len(pinyin_key(name)) <= PINYIN_KEY_MAX
    assert len(pinyin_initials(name)) <= NAME_MAX
