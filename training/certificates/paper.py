"""A certificate as a PDF: A4 landscape, tagged, the same bytes for the same facts.

The PDF follows design/src/templates/certificate.html. What is drawn depends on the snapshot, its
template, the fonts, the check address and the seal, and on nothing else: no clock, no database, no
system font, no network.
"""

import base64
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

import segno
import typst

from community.wording import cn_numeral_date
from training.certificates.glyphs import IGNORED, KAI, FontShelf, font_shelf
from training.certificates.snapshot import CertificateData
from training.certificates.wording import body_sentence, number_line

TEMPLATES: Final = {"1": Path(__file__).parent / "papers" / "paper-1.typ"}
"""The sheet by template version. A published version is never edited: a new look is a new file."""

_QR_LINES: Final = ("扫码查验", "", "请核对页面与本证内容一致")
_QR_ALT: Final = "查验二维码"
_SEAL_LINES: Final = ("电子签章", "签发后显示")
_SEAL_ALT: Final = "电子签章"
_SAMPLE_MARK: Final = "示例，不作证明"
_TOO_MUCH: Final = "the text does not fit on the sheet"

_CHINESE: Final = re.compile("[\u2e80-\u9fff\U00020000-\U0003ffff]")
_ODD_SPACES: Final = re.compile(r"[^\S \u3000]+")
_UNBREAKABLE: Final = re.compile(r"[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]{25,}")
_BREAKS_EVERY: Final = 10

_compiling: Final = Lock()
_drawn_in: Final[set[int]] = set()


class PaperFault(ValueError):
    """One certificate cannot be drawn; its number, its record and all others stand."""


class GlyphsMissing(PaperFault):
    """No font has these ``characters``: the PDF is 待补字."""

    def __init__(self, characters: str) -> None:
        super().__init__(f"no font draws {characters!r}")
        self.characters = characters


class SheetFull(PaperFault):
    """The words of one certificate do not fit on one page, however small they are set."""


def render_certificate(
    data: CertificateData,
    *,
    font_dirs: Iterable[Path],
    verify_url: str,
    seal: bytes | None = None,
) -> bytes:
    """The certificate as PDF bytes, always one page, in a fraction of a second.

    ``verify_url`` is the public address of the check without the number (https://host/v/); the QR
    code adds the number. ``seal`` is a PNG or JPEG; without one its place is marked.

    Raises GlyphsMissing where a character cannot be drawn, SheetFull where even small type does
    not fit, and ValueError for a template version we do not have.
    """
    shelf = font_shelf(font_dirs)
    return _render(data, shelf=shelf, verify_url=verify_url, seal=_seal_svg(seal))


def render_many(
    certificates: Iterable[CertificateData],
    *,
    font_dirs: Sequence[Path],
    verify_url: str,
    seal: bytes | None = None,
) -> Iterator[tuple[CertificateData, bytes | PaperFault]]:
    """Each certificate with its PDF, or with why it has none, one at a time.

    The same bytes as ``render_certificate`` gives; the fonts are looked through once.
    """
    shelf = font_shelf(font_dirs)
    seal_svg = _seal_svg(seal)
    for data in certificates:
        try:
            yield data, _render(data, shelf=shelf, verify_url=verify_url, seal=seal_svg)
        except PaperFault as fault:
            yield data, fault


def printed_text(data: CertificateData, verify_url: str) -> str:
    """Every character that would stand on the sheet, for ``missing_glyphs``."""
    sheet = _sheet(data, verify_url)
    parts = [sheet[name] for name in ("title", "issuer", "issued_words", "sample_mark")]
    parts += [text for pair in sheet["number_line"] for text in pair]
    parts += [run["text"] for run in sheet["sentence"]]
    parts += [*sheet["qr_lines"], *sheet["seal_lines"]]
    return "".join(parts)


def _render(data: CertificateData, *, shelf: FontShelf, verify_url: str, seal: str | None) -> bytes:
    template = TEMPLATES.get(data.template_version)
    if template is None:
        raise ValueError(f"no certificate template {data.template_version}")
    missing = shelf.missing(printed_text(data, verify_url))
    if missing:
        raise GlyphsMissing(missing)
    inputs = {
        "sheet": json.dumps(_with_fonts(_sheet(data, verify_url), shelf)),
        "qr": _qr_svg(check_address(data.number, verify_url)),
    }
    if seal:
        inputs["seal"] = seal
    issued = datetime(data.issued_on.year, data.issued_on.month, data.issued_on.day, tzinfo=UTC)
    # One compiler serves every thread of the process; it is not made for two at once.
    # PDF/A-2a is for keeping, PDF/UA-1 for reading aloud; both refuse a character without a glyph.
    _stay_in_one_process()
    with _compiling:
        try:
            pdf = _compiler(shelf, template).compile(
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=["a-2a", "ua-1"],
                timestamp=int(issued.timestamp()),
            )
        except typst.TypstError as error:
            if _TOO_MUCH in error.message:
                raise SheetFull(data.number) from error
            raise
    assert isinstance(pdf, bytes)
    return pdf


def _stay_in_one_process() -> None:
    """Refuse in a process forked from one that has drawn already: it would wait for ever.

    The compiler's threads do not live on in a forked child. Forking first and drawing afterwards,
    as task workers do, is well.
    """
    if _drawn_in and os.getpid() not in _drawn_in:
        raise RuntimeError("certificates were drawn before this process was forked; fork first")
    _drawn_in.add(os.getpid())


def check_address(number: str, verify_url: str) -> str:
    """Where a certificate is checked: ``verify_url`` with its number."""
    return f"{verify_url.rstrip('/')}/{number}"


@lru_cache(maxsize=4)
def _compiler(shelf: FontShelf, template: Path) -> typst.Compiler:
    return typst.Compiler(
        input=str(template),
        root=str(template.parent),
        font_paths=shelf.fonts,
        ignore_system_fonts=True,
    )


def _sheet(data: CertificateData, verify_url: str) -> dict[str, Any]:
    address = urlsplit(verify_url)
    lines = list(_QR_LINES)
    lines[1] = f"{address.netloc}{address.path}".rstrip("/")
    return {
        "document_title": _one_line(f"{data.title} {data.number}"),
        "title": _one_line(data.title),
        "number_line": [[label, _one_line(value)] for label, value in number_line(data)],
        "sentence": [
            {"text": _one_line(text), "emphasised": emphasised}
            for text, emphasised in body_sentence(data)
        ],
        "issuer": _one_line(data.issuer),
        "issued": [data.issued_on.year, data.issued_on.month, data.issued_on.day],
        "issued_words": cn_numeral_date(data.issued_on),
        "qr_lines": lines,
        "qr_alt": _QR_ALT,
        "seal_lines": _SEAL_LINES,
        "seal_alt": _SEAL_ALT,
        "sample_mark": _SAMPLE_MARK if data.is_sample else "",
    }


def _with_fonts(sheet: dict[str, Any], shelf: FontShelf) -> dict[str, Any]:
    """Name the fonts. Kai writes Chinese, and only what it has whole: a name is of one hand."""
    families = shelf.families()

    def in_kai(text: str) -> list[str]:
        takes_kai = _CHINESE.search(text) is not None and shelf.draws(text, KAI)
        return [KAI, *families] if takes_kai else families

    runs = [{**run, "families": in_kai(run["text"])} for run in sheet["sentence"]]
    title_families = in_kai(sheet["title"])
    return {**sheet, "families": families, "title_families": title_families, "sentence": runs}


def _one_line(text: str) -> str:
    """``text`` in one line, with places to break where letters run on for longer than a line."""
    plain = _ODD_SPACES.sub(" ", IGNORED.sub("", text))
    return _UNBREAKABLE.sub(_with_breaks, plain)


def _with_breaks(run: re.Match[str]) -> str:
    letters = run.group()
    starts = range(0, len(letters), _BREAKS_EVERY)
    return "\u200b".join(letters[start : start + _BREAKS_EVERY] for start in starts)


def _qr_svg(address: str) -> str:
    svg = io.BytesIO()
    segno.make_qr(address, error="m").save(svg, kind="svg", border=0, xmldecl=False)
    return svg.getvalue().decode()


def _seal_svg(seal: bytes | None) -> str | None:
    """The seal as the one kind of picture the template reads, its shape kept."""
    if seal is None:
        return None
    kind = _picture_kind(seal)
    picture = base64.b64encode(seal).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'viewBox="0 0 100 100" width="100" height="100">'
        f'<image width="100" height="100" xlink:href="data:image/{kind};base64,{picture}"/></svg>'
    )


def _picture_kind(picture: bytes) -> str:
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if picture.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    raise ValueError("a seal is a PNG or JPEG picture")
