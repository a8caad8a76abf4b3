"""The columns of a roster (ruling 24), and the one reading of what people write in its lists."""

from __future__ import annotations

from typing import Final

from community.identity import IdKind
from community.models import Member
from community.spreadsheets.limits import Column

NAME: Final = "name"
ID_KIND: Final = "id_kind"
ID_NUMBER: Final = "id_number"
PHONE: Final = "phone"
CITY: Final = "city"
COUNTY: Final = "county"
UNIT: Final = "unit"
POST: Final = "post"
TRAINEE_TYPE: Final = "trainee_type"
SEAT: Final = "seat"
GROUP: Final = "group"

KEYS: Final = (
    NAME,
    ID_KIND,
    ID_NUMBER,
    PHONE,
    CITY,
    COUNTY,
    UNIT,
    POST,
    TRAINEE_TYPE,
    SEAT,
    GROUP,
)
"""The identifiers of the columns, in the template's order."""

COLUMNS: Final = (
    Column("姓名", aliases=("名字", "学员姓名", "教师姓名", "参训人员"), width=12),
    Column(
        "证件类型",
        required=False,
        aliases=("证件类别", "证件种类"),
        width=18,
    ),
    Column(
        "证件号",
        required=False,
        aliases=("证件号码", "身份证号", "身份证号码", "身份证"),
        width=22,
    ),
    Column("手机号", aliases=("手机", "手机号码", "移动电话", "联系电话", "电话"), width=15),
    Column("市州", aliases=("市（州）", "市(州)", "市", "地市", "所在市州"), width=20),
    Column(
        "县",
        aliases=("县（市、区）", "县(市、区)", "县（市区）", "区县", "县区", "县市区", "区（县）"),
        width=18,
    ),
    Column("单位", aliases=("单位名称", "工作单位", "所在单位", "学校", "学校名称"), width=32),
    Column("职务", required=False, aliases=("岗位", "职务（岗位）"), width=12),
    Column(
        "人员类别",
        aliases=("人员类型", "学员类别"),
        width=16,
    ),
    Column("座位", required=False, aliases=("座位号", "座次"), width=12),
    Column("研讨组", required=False, aliases=("分组", "组别", "小组"), width=12),
)

TITLES: Final = dict(zip(KEYS, (column.name for column in COLUMNS), strict=True))
"""What a column is called in the file and on the screen."""

INDEX: Final = {key: at for at, key in enumerate(KEYS)}

LONGEST: Final = {UNIT: 100, POST: 50, SEAT: 20, GROUP: 20}
"""Characters that the free columns hold."""

# One cell merged over several rows reads as the same value in each of them, in these columns.
SHARED_BY_ROWS: Final = frozenset({ID_KIND, CITY, COUNTY, UNIT, POST, TRAINEE_TYPE, GROUP})

ID_KINDS: Final = {
    **{str(label): value for value, label in IdKind.choices},
    "身份证": IdKind.RESIDENT,
    "二代身份证": IdKind.RESIDENT,
    "中国居民身份证": IdKind.RESIDENT,
    "港澳台居住证": IdKind.HMT_RESIDENCE,
    "港澳居民居住证": IdKind.HMT_RESIDENCE,
    "台湾居民居住证": IdKind.HMT_RESIDENCE,
    "中国护照": IdKind.PASSPORT,
    "外国护照": IdKind.PASSPORT,
    "其他证件": IdKind.OTHER,
}

_TYPES = Member.TraineeType
TRAINEE_TYPES: Final = {
    **{str(label): value for value, label in _TYPES.choices},
    "行政干部": _TYPES.ADMINISTRATOR,
    "教育行政": _TYPES.ADMINISTRATOR,
    "教育行政人员": _TYPES.ADMINISTRATOR,
    "校长": _TYPES.PRINCIPAL,
    "园长": _TYPES.PRINCIPAL,
    "校园长": _TYPES.PRINCIPAL,
    "校（园）长": _TYPES.PRINCIPAL,
    "校(园)长": _TYPES.PRINCIPAL,
    "校长（园长）": _TYPES.PRINCIPAL,
    "中小学教师": _TYPES.TEACHER,
    "专任教师": _TYPES.TEACHER,
    "老师": _TYPES.TEACHER,
    "教研员": _TYPES.RESEARCHER,
    "教研人员": _TYPES.RESEARCHER,
    "电教人员": _TYPES.RESEARCHER,
    "教研和电教人员": _TYPES.RESEARCHER,
    "其它": _TYPES.OTHER,
}


def trainee_type_of_post(post: str) -> str | None:
    """The kind of trainee that a post says without doubt: 副校长 is 校（园）长."""
    if "校长" in post or "园长" in post:
        return _TYPES.PRINCIPAL
    if "局长" in post or "股长" in post or "科长" in post:
        return _TYPES.ADMINISTRATOR
    if "教研员" in post:
        return _TYPES.RESEARCHER
    return _TYPES.TEACHER if post in {"教师", "老师", "专任教师"} else None
