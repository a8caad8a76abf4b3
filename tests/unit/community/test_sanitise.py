import sys
import time
from contextlib import suppress
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.markup_size import BYTES_MAX
from community.sanitise import LINK_REL, MARKS_MAX, TAGS, TooMuchMarkup, plain_text, sanitise
from community.sanitise import _second_look as second_look

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='javascript:123'>x</a>",
    "<a href='jAva\tscript&colon;alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<p style='background:url(javascript:1)' class=nav id=top name=top onclick=x()>x</p>",
    "<form action=//evil><input name=x></form>",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "<base href=//evil><link rel=stylesheet href=//evil><meta http-equiv=refresh content=0>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=alert(1)>'>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<template><script>1</script></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<a href='https://x' target=_blank rel=opener ping=//evil>x</a>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<b/onmouseover=alert(1)>x",
    "<a href=\"https://x/'onclick='alert(1)\">x</a>",
    "\x00<scri\x00pt>alert(1)</script>",
]
SCRAPS = [
    *(
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i>",
        "<table>",
        "<td>",
        "</table>",
        "<ul>",
        "<li>",
        "<a href='",
    ),
    *(
        "<svg>",
        "<math>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "<script>",
        "<title>",
        "<br>",
        "<x>",
    ),
    *(
        "'",
        '"',
        "<",
        ">",
        "&",
        "&amp;",
        "&lt;",
        "&#x6a;",
        "javascript:",
        "https://x/",
        " ",
        "字",
        "\x00",
    ),
    *(
        "<pre>\n",
        "<textarea>",
        "</x>",
        "<a>",
        "</a>",
        "<select>",
        "<h3>",
        "<blockquote>",
        "\ud800",
        "\r",
    ),
]


class Inspector(HTMLParser):
    """Lists what a reader of the output would find in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_comment(self, data: str) -> None:
        self.tags.add("!--")

    def handle_decl(self, decl: str) -> None:
        self.tags.add("!")


def is_harmless(html: str) -> bool:
    found = Inspector(html)
    hrefs = [value or "" for name, value in found.attributes if name == "href"]
    schemes = {href.partition(":")[0] for href in hrefs if ":" in href.partition("/")[0]}
    return (
        found.tags <= TAGS
        and {name for name, _value in found.attributes} <= {"href", "rel"}
        and schemes <= {"http", "https", "mailto"}
    )


@pytest.mark.parametrize("html", ATTACKS)
def test_nothing_harmful_comes_out(html: str) -> None:
    cleaned = sanitise(html)

    assert is_harmless(cleaned), cleaned
    assert sanitise(cleaned) == cleaned


@pytest.mark.parametrize("html", [attack for attack in ATTACKS if "javascript:123" not in attack])
def test_the_second_look_would_hold_alone(html: str) -> None:
    assert is_harmless(second_look(html))


@given(st.lists(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=5)), max_size=40).map("".join))
def test_cleaning_twice_is_cleaning_once(html: str) -> None:
    cleaned = sanitise(html)

    assert is_harmless(cleaned), cleaned
    assert sanitise(cleaned) == cleaned
    assert "<" not in plain_text(html) or "&lt;" in cleaned


@pytest.mark.parametrize(
    "html",
    [
        "<p>一段<strong>重点</strong>，<em>强调</em>。</p>",
        "<h3>研讨</h3><ul><li>甲</li><li>乙</li></ul><ol><li>一</li></ol>",
        "<table><caption>分工</caption><tbody><tr><th>人</th><td>事</td></tr></tbody></table>",
        "<blockquote><p>引文</p></blockquote><pre><code>a &lt; b &amp;&amp; c</code></pre><hr>",
        "<p>H<sub>2</sub>O，m<sup>2</sup>，<s>删</s><u>线</u><br>阿衣·布茹 䶮𠮷</p>",
    ],
)
def test_ordinary_writing_comes_out_as_it_went_in(html: str) -> None:
    assert sanitise(html) == html


@pytest.mark.parametrize(
    "href", ["https://example.com/?a=1&amp;b=2", "mailto:a@example.com", "/cases/12/"]
)
def test_links_are_kept_and_marked(href: str) -> None:
    assert sanitise(f'<a href="{href}">x</a>') == f'<a href="{href}" rel="{LINK_REL}">x</a>'


def test_a_writers_own_rel_does_not_count() -> None:
    assert sanitise('<a href="/x" rel="opener">x</a>') == f'<a href="/x" rel="{LINK_REL}">x</a>'


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("字" * (BYTES_MAX // 3 + 1), "正文有65kB，最多64kB"),
        ("<div>" * 51, "嵌套超过50层"),
        ("<p" + " a=1" * 21 + ">x", "超过20个属性"),
        ("<p>x</p>" * (MARKS_MAX // 2 + 1), "3002处，最多3000处"),
        ("<" * 3001, "3001处，最多3000处"),
    ],
)
def test_too_much_markup_is_refused_with_a_reason(html: str, says: str) -> None:
    with pytest.raises(TooMuchMarkup) as refused:
        sanitise(html)

    assert refused.value.code == "too_much_markup"
    assert says in refused.value.message


def test_a_text_of_the_largest_size_passes() -> None:
    assert len(sanitise("字" * (BYTES_MAX // 3))) == BYTES_MAX // 3


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "<div>",
            "<ul><li>",
            "<b><p></b>",
            "<a href=1><p>",
            "<table><b>",
            "<i></p>",
            "<p>",
            "</p>",
        ),
        *(
            "<",
            ">",
            "&",
            "&amp;",
            '<a b="',
            "<!--",
            "<svg><![CDATA[>",
            "<div><!--</div>-->",
            "<form>",
        ),
        *(
            "<template>",
            "<select>",
            "<nobr>",
            "<button><p></button>",
            "<h1><h2>",
            "<math><mi></math>",
        ),
        *("\x00", "<b x=1><b x=2><b x=3><p></b></b></b>", "<object></object><p>", "<table>a", "字"),
    ],
)
def test_the_worst_input_costs_little(unit: str) -> None:
    html = unit * (BYTES_MAX // len(unit.encode()))
    started = time.process_time()
    with suppress(TooMuchMarkup):
        sanitise(html)

    assert time.process_time() - started < (1 if sys.gettrace() else 0.2)


def test_parsers_that_never_agree_leave_the_words_only(monkeypatch) -> None:
    monkeypatch.setattr("community.sanitise._second_look", lambda html: f"{html}<b>甲</b>")

    assert sanitise("<i>a &lt; b</i>").startswith("a &lt; b甲甲")


def test_plain_text_has_the_words_and_the_lines() -> None:
    html = "<h3>题</h3><p>甲&lt;b&gt;<b>乙</b></p><ul><li>一<li>二</ul>末<br>尾<script>坏</script>"

    assert plain_text(html) == "题\n甲<b>乙\n一\n二\n末\n尾"
