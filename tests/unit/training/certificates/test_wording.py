from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from tests.factories.certificate import DATA
from training.certificates.snapshot import TITLES, CertificateData, RequirementLine
from training.certificates.wording import body_sentence, date_range, number_line, workplace


def said(data: CertificateData) -> str:
    return "".join(text for text, _emphasised in body_sentence(data))


def test_the_sentence_says_who_where_when_what_and_how_much():
    assert said(DATA) == (
        "唐静（乐山市沐川县实验小学校）于2026年11月19日至20日参加"
        "“信息技术推动教育变革与创新”培训（乐山场），"
        "并于12月12日完成返校行动方案《从一道前测题开始》，"
        "经审核合格，计18学时，准予结业。"
    )


def test_the_name_and_the_hours_are_emphasised_and_nothing_else():
    assert [text for text, emphasised in body_sentence(DATA) if emphasised] == ["唐静", "18"]


def test_the_sentence_is_the_same_in_every_language():
    with translation.override("en"):
        assert said(DATA).endswith("计18学时，准予结业。")


def test_credits_are_said_only_where_a_rule_gave_them():
    assert "学分" not in said(DATA)
    assert "计4.5学时（1学分），" in said(
        replace(DATA, hours=Decimal("4.5"), credits=Decimal("1.0"))
    )


@pytest.mark.parametrize(
    ("grade", "verdict"),
    [
        (None, "经审核合格，"),
        ("", "经审核合格，"),
        ("合格", "经考核合格，"),
        ("优秀", "经考核，等次为优秀，"),
    ],
)
def test_the_grade_is_said_where_there_is_one(grade, verdict):
    assert verdict in said(replace(DATA, grade=grade))


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("completion", "准予结业。"), ("qualification", "特发此证。"), ("improvement", "特发此证。")],
)
def test_the_ending_follows_the_title(kind, ending):
    assert said(replace(DATA, title=TITLES[kind])).endswith(ending)


def test_several_works_are_said_one_after_the_other():
    works = (
        RequirementLine("返校行动方案", "《〈前测〉与《后测》》", date(2027, 1, 5)),
        RequirementLine("教学反思"),
    )

    assert "，并于2027年1月5日完成返校行动方案《〈前测〉与〈后测〉》，完成教学反思，经" in said(
        replace(DATA, requirements=works)
    )


def test_what_is_empty_leaves_no_empty_brackets():
    bare = replace(
        DATA, unit_name="", county_name="", city_name="", cohort_name="", requirements=()
    )

    assert said(bare) == (
        "唐静于2026年11月19日至20日参加“信息技术推动教育变革与创新”培训，"
        "经审核合格，计18学时，准予结业。"
    )


def test_quotation_marks_in_a_title_become_single_ones():
    assert "“‘三个课堂’应用”" in said(replace(DATA, programme_title="“三个课堂”应用"))


@pytest.mark.parametrize(
    ("city", "county", "unit", "place"),
    [
        ("乐山市", "沐川县", "沐川县实验小学校", "乐山市沐川县实验小学校"),
        ("乐山市", "沐川县", "实验小学校", "乐山市沐川县实验小学校"),
        ("乐山市", "市中区", "乐山市教育局", "乐山市教育局"),
        ("乐山市", "", "乐山市教育局", "乐山市教育局"),
        ("", "", "四川省教育厅", "四川省教育厅"),
        ("乐山市", "沐川县", "", "乐山市沐川县"),
        ("成都市", "成都市", "七中", "成都市七中"),
    ],
)
def test_the_workplace_says_each_part_once(city, county, unit, place):
    data = replace(DATA, city_name=city, county_name=county, unit_name=unit)

    assert workplace(data) == place


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (date(2026, 11, 19), "2026年11月19日"),
        (date(2026, 11, 20), "2026年11月19日至20日"),
        (date(2026, 12, 1), "2026年11月19日至12月1日"),
        (date(2027, 1, 3), "2026年11月19日至2027年1月3日"),
    ],
)
def test_a_range_says_what_both_days_share_once(last, words):
    assert date_range(date(2026, 11, 19), last) == words


def test_the_masked_number_stands_beside_the_certificate_number_where_there_is_one():
    assert number_line(DATA) == [("编号", DATA.number), ("证件号", "511***********0327")]
    assert number_line(replace(DATA, masked_id="")) == [("编号", DATA.number)]
