import re
from datetime import UTC, date, datetime

import pytest
from django import forms
from django.template import Context, Template

from community.icons import ICONS

HOSTILE = '"><script>alert(1)</script>'


def render(source: str, **context: object) -> str:
    return Template("{% load tongke %}" + source).render(Context(context))


@pytest.mark.parametrize("name", sorted(ICONS))
def test_every_icon_is_drawn_and_silent(name):
    html = render("{% icon name %}", name=name)

    assert html.startswith('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><')
    assert "style=" not in html


def test_an_unknown_icon_is_a_mistake_that_shows_at_once():
    with pytest.raises(KeyError):
        render('{% icon "nothing" %}')


def test_tian_takes_its_modifiers_as_words():
    assert render('{% tian "到" %}') == '<span class="tian" aria-hidden="true">到</span>'
    assert 'class="tian tian--l tian--wait"' in render('{% tian "迟" "l wait" %}')
    assert 'class="tian tian--xl"' in render('{% tian "缺" "tian--xl" %}')


def test_a_badge_has_words_and_may_have_an_icon():
    html = render('{% badge "已入账" "done" "check" %}')

    assert html.startswith('<span class="badge badge--done"><svg')
    assert html.endswith("已入账</span>")
    assert render('{% badge "未开始" %}') == '<span class="badge">未开始</span>'


@pytest.mark.parametrize(
    "source",
    [
        "{% tian text text %}",
        "{% badge text text %}",
        "{% progress 5 text %}",
        "{% face text %}",
        "{% crumbs text text text %}",
        '{% qr "x" text %}',
        "{{ text|masked_phone }}",
    ],
)
def test_what_people_typed_stays_text(source):
    assert "<script" not in render(source, text=HOSTILE)


@pytest.mark.parametrize(
    ("percent", "width"), [(64, 64), (64.6, 65), (130, 100), (-3, 0), (None, 0)]
)
def test_a_bar_never_leaves_its_frame(percent, width):
    assert f'<rect width="{width}" height="8"/>' in render("{% bar percent %}", percent=percent)


def test_a_low_bar_is_marked():
    assert 'class="low"' in render("{% bar 12 True %}")
    assert 'class="low"' not in render("{% bar 12 %}")


def test_progress_says_in_words_what_it_shows():
    html = render('{% progress 65 "已生成65%" %}')

    assert 'role="img" aria-label="已生成65%"' in html
    assert '<rect width="65" height="8"/>' in html


def test_a_face_is_the_first_character_of_a_name():
    assert (
        render("{% face name %}", name="䶮华") == '<span class="face" aria-hidden="true">䶮</span>'
    )
    assert "face--me" in render("{% face name True %}", name="何文渊")


def test_a_calendar_leaf_reads_moments_where_the_hall_is():
    html = render("{% day at %}", at=datetime(2026, 11, 25, 17, 0, tzinfo=UTC))

    assert html == '<div class="day"><b>26</b><span>11月 周四</span></div>'


def test_crumbs_end_with_this_page():
    html = render('{% crumbs "名单" "/areas/513400/rosters/" "导入结果" %}')

    assert '<li><a href="/areas/513400/rosters/">名单</a></li>' in html
    assert '<li><span aria-current="page">导入结果</span></li>' in html
    assert html.count("<li>") == 2


def test_crumbs_may_be_links_only():
    html = render('{% crumbs "名单" "/a/" "凉山场" "/b/" %}')

    assert html.count("<a ") == 2
    assert "aria-current" not in html


def test_a_qr_code_is_inline_named_and_never_micro():
    html = render('{% qr "A" "签到二维码" %}')
    size = int(re.search(r'viewBox="0 0 (\d+) ', html)[1])

    assert html.startswith('<svg role="img" aria-label="签到二维码"')
    assert "style=" not in html
    assert size >= 21 + 2 * 2  # version 1 and its quiet zone; Micro QR would be at most 17


def test_the_mark_of_the_88_says_what_it_is():
    assert render("{% m88 %}") == '<abbr class="m88" title="四大片区88个县之一">88</abbr>'


def test_figures_and_dates_are_filters():
    assert render("{{ n|thousands }}", n=12480) == "12,480"
    assert render("{{ d|cn_date:today }}", d=date(2026, 11, 26), today=date(2026, 1, 1)) == (
        "11月26日 周四"
    )
    assert render("{{ p|masked_phone }}", p="13800005678") == "138****5678"
    assert render("{{ p|masked_phone }}", p="+86 138 0000 5678") == "138****5678"
    assert render("{{ p|masked_phone }}", p=None) == ""


class Correction(forms.Form):
    half = forms.ChoiceField(label="更正哪个半天", choices=[("1", "26日上午"), ("2", "26日下午")])
    at = forms.CharField(label="实际到场时间", help_text="24小时制，例如8:40")
    proof = forms.MultipleChoiceField(
        label="谁可以证明",
        choices=[("a", "同组的人"), ("b", "工作人员")],
        widget=forms.CheckboxSelectMultiple,
    )
    agreed = forms.BooleanField(label="我核对过了")
    token = forms.CharField(widget=forms.HiddenInput)


def test_a_field_has_label_hint_fault_and_control_in_this_order():
    form = Correction(data={"at": ""})

    html = form["at"].as_field_group()

    order = [
        '<label class="label" for="id_at">实际到场时间</label>',
        '<div class="hint" id="id_at_helptext">24小时制，例如8:40</div>',
        'id="id_at_error"',
        'class="input"',
    ]
    places = [html.index(part) for part in order]
    assert places == sorted(places)
    assert 'aria-describedby="id_at_helptext id_at_error"' in html
    assert 'aria-invalid="true"' in html


def test_a_good_field_carries_no_fault():
    html = Correction()["at"].as_field_group()

    assert "field__err" not in html
    assert "aria-invalid" not in html


def test_a_code_looks_like_a_code_and_hints_replace_placeholders():
    class Code(forms.Form):
        code = forms.CharField(
            widget=forms.TextInput({"autocomplete": "one-time-code", "placeholder": "代码"})
        )

    html = Code()["code"].as_field_group()

    assert 'class="input input--code"' in html
    assert "placeholder" not in html


def test_what_need_not_be_filled_says_so():
    class Note(forms.Form):
        note = forms.CharField(label="说明", required=False)

    assert "说明（选填）</label>" in Note()["note"].as_field_group()


def test_a_field_of_several_boxes_is_a_group():
    class When(forms.Form):
        at = forms.SplitDateTimeField(label="时间", widget=forms.SplitDateTimeWidget)

    html = When()["at"].as_field_group()

    assert '<legend class="label">时间</legend>' in html
    assert html.count('class="input"') == 2


def test_a_group_of_boxes_is_a_fieldset_with_a_legend():
    html = Correction(data={})["proof"].as_field_group()

    assert '<fieldset class="stack stack--s" aria-describedby="id_proof_error">' in html
    assert '<legend class="label">谁可以证明</legend>' in html
    assert html.count('<label class="choice choice--block"') == 2


def test_a_single_box_stands_before_its_words():
    html = Correction()["agreed"].as_field_group()

    assert re.search(r'<label class="choice"[^>]*><input type="checkbox"', html)
    assert 'class="input' not in html


def test_the_summary_links_each_fault_to_the_first_control_of_its_field():
    form = Correction(data={"at": "", "token": "x"})
    form.add_error(None, "这一页放太久了")

    html = render("{% error_summary form %}", form=form)

    assert "有5处要改" in html
    for target in ("#id_half", "#id_at", "#id_proof_0", "#id_agreed"):
        assert f'href="{target}"' in html
    assert "<li>这一页放太久了</li>" in html
    assert 'tabindex="-1"' in html


def test_the_summary_does_not_link_to_what_nobody_sees():
    html = render("{% error_summary form %}", form=Correction(data={"at": "8:40"}))

    assert 'href="#id_token"' not in html


def test_without_faults_there_is_no_summary():
    assert render("{% error_summary form %}", form=Correction()) == ""


@pytest.mark.parametrize(
    ("referer", "target"),
    [
        ("http://testserver/areas/513400/rosters/", "http://testserver/areas/513400/rosters/"),
        ("http://elsewhere.example/q/1", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("", "/home/"),
    ],
)
def test_the_way_back_stays_in_the_house(rf, monkeypatch, referer, target):
    monkeypatch.setattr("community.templatetags.tongke.reverse", lambda name: f"/{name}/")

    request = rf.get("/", headers={"referer": referer} if referer else {})

    assert render("{% back_url %}", request=request) == target


def test_the_way_back_without_a_request_is_the_front_page(monkeypatch):
    monkeypatch.setattr("community.templatetags.tongke.reverse", lambda name: f"/{name}/")

    assert render("{% back_url %}") == "/home/"


class Thing:
    def __init__(self, is_sample: bool) -> None:
        self.is_sample = is_sample


def test_what_is_generated_says_so():
    assert "示例" in render("{% sample thing %}", thing=Thing(True))


@pytest.mark.parametrize("thing", [Thing(False), None, "text"])
def test_what_is_real_or_cannot_say_has_no_mark(thing):
    assert render("{% sample thing %}", thing=thing) == ""
