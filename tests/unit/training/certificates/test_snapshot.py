import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from training.certificates.snapshot import (
    TITLES,
    CertificateData,
    RequirementLine,
    canonical_json,
    digest,
    plain_figure,
)

DATA = CertificateData(
    number="SC-2026-K7Q2M9XRTB-4H",
    title=TITLES["completion"],
    holder_name="阿衣·布茹",
    masked_id="513***********0327",
    unit_name="拖觉镇中心小学",
    county_name="布拖县",
    city_name="凉山彝族自治州",
    programme_title="信息技术推动教育变革与创新",
    cohort_name="凉山场",
    starts_on=date(2026, 11, 19),
    ends_on=date(2026, 11, 20),
    hours=Decimal("18.0"),
    credits=Decimal("3.00"),
    grade="优秀",
    requirements=(
        RequirementLine("返校行动方案", "从一道前测题开始", date(2026, 12, 12)),
        RequirementLine("教学反思"),
    ),
    issuer="四川省教育厅",
    issued_on=date(2026, 12, 22),
)


def test_a_snapshot_comes_back_as_it_was():
    assert CertificateData.from_json(DATA.as_json()) == DATA
    assert CertificateData.from_json(DATA.as_facts()) == DATA


def test_a_snapshot_without_the_optional_facts_comes_back_too():
    bare = replace(DATA, credits=None, grade=None, requirements=(), masked_id="")

    assert CertificateData.from_json(bare.as_json()) == bare


def test_the_same_facts_are_always_written_the_same_way():
    same = replace(DATA, hours=Decimal("18"), credits=Decimal("3"))
    shuffled = dict(reversed(DATA.as_facts().items()))

    assert same.as_json() == DATA.as_json()
    assert canonical_json(shuffled) == DATA.as_json()
    assert digest(shuffled) == digest(DATA.as_facts())
    assert digest(replace(DATA, holder_name="阿衣·布如").as_facts()) != digest(shuffled)


def test_keys_are_sorted_and_figures_are_text():
    facts = json.loads(DATA.as_json())

    assert list(facts) == sorted(facts)
    assert facts["hours"] == "18"
    assert facts["credits"] == "3"
    assert facts["issued_on"] == "2026-12-22"
    assert facts["requirements"][0]["done_on"] == "2026-12-12"
    assert '"holder_name":"阿衣·布茹"' in DATA.as_json()


@pytest.mark.parametrize(
    ("figure", "written"),
    [("18.0", "18"), ("4.5", "4.5"), ("0", "0"), ("100", "100"), ("1E+2", "100"), ("0.50", "0.5")],
)
def test_a_figure_has_one_spelling(figure, written):
    assert plain_figure(Decimal(figure)) == written


def test_an_older_snapshot_without_a_field_that_has_a_default_is_read():
    facts = DATA.as_facts()
    for name in ("is_sample", "grade", "credits", "requirements"):
        del facts[name]

    read = CertificateData.from_json(facts)

    assert (read.is_sample, read.grade, read.credits, read.requirements) == (False, None, None, ())


@pytest.mark.parametrize("change", ["missing", "unknown"])
def test_a_snapshot_is_never_guessed_at(change):
    facts = DATA.as_facts()
    if change == "missing":
        del facts["hours"]
    else:
        facts["signature"] = "x"

    with pytest.raises(ValueError, match="hours" if change == "missing" else "signature"):
        CertificateData.from_json(facts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"holder_name": " "}, "holder_name"),
        ({"issuer": ""}, "issuer"),
        ({"ends_on": date(2026, 11, 18)}, "ends before"),
        ({"hours": Decimal("-1")}, "negative"),
        ({"credits": Decimal("-1")}, "negative"),
    ],
)
def test_facts_that_cannot_be_are_refused(change, said):
    with pytest.raises(ValueError, match=said):
        replace(DATA, **change)


def test_a_fact_of_another_kind_is_not_written():
    with pytest.raises(TypeError, match="object"):
        replace(DATA, grade=object()).as_json()
