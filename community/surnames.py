"""Surnames of two characters, and surnames that are read otherwise than the word they spell."""

from typing import Final

_COMPOUND: Final = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐"
    "段干百里呼延东郭南门羊舌微生梁丘左丘东门西门南荣第五完颜纳兰耶律叶赫单于淳于即墨达奚褚师"
)

COMPOUND_SURNAMES: Final = frozenset(
    _COMPOUND[place : place + 2] for place in range(0, len(_COMPOUND), 2)
)

COMPOUND_READINGS: Final = {
    "万俟": ("mo", "qi"),
    "尉迟": ("yu", "chi"),
    "长孙": ("zhang", "sun"),
    "单于": ("chan", "yu"),
    "澹台": ("tan", "tai"),
    "令狐": ("ling", "hu"),
    "乐正": ("yue", "zheng"),
    "子车": ("zi", "ju"),
    "夏侯": ("xia", "hou"),
    "拓跋": ("tuo", "ba"),
    "鲜于": ("xian", "yu"),
    "宰父": ("zai", "fu"),
}

SURNAME_READINGS: Final = {
    "单": "shan",
    "仇": "qiu",
    "区": "ou",
    "解": "xie",
    "查": "zha",
    "曾": "zeng",
    "任": "ren",
    "盖": "ge",
    "朴": "piao",
    "翟": "zhai",
    "缪": "miao",
    "种": "chong",
    "折": "she",
    "乐": "yue",
    "宁": "ning",
    "召": "shao",
    "繁": "po",
    "员": "yun",
    "贠": "yun",
    "秘": "bi",
    "么": "yao",
    "幺": "yao",
    "佴": "nai",
    "逄": "pang",
    "黑": "he",
    "洗": "xian",
    "冼": "xian",
    "隗": "wei",
    "尉": "wei",
    "石": "shi",
    "车": "che",
    "牟": "mou",
    "沈": "shen",
    "覃": "qin",
}
