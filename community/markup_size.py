"""How deep and how wide markup is, found in one pass: the caps in front of HTML parsers.

The scan follows the tokenizer of the HTML standard as far as it matters for counting and errs
towards too deep: a closing tag takes a level away only where it closes the innermost element.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BYTES_MAX: Final = 64 * 1024
DEPTH_MAX: Final = 50
ATTRIBUTES_MAX: Final = 20
"""Bytes of a text, levels of nesting, attributes of one tag: security.md F1."""

_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input"}) | {
    *("link", "meta", "param", "source", "track", "wbr"),
}
# An element of these ends where its parent ends, with no tag of its own.
_ENDS_BY_ITSELF: Final = frozenset(
    {"dd", "dt", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
# What the opening tag of a sibling, or of a parent's sibling, ends in the same way.
_CELLS: Final = frozenset({"td", "th"})
_ROWS: Final = _CELLS | {"tr"}
_GROUPS: Final = _ROWS | {"tbody", "tfoot", "thead"}
_NOTHING: Final[frozenset[str]] = frozenset()
_ENDED_BY: Final = {
    "li": frozenset({"li"}),
    "option": frozenset({"option"}),
    "p": frozenset({"p"}),
    **dict.fromkeys(("dd", "dt"), frozenset({"dd", "dt"})),
    **dict.fromkeys(("td", "th"), _CELLS),
    "tr": _ROWS,
    **dict.fromkeys(("tbody", "tfoot", "thead"), _GROUPS),
}

_NAME: Final = re.compile(r"[a-zA-Z][^\s/>\x00]*+")
# A value whose quote is never closed swallows the rest of the text, as it does in a browser.
_VALUE: Final = r"""(?:"[^"]*+"|'[^']*+'|["'][\s\S]*+|[^\s>]*+)"""
_ATTRIBUTE: Final = re.compile(rf"[\s/]*+(?:(?P<end>>)|[^\s/>][^\s/>=]*+(?:\s*+=\s*+{_VALUE})?+)")
_COMMENT_END: Final = re.compile(r"--!?>")


@dataclass(frozen=True, slots=True)
class MarkupSize:
    """How deep elements stand and how many attributes the widest tag has, up to one past a limit."""

    depth: int
    attributes: int

    @property
    def is_too_deep(self) -> bool:
        return self.depth > DEPTH_MAX

    @property
    def has_too_many_attributes(self) -> bool:
        return self.attributes > ATTRIBUTES_MAX


def measure(html: str) -> MarkupSize:
    """Measure markup in one pass that ends where a limit is passed."""
    open_elements: list[str] = []
    depth = attributes = 0
    for name, is_closing, count in _tags(html):
        attributes = max(attributes, count)
        if is_closing:
            _close(open_elements, name)
        elif name not in _VOID:
            ended = _ENDED_BY.get(name, _NOTHING)
            while open_elements and open_elements[-1] in ended:
                open_elements.pop()
            open_elements.append(name)
            depth = max(depth, len(open_elements))
        if depth > DEPTH_MAX or attributes > ATTRIBUTES_MAX:
            break
    return MarkupSize(depth, attributes)


def _close(open_elements: list[str], name: str) -> None:
    place = len(open_elements) - 1
    while place >= 0 and open_elements[place] != name and open_elements[place] in _ENDS_BY_ITSELF:
        place -= 1
    if place >= 0 and open_elements[place] == name:
        del open_elements[place:]


def _tags(html: str) -> Iterator[tuple[str, bool, int]]:
    """Each tag's lower-case name, whether it closes, and how many attributes it has."""
    place = html.find("<")
    while place >= 0:
        after = place + 1
        is_closing = html.startswith("/", after)
        name = _NAME.match(html, after + is_closing)
        if name:
            count, end = _attributes(html, name.end())
            yield name.group().lower(), is_closing, count
        elif html.startswith("<!--", place):
            end = _end_of_comment(html, place + 4)
        elif html[after : after + 1] in ("!", "?", "/"):
            end = html.find(">", after) + 1 or len(html)
        else:
            end = after
        place = html.find("<", end)


def _attributes(html: str, place: int) -> tuple[int, int]:
    """How many attributes begin at ``place``, and where the tag ends."""
    count = 0
    while found := _ATTRIBUTE.match(html, place):
        place = found.end()
        if found.group("end"):
            return count, place
        count += 1
    return count, len(html)


def _end_of_comment(html: str, place: int) -> int:
    for at_once in (">", "->"):
        if html.startswith(at_once, place):
            return place + len(at_once)
    found = _COMMENT_END.search(html, place)
    return found.end() if found else len(html)
