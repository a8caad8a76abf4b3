"""The one door for text with markup that people write: in goes anything, out comes a short list.

Rules: security.md F1, F2, T10–T12. Caps stand in front because every HTML parser has inputs that
cost it far more than their length; `nh3` is the barrier; `bleach` goes over what it let through,
and both repeat until neither changes anything, so that cleaning twice is cleaning once.
"""

import html as html_escapes
import re
from typing import ClassVar, Final

import bleach
import nh3
from django.utils.translation import gettext as _

from community.markup_size import ATTRIBUTES_MAX, BYTES_MAX, DEPTH_MAX, measure
from community.refusals import Refusal

_BLOCKS: Final = {"blockquote", "br", "h3", "h4", "hr", "li", "ol", "p", "pre", "ul"}
_WORDS: Final = {"a", "b", "code", "em", "i", "s", "strong", "sub", "sup", "u"}
_TABLES: Final = {"caption", "table", "tbody", "td", "th", "thead", "tr"}
TAGS: Final = frozenset(_BLOCKS | _WORDS | _TABLES)
"""No image, style, form, frame, svg or math; no class, id or name, which could pose as our page."""

MARKS_MAX: Final = 3_000
"""Tags and entities in what nh3 leaves; a long post with a table has some hundreds."""

URL_SCHEMES: Final = frozenset({"http", "https", "mailto"})
LINK_REL: Final = "noopener nofollow ugc"

_PASSES_MAX: Final = 8
_END_OF_BLOCK: Final = re.compile(r"<br>|<hr>|</(?:p|li|h3|h4|blockquote|pre|tr|caption)>")
_SURROGATES: Final = re.compile(r"[\x00\ud800-\udfff]")
_BLANK_LINES: Final = re.compile(r"\n\s*\n+")


class TooMuchMarkup(Refusal):
    """More markup than anybody writes by hand."""

    code: ClassVar[str] = "too_much_markup"


def sanitise(html: str) -> str:
    """The harmless part of ``html``, the same for every further call.

    Raises `TooMuchMarkup` above 64 kB, 50 levels, 20 attributes in one tag or 3,000 marks.
    """
    html = _SURROGATES.sub("\ufffd", html)
    _check_size(html)
    for _pass in range(_PASSES_MAX):
        once = _through_barrier(html)
        if once == html:
            once = _second_look(html)
            if once == html:
                return html
        html = once
    # Nothing seen so far needs this: two parsers that never agree do not get the last word.
    return html_escapes.escape(_text_of(html))


def plain_text(html: str) -> str:
    """What ``html`` says without any markup, blocks on lines of their own; for lists and search."""
    return _text_of(sanitise(html))


def _text_of(cleaned: str) -> str:
    lines = _END_OF_BLOCK.sub(lambda end: f"\n{end.group()}", cleaned)
    text = html_escapes.unescape(nh3.clean(lines, tags=set()))
    return _BLANK_LINES.sub("\n", text).strip()


def _check_size(html: str) -> None:
    size = len(html.encode())
    if size > BYTES_MAX:
        raise TooMuchMarkup(
            _("正文有%(size)dkB，最多%(limit)dkB，请分成几篇或改用附件。")
            % {"size": -(-size // 1024), "limit": BYTES_MAX // 1024}
        )
    _check_shape(html)


def _check_shape(html: str) -> None:
    size = measure(html)
    if size.is_too_deep:
        raise TooMuchMarkup(
            _("正文的格式嵌套超过%(limit)d层，请粘贴为纯文本后再排版。") % {"limit": DEPTH_MAX}
        )
    if size.has_too_many_attributes:
        raise TooMuchMarkup(
            _("正文中有一处格式带了超过%(limit)d个属性，请粘贴为纯文本后再排版。")
            % {"limit": ATTRIBUTES_MAX}
        )


_BARRIER: Final = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}},
    url_schemes=set(URL_SCHEMES),
    link_rel=LINK_REL,
    strip_comments=True,
)


def _through_barrier(html: str) -> str:
    """What nh3 leaves, if it is small enough for a slower parser.

    What the scan in front was talked out of shows here, where tags are well-formed: bleach needs
    25 µs and more for a mark that costs nh3 less than one.
    """
    html = _BARRIER.clean(html)
    marks = html.count("<") + html.count("&")
    if marks > MARKS_MAX:
        raise TooMuchMarkup(
            _("正文的格式和符号有%(count)d处，最多%(limit)d处，请粘贴为纯文本后再排版。")
            % {"count": marks, "limit": MARKS_MAX}
        )
    _check_shape(html)
    return html


def _second_look(html: str) -> str:
    # A cleaner of bleach keeps its parser's state, so it cannot be shared by threads.
    cleaner = bleach.Cleaner(
        tags=TAGS,
        attributes={"a": ["href", "rel"]},
        protocols=URL_SCHEMES,
        strip=True,
        strip_comments=True,
    )
    return str(cleaner.clean(html))
