import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import RegexValidator
from django.utils import translation

from community.form_words import fault_words


class Order(forms.Form):
    name = forms.CharField(label="姓名", min_length=2, max_length=5)
    half = forms.ChoiceField(label="半天", choices=[("am", "上午")])
    kinds = forms.MultipleChoiceField(label="类别", choices=[("a", "甲")])
    agreed = forms.BooleanField(label="我核对过了")
    seats = forms.IntegerField(label="座位", min_value=1, max_value=9)
    hours = forms.DecimalField(label="学时")
    on = forms.DateField(label="日期")
    at = forms.TimeField(label="时间")
    moment = forms.DateTimeField(label="开始")
    file = forms.FileField(label="名单", max_length=8)


def faults(name: str, value: object = "", upload: SimpleUploadedFile | None = None) -> list[str]:
    with translation.override("zh-hans"):
        form = Order({name: value}, {"file": upload} if upload else {})
        return fault_words(form[name])


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "", "请填写姓名。"),
        ("half", "", "请选择半天。"),
        ("kinds", [], "请选择类别。"),
        ("agreed", "", "请勾选“我核对过了”。"),
        ("file", "", "还没有选择文件，请选择名单。"),
        ("name", "何", "姓名只有1个字，至少2个，请补全。"),
        ("name", "欧阳何文渊渊", "姓名有6个字，最多5个，请删短。"),
        ("name", "何\0文", "姓名里有看不见的字符，请删去后重新输入。"),
        ("half", "pm", "半天里没有“pm”这一项，请重新选择。"),
        ("kinds", ["b"], "类别里没有“b”这一项，请重新选择。"),
        ("seats", "六", "座位要填整数。"),
        ("seats", "0", "座位最小是1，请改大。"),
        ("seats", "10", "座位最大是9，请改小。"),
        ("hours", "半天", "学时要填数字。"),
        ("on", "明天", "日期没看懂，请写成2026-11-26的样子。"),
        ("at", "早上", "时间没看懂，请写成8:40的样子，24小时制。"),
        ("moment", "明早", "开始没看懂，请写成2026-11-26 8:40的样子。"),
    ],
)
def test_each_fault_says_where_what_and_how_to_go_on(name, value, words):
    assert faults(name, value) == [words]


def test_an_empty_file_is_to_be_changed():
    assert faults("file", upload=SimpleUploadedFile("a.csv", b"")) == [
        "这个文件是空的，请换一个文件。"
    ]


def test_a_long_file_name_is_to_be_shortened():
    upload = SimpleUploadedFile("凉山场参训名单.xlsx", b"x")

    assert faults("file", upload=upload) == ["文件名有12个字，最多8个，请改短文件名。"]


def test_words_that_a_form_chose_are_left_alone():
    class Ours(forms.Form):
        phone = forms.CharField(
            label="手机号",
            error_messages={"required": "手机号没有填，请填写11位手机号。"},
            validators=[RegexValidator("^1", message="手机号以1开头，请核对。", code="invalid")],
        )

    assert fault_words(Ours({})["phone"]) == ["手机号没有填，请填写11位手机号。"]
    assert fault_words(Ours({"phone": "2"})["phone"]) == ["手机号以1开头，请核对。"]


def test_several_faults_are_all_said():
    form = Order({"name": "何"})
    form.add_error("name", "这个人已经在名单里，请核对。")

    assert len(fault_words(form["name"])) == 2


def test_no_fault_of_django_is_left_in_its_own_words():
    """A new default of a later Django must be seen here, not by a teacher."""
    form = Order({})

    assert all(fault_words(form[name])[0].startswith(("请", "还没有")) for name in form.fields)
