import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.markup_size import (
    ATTRIBUTES_MAX,
    BYTES_MAX,
    DEPTH_MAX,
    measure,
)

SCRAPS = [
    "<div>",
    "</div>",
    "<p>",
    "</p>",
    "<",
    ">",
    "<a ",
    '="',
    "'",
    "<!--",
    "-->",
    "/",
    "<br>",
    "=",
    "字",
]


@pytest.mark.parametrize(
    "html",
    [
        "<p>一段</p>" * 500,
        "<p>一段" * 500,
        "<ul>" + "<li>一条" * 500 + "</ul>",
        "<table>" + "<tr><td>甲<td>乙" * 400 + "</table>",
        "<table>" + "<tbody><tr><th>甲<td>乙" * 400 + "</table>",
        "<dl>" + "<dt>甲<dd>乙" * 400 + "</dl>",
        "<p>一行<br>一行</p>" * 200,
        "<!-- <b> -->" * 100,
        "1 < 2，<3，a<，</，</>，<>",
        "<div>" * DEPTH_MAX + "</div>" * DEPTH_MAX,
    ],
)
def test_what_people_write_is_not_too_deep(html: str) -> None:
    assert not measure(html).is_too_deep


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<DIV>",
        "<ul><li>",
        "<b>",
        "<div><!--</div>-->",
        "<div><!--></div-->",
        "<div></x>",
        '<div a="</div>">',
        "<div a='</div>'>",
        "<div/>",
        "<div><table><td></div></table>",
        "<div><textarea></div></textarea>",
        "<svg><![CDATA[>",
        "<div></ div>",
        "<div\n>",
        "<o:p>",
    ],
)
def test_nesting_is_seen_through_its_disguise(unit: str) -> None:
    assert measure(unit * (DEPTH_MAX + 1)).is_too_deep


def test_one_level_more_is_too_deep() -> None:
    assert not measure("<i>" * DEPTH_MAX).is_too_deep
    assert measure("<i>" * (DEPTH_MAX + 1)).is_too_deep


@pytest.mark.parametrize(
    "attribute", [" a=1", " a", ' a="x y>"', " a='>'", " a = b", "/a", ' a="', " /a =1"]
)
def test_attributes_are_counted_one_by_one(attribute: str) -> None:
    many = "".join(attribute.replace("a", f"a{n}") for n in range(ATTRIBUTES_MAX + 1))

    assert measure(f"<p>x</p><b{many}>").has_too_many_attributes == (attribute != ' a="')


def test_twenty_attributes_pass() -> None:
    assert measure("<b" + " a=1" * ATTRIBUTES_MAX + ">").attributes == ATTRIBUTES_MAX


@given(st.lists(st.sampled_from(SCRAPS), max_size=200).map("".join))
def test_any_scraps_are_measured(html: str) -> None:
    size = measure(html)

    assert 0 <= size.depth <= html.count("<")
    assert size.attributes <= len(html)


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a",
        "<a ",
        '<a b="',
        "<a b='\"",
        "<!--",
        "<!",
        "</",
        "<a =",
        "<a / ",
        "<a" + " " * 99,
        "<p>",
        "</p>",
    ],
)
def test_the_scan_costs_no_more_than_the_length(unit: str) -> None:
    html = unit * (BYTES_MAX // len(unit))
    started = time.process_time()
    measure(html)

    assert time.process_time() - started < (1 if sys.gettrace() else 0.2)
