"""Why a file cannot be read: one class a reason, one sentence that says where, what and what to do.

Codes are stable; the child knows codes and figures only, the words are here.
"""

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from community.refusals import Refusal
from community.spreadsheets.headers import letters
from community.wording import thousands

_NAMES_SHOWN = 10
_MEGABYTE = 1024**2


class FileFault(Refusal):
    """A spreadsheet that cannot be read as a whole. ``details`` are the figures of its sentence."""

    code = "file_fault"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, **details: Any) -> None:
        super().__init__(self.words(details), **details)

    def words(self, about: dict[str, Any]) -> str:
        """The sentence for ``about``, which has ``file`` and what the child found."""
        return _("“%(file)s”读不出来。请用Excel或WPS打开后另存为.xlsx，再上传。") % about


class FileEmpty(FileFault):
    """No bytes, no cells, or a header without rows."""

    code = "file_empty"

    def words(self, about: dict[str, Any]) -> str:
        if about.get("what") == "rows":
            place = _place(about)
            return _("%(place)s下面没有数据。请从表头的下一行开始填写，保存后再上传。") % {
                "place": place
            }
        if about.get("hidden"):
            return (
                _("“%(file)s”里看得见的工作表都是空的。请取消隐藏填了数据的工作表，再上传。")
                % about
            )
        return _("“%(file)s”是空的。请选填好数据的文件再上传。") % about


class NotASpreadsheet(FileFault):
    """Another kind of file, whatever its name says."""

    code = "not_a_spreadsheet"

    def words(self, about: dict[str, Any]) -> str:
        kinds = {
            "pdf": _("PDF文件"),
            "html": _("网页，不是表格（有的系统导出的.xls其实是网页）"),
            "xml": _("XML文本，不是.xlsx"),
            "docx": _("Word文档"),
            "pptx": _("演示文稿"),
            "xlsb": _(".xlsb二进制表格"),
            "ods": _(".ods表格"),
            "image": _("图片"),
            "zip": _("压缩包"),
            "text": _("文本，不是.xlsx（如果它本来是CSV，把扩展名改为.csv即可）"),
        }
        kind = kinds.get(about["found"], _("别的格式，不是表格"))
        return _("“%(file)s”的内容是%(kind)s。请用Excel或WPS另存为.xlsx，再上传。") % {
            **about,
            "kind": kind,
        }


class OldXls(FileFault):
    """A workbook of Excel 97–2003, perhaps under the name .xlsx."""

    code = "old_xls"

    def words(self, about: dict[str, Any]) -> str:
        if about["suffix"] == ".xlsx":
            return (
                _(
                    "“%(file)s”的扩展名是.xlsx，内容却是旧版.xls。请用Excel或WPS打开，另存为.xlsx，再上传。"
                )
                % about
            )
        return _("“%(file)s”是旧版.xls格式。请用Excel或WPS打开，另存为.xlsx，再上传。") % about


class PasswordProtected(FileFault):
    """A workbook that opens only with a password."""

    code = "password_protected"

    def words(self, about: dict[str, Any]) -> str:
        return (
            _("“%(file)s”设了打开密码。请在Excel的“信息→保护工作簿”里去掉密码，保存后再上传。")
            % about
        )


class TooLarge(FileFault):
    """More bytes, or more content, than one reading may hold."""

    code = "too_large"

    def words(self, about: dict[str, Any]) -> str:
        if about["what"] == "file":
            sizes = {
                "size": thousands(-(-about["size"] // _MEGABYTE)),
                "limit": thousands(about["limit"] // _MEGABYTE),
            }
            return _(
                "“%(file)s”有%(size)sMB，超过上限%(limit)sMB。请去掉图片，或分成几个文件上传。"
            ) % {
                **about,
                **sizes,
            }
        return (
            _("“%(file)s”展开后内容太多。请把需要的列复制到新的表里，或分成几个文件上传。") % about
        )


class ZipBomb(FileFault):
    """An archive that unpacks to far more than a spreadsheet of its size."""

    code = "zip_bomb"

    def words(self, about: dict[str, Any]) -> str:
        return (
            _(
                "“%(file)s”展开后大得不正常，没有读取。请把数据复制到新建的表里，另存为.xlsx，再上传。"
            )
            % about
        )


class TooManyRows(FileFault):
    """More rows than one file may bring, or one cell far below the rest."""

    code = "too_many_rows"

    def words(self, about: dict[str, Any]) -> str:
        about = {**about, "limit": thousands(about["limit"])}
        if about.get("rows"):
            about["rows"] = thousands(about["rows"])
            return (
                _(
                    "“%(file)s”一直写到第%(rows)s行，一个文件最多%(limit)s行。请删除多余的行（末尾的空格也算内容），"
                    "或分成几个文件上传。"
                )
                % about
            )
        return _("“%(file)s”超过%(limit)s行。请分成几个文件上传。") % about


class TooManyColumns(FileFault):
    """More columns than a roster can have, or one cell far to the right."""

    code = "too_many_columns"

    def words(self, about: dict[str, Any]) -> str:
        last = about["last"]
        name = letters(last) if isinstance(last, int) else last
        figures = {**about, "last": name, "limit": thousands(about["limit"])}
        return (
            _(
                "“%(file)s”一直写到第%(last)s列，最多%(limit)s列。请删除多余的列（远处的空格也算内容），"
                "再上传。"
            )
            % figures
        )


class WrongSheet(FileFault):
    """None of several sheets has the header."""

    code = "wrong_sheet"

    def words(self, about: dict[str, Any]) -> str:
        figures = {**about, "sheets": _quoted(about["sheets"]), "hidden": _quoted(about["hidden"])}
        if about["hidden"]:
            return (
                _(
                    "“%(file)s”的工作表%(sheets)s里没有找到表头，隐藏的%(hidden)s没有读取。请把填好的工作表"
                    "取消隐藏，或移到一个单独的文件再上传。"
                )
                % figures
            )
        return (
            _("“%(file)s”的工作表%(sheets)s里都没有找到表头。请把数据填进模板，再上传。") % figures
        )


class HeaderMissing(FileFault):
    """No header row, or one that lacks required columns."""

    code = "header_missing"

    def words(self, about: dict[str, Any]) -> str:
        names = "、".join(about["missing"][:_NAMES_SHOWN])
        if about.get("row"):
            place = _place(about)
            return _("%(place)s缺少%(names)s。请补上这些列，或把数据填进模板，再上传。") % {
                "place": place,
                "names": names,
            }
        sentence = _(
            "“%(file)s”的前%(rows)s行没有找到表头（应有%(names)s）。请把数据填进模板，再上传。"
        )
        if about.get("encoding") == "gb18030":
            sentence = _(
                "“%(file)s”的前%(rows)s行没有找到表头（应有%(names)s），文字编码也可能不对。"
                "请用Excel打开，另存为.xlsx，再上传。"
            )
        return sentence % {**about, "names": names}


class HeaderDoubled(FileFault):
    """The same column twice: nobody can tell which one counts."""

    code = "header_doubled"

    def words(self, about: dict[str, Any]) -> str:
        names = "、".join(about["doubled"][:_NAMES_SHOWN])
        return _("%(place)s有两列%(names)s。请只保留要用的一列，再上传。") % {
            "place": _place(about),
            "names": names,
        }


class EncodingUnknown(FileFault):
    """A CSV file that is neither UTF-8, marked UTF-16, nor GB18030."""

    code = "encoding_unknown"

    def words(self, about: dict[str, Any]) -> str:
        return (
            _(
                "“%(file)s”第%(row)s行的文字编码认不出来。请用Excel打开，另存为.xlsx"
                "或“CSV UTF-8（逗号分隔）”，再上传。"
            )
            % about
        )


class Unreadable(FileFault):
    """Damaged, or no parser can make sense of it."""

    code = "unreadable"

    def words(self, about: dict[str, Any]) -> str:
        reason = about.get("reason")
        if reason == "quotes":
            return (
                _(
                    "“%(file)s”第%(row)s行起双引号不成对。请补上或删去多余的双引号，或另存为.xlsx，再上传。"
                )
                % about
            )
        if reason == "nul":
            return _("“%(file)s”第%(row)s行有空字符。请用Excel打开，另存为.xlsx，再上传。") % about
        return _("“%(file)s”已损坏，读不出来。请用Excel或WPS打开后另存为.xlsx，再上传。") % about


class TimedOut(FileFault):
    """Reading took longer than it may."""

    code = "timed_out"

    def words(self, about: dict[str, Any]) -> str:
        return (
            _(
                "“%(file)s”读了%(seconds)s秒还没有读完。请去掉图片、公式和多余的工作表，或分成几个文件上传。"
            )
            % about
        )


_KINDS: dict[str, type[FileFault]] = {kind.code: kind for kind in FileFault.__subclasses__()}
CODES = frozenset(_KINDS)


def fault(code: str, **details: Any) -> FileFault:
    """The fault with this code; ``details`` as its class and the child agree on."""
    return _KINDS[code](**details)


def _quoted(names: list[str]) -> str:
    """“名单”、“教师”, and at most so many of them."""
    shown = "、".join(f"“{name}”" for name in names[:_NAMES_SHOWN])
    return _("%(names)s等") % {"names": shown} if len(names) > _NAMES_SHOWN else shown


def _place(about: dict[str, Any]) -> str:
    """Which row of which sheet of which file is the header."""
    if about.get("sheet"):
        return _("“%(file)s”的工作表“%(sheet)s”第%(row)s行（表头）") % about
    return _("“%(file)s”第%(row)s行（表头）") % about
