"""What can be wrong with a row: stable codes, and in words where + what + how to mend it.

A fault is plain data, to be kept and compared; the words are found when somebody reads them
(design.md §5).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from django.utils.translation import gettext, gettext_noop

from training.roster.columns import TITLES


class Fix(NamedTuple):
    """One way to mend a fault: other cells, or a decision about the row."""

    cells: dict[str, str] = {}
    decision: dict[str, Any] = {}


class Fault(NamedTuple):
    """What is wrong in one cell, the figures of its sentence, and what we propose."""

    code: str
    column: str
    value: str
    details: dict[str, Any] = {}
    fixes: tuple[Fix, ...] = ()


class Words(NamedTuple):
    """A fault in words: what happened, and what to do."""

    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.reason}，{self.remedy}。"


_N = gettext_noop
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "name_missing": (_N("姓名是空的"), _N("请填写姓名")),
    "id_kind_unknown": (
        _N("没有“%(value)s”这种证件类型"),
        _N("请从列表中选择证件类型"),
    ),
    "id_digits_lost": (
        _N("证件号是数字格式，末几位已经变成0"),
        _N("请把这一列设为“文本”，按证件重新填写"),
    ),
    "id_twice": (
        _N("证件号与第%(row)s行“%(name)s”相同，姓名不同"),
        _N("请按证件核对这两行"),
    ),
    "id_other_name": (
        _N("这个证件号在系统里登记的姓名是“%(known)s”"),
        _N("请按证件核对姓名和证件号"),
    ),
    "id_other_name_elsewhere": (
        _N("这个证件号在系统里登记的是另一个姓名"),
        _N("请按证件核对姓名和证件号"),
    ),
    "id_differs": (
        _N("系统里这个姓名和手机号登记的是另一个证件号"),
        _N("请按证件核对证件号"),
    ),
    "phone_missing": (_N("手机号是空的"), _N("请填写11位手机号")),
    "phone_twice": (
        _N("这个手机号与第%(row)s行“%(name)s”相同"),
        _N("请核对号码"),
    ),
    "phone_and_name_twice": (
        _N("姓名和手机号与第%(row)s行相同，证件号不同"),
        _N("请按证件核对这两行"),
    ),
    "city_missing": (_N("市州是空的"), _N("请填写市州")),
    "city_is_blank": (_N("市州是空的，%(county)s属于%(city)s"), _N("请把市州填为“%(city)s”")),
    "city_unknown": (_N("没找到“%(value)s”这个市州"), _N("请从列表中选择市州")),
    "city_perhaps": (
        _N("没找到“%(value)s”这个市州，%(county)s属于%(city)s"),
        _N("请把市州改为“%(city)s”"),
    ),
    "county_missing": (
        _N("县是空的"),
        _N("请填写县（市、区），市州直属单位请填“%(own)s”"),
    ),
    "county_unknown": (_N("%(city)s没有“%(value)s”"), _N("请从列表中选择县（市、区）")),
    "county_perhaps": (
        _N("%(city)s没有“%(value)s”，是不是“%(near)s”"),
        _N("请改县名"),
    ),
    "county_elsewhere": (
        _N("%(value)s属于%(where)s，不属于%(city)s"),
        _N("请改县名，或改市州"),
    ),
    "county_in_many_cities": (
        _N("%(where)s都有%(value)s"),
        _N("请填写市州"),
    ),
    "out_of_scope": (
        _N("%(place)s不在您的管辖范围（%(own)s）"),
        _N("请改县名，或请当地的管理员导入这一行"),
    ),
    "unit_missing": (_N("单位是空的"), _N("请填写单位全称")),
    "unit_unknown": (
        _N("%(place)s没有找到单位“%(value)s”"),
        _N("请改单位名称，确实没有的可以新增单位"),
    ),
    "unit_perhaps": (
        _N("%(place)s没有找到单位“%(value)s”，是不是“%(near)s”"),
        _N("请改单位名称，确实没有的可以新增单位"),
    ),
    "unit_in_many_ways": (
        _N("%(place)s有几个单位都像“%(value)s”"),
        _N("请填写单位全称"),
    ),
    "unit_closed": (_N("单位“%(value)s”已经停用"), _N("请改填现在的单位")),
    "trainee_type_missing": (_N("人员类别是空的"), _N("请从列表中选择人员类别")),
    "trainee_type_unknown": (
        _N("没有“%(value)s”这种人员类别"),
        _N("请从列表中选择人员类别"),
    ),
    "too_long": (
        _N("%(column)s有%(count)s个字，最多%(limit)s个"),
        _N("请写短一些"),
    ),
    "bad_character": (
        _N("%(column)s中有无法保存或显示的字符"),
        _N("请删去后重新输入"),
    ),
    "cell_is_date": (
        _N("%(column)s被表格变成了日期"),
        _N("请把这一列设为“文本”后重新填写"),
    ),
    "cell_is_merged": (
        _N("%(column)s与别的单元格合并了，读不到这一格"),
        _N("请取消合并，逐行填写"),
    ),
    "stray_row": (
        _N("这一行只填了“%(value)s”，不像一个人"),
        _N("请补全这一行，或选择不导入"),
    ),
    "enrolled_elsewhere": (
        _N("%(name)s已在本班名单里，由别的县报送"),
        _N("请与班次的管理员核对由哪个县报送"),
    ),
    "suspect": (_N("%(why)s"), _N("请确认是不是同一个人")),
}

# Whose sentences are the ground's own: `community.names`, `.identity`, `.phones`.
_SPOKEN: Final = frozenset({"name_wrong", "id_wrong", "phone_wrong"})

CODES: Final = frozenset(_WORDS) | _SPOKEN


def words(fault: Fault) -> Words:
    """The fault's reason and remedy, each without its full stop."""
    if fault.code in _SPOKEN:
        reason, found, remedy = fault.details["words"].rstrip("。").rpartition("，请")
        return (
            Words(reason, gettext("请%(remedy)s") % {"remedy": remedy})
            if found
            else Words(remedy, gettext("请核对后重新填写"))
        )
    reason, remedy = _WORDS[fault.code]
    figures = {
        "value": fault.value,
        "column": TITLES.get(fault.column, ""),
        **fault.details,
    }
    return Words(gettext(reason) % figures, gettext(remedy) % figures)


def to_json(fault: Fault) -> list[Any]:
    """A fault as JSON keeps it."""
    return [
        fault.code,
        fault.column,
        fault.value,
        fault.details,
        [[fix.cells, fix.decision] for fix in fault.fixes],
    ]


def from_json(kept: list[Any]) -> Fault:
    """The inverse of `to_json`."""
    code, column, value, details, fixes = kept
    return Fault(
        code, column, value, details, tuple(Fix(cells, decision) for cells, decision in fixes)
    )
