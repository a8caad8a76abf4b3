"""The office: how an editor drafts, publishes, schedules and restores a programme."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Revision
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from tests.factories.cast import moment
from training.curriculum import curriculum_of
from training.models import CityStop, Module, Programme, Requirement, RequirementResult
from website.operations.publishing import publish_due

pytestmark = pytest.mark.django_db
LIST = "/office/snippets/training/programme/"


@pytest.fixture
def office(client, cast):
    client.force_login(cast.editor)
    return client


def form(programme=None, *, modules=None, requirements=None, materials=(), **fields):
    """What the browser posts: the programme as its latest revision has it, with ``fields`` changed."""
    shown = programme.get_latest_revision_as_object() if programme else Programme()
    names = [
        *("title", "slug", "summary", "basis", "contact", "designation_list", "kind", "year"),
        *("level", "mode", "organiser", "certificate_title"),
        *("absence_limit", "fail_ratio", "hours_per_credit"),
    ]
    values = {name: getattr(shown, name) for name in names}
    values = {name: "" if value is None else str(value) for name, value in values.items()}
    if modules is None:
        modules = [row(m, "title kind hours summary") for m in shown.modules.all()]
    if requirements is None:
        requirements = [
            row(r, "kind title summary due_days pass_score") | {"module": str(r.module_id or "")}
            for r in shown.requirements.all()
        ]
    old = [sum(1 for line in lines if line.get("id")) for lines in (modules, requirements)]
    return nested_form_data(
        values
        | {
            "modules": inline_formset(modules, initial=old[0]),
            "requirements": inline_formset(requirements, initial=old[1]),
            "materials": inline_formset(list(materials)),
        }
        | fields
    )


def row(part, names):
    return {"id": str(part.pk)} | {name: str(getattr(part, name)) for name in names.split()}


NEW = {
    "title": "草稿项目",
    "slug": "draft-one",
    "summary": "一句话。",
    "year": "2026",
    "level": "20",
    "mode": "2",
    "organiser": "四川省教育厅",
}
LECTURE = {"title": "模块一", "kind": "lecture", "hours": "4", "summary": ""}


def edit(programme):
    return f"{LIST}edit/{programme.pk}/"


def latest(programme):
    return Programme.objects.get(pk=programme.pk).get_latest_revision_as_object()


def test_a_draft_is_made_looked_at_and_published(
    office, client, django_capture_on_commit_callbacks
):
    response = office.post(f"{LIST}add/", form(modules=[LECTURE], **NEW))
    programme = Programme.objects.get(slug="draft-one")
    assert response.status_code == 302
    assert not programme.live
    assert client.get("/programmes/draft-one/").status_code == 404

    office.post(f"{LIST}preview/{programme.pk}/", form(programme, title="预览里的名字"))
    preview = office.get(f"{LIST}preview/{programme.pk}/")
    assert "预览里的名字" in preview.content.decode()
    assert "怎样拿到4学时" in preview.content.decode()
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert "script-src 'self';" in preview["Content-Security-Policy"] + ";"

    with django_capture_on_commit_callbacks(execute=True):
        office.post(edit(programme), form(programme, **{"action-publish": "1"}))
    assert "草稿项目" in client.get("/programmes/draft-one/").content.decode()


def test_an_unfinished_draft_is_kept_or_refused_in_words(office):
    response = office.post(f"{LIST}add/", form(title="只有名字", slug=""))

    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"slug", "year", "level", "mode"}
    assert "必需字段" in response.content.decode()
    assert not Programme.objects.filter(title="只有名字").exists()


def test_a_module_keeps_its_id_from_its_first_draft_on(cast):
    programme = Programme.objects.get(pk=cast.programme.pk)
    programme.modules.add(Module(title="新模块", kind="lecture", hours=Decimal(2), sort_order=9))
    first = programme.save_revision()
    second = first.as_object()
    second.title = "改了名字"
    second = second.save_revision()
    identity = next(m["pk"] for m in first.content["modules"] if m["title"] == "新模块")

    first.publish()
    Revision.objects.get(pk=second.pk).publish()

    assert identity is not None
    assert Module.objects.get(programme=programme, title="新模块").pk == identity
    assert Programme.objects.get(pk=programme.pk).title == "改了名字"


def test_two_new_modules_of_two_drafts_never_share_an_id(cast):
    programme = Programme.objects.get(pk=cast.programme.pk)
    ids = set()
    for n in range(3):
        draft = Programme.objects.get(pk=programme.pk)
        draft.modules.add(Module(title=f"{n}", kind="lecture", hours=Decimal(2), sort_order=9))
        content = draft.save_revision().content["modules"]
        ids.add(next(m["pk"] for m in content if m["title"] == f"{n}"))

    assert len(ids) == 3
    assert not Module.objects.filter(pk__in=ids).exists()


def test_an_older_version_comes_back_whole(office, cast):
    programme = cast.programme
    before = programme.revisions.get()
    work = Module.objects.get(programme=programme, kind="work")
    requirement = Requirement.objects.get(programme=programme)
    fewer = form(
        programme,
        modules=[
            row(m, "title kind hours summary") | ({"DELETE": "1"} if m == work else {})
            for m in programme.modules.all()
        ],
        requirements=[row(requirement, "kind title due_days pass_score") | {"DELETE": "1"}],
    )
    office.post(edit(programme), fewer | {"action-publish": "1"})
    assert not Requirement.objects.filter(programme=programme).exists()
    assert not Module.objects.filter(pk=work.pk).exists()

    url = f"{LIST}history/{programme.pk}/revisions/{before.pk}/revert/"
    assert office.get(url).status_code == 200
    old = before.as_object()
    posted = form(
        programme,
        modules=[row(m, "title kind hours summary") for m in old.modules.all()],
        requirements=[
            row(r, "kind title summary due_days pass_score") | {"module": str(r.module_id)}
            for r in old.requirements.all()
        ],
    )
    response = office.post(url, posted | {"revision": before.pk, "action-publish": "1"})

    assert response.status_code == 302
    assert Module.objects.get(programme=programme, kind="work").pk == work.pk
    assert Requirement.objects.get(programme=programme).pk == requirement.pk
    assert Requirement.objects.get(programme=programme).module_id == work.pk


def test_a_draft_is_compared_with_what_is_published(office, cast):
    programme = cast.programme
    office.post(edit(programme), form(programme, title="另一个名字"))
    first, second = programme.revisions.order_by("pk").values_list("pk", flat=True)

    page = office.get(f"{LIST}history/{programme.pk}/revisions/compare/{first}...{second}/")

    assert "另一个名字" in page.content.decode()


def test_a_requirement_may_name_a_module_that_only_the_draft_has(office, cast):
    programme = cast.programme
    modules = [row(m, "title kind hours summary") for m in programme.modules.all()]
    extra = {"title": "第二份作业", "kind": "work", "hours": "2", "summary": ""}
    office.post(edit(programme), form(programme, modules=[*modules, extra]))
    new = next(m for m in latest(programme).modules.all() if m.title == "第二份作业")
    assert not Module.objects.filter(pk=new.pk).exists()

    requirements = [
        row(r, "kind title summary due_days pass_score") | {"module": str(r.module_id)}
        for r in programme.requirements.all()
    ]
    wanted = {
        "kind": "work",
        "title": "交第二份作业",
        "summary": "",
        "module": str(new.pk),
        "due_days": "30",
        "pass_score": "60",
    }
    posted = form(Programme.objects.get(pk=programme.pk), requirements=[*requirements, wanted])
    response = office.post(edit(programme), posted | {"action-publish": "1"})

    assert response.status_code == 302
    assert Requirement.objects.get(title="交第二份作业").module_id == new.pk
    assert Module.objects.filter(pk=new.pk, programme=programme).exists()


def test_a_module_of_another_programme_cannot_be_chosen(office, cast):
    other = Programme.objects.create(
        slug="other", title="别的", summary="别的。", year=2026, level=20, mode=2, organiser="别处"
    )
    foreign = Module.objects.create(programme=other, title="别的", kind="work", hours=Decimal(9))
    requirement = cast.programme.requirements.get()
    line = row(requirement, "kind title summary due_days pass_score") | {"module": str(foreign.pk)}

    page = office.post(edit(cast.programme), form(cast.programme, requirements=[line]))

    assert page.status_code == 200
    assert "选择一个有效的选项" in page.content.decode()
    requirement.refresh_from_db()
    assert requirement.module_id != foreign.pk


def test_a_row_cannot_be_taken_from_another_programme_by_its_id(office, cast):
    other = Programme.objects.create(
        slug="other", title="别的", summary="别的。", year=2026, level=20, mode=2, organiser="别处"
    )
    foreign = Module.objects.create(programme=other, title="别的", kind="work", hours=Decimal(9))
    modules = [row(m, "title kind hours summary") for m in cast.programme.modules.all()]
    stolen = row(foreign, "kind hours summary") | {"title": "拿来的"}

    posted = form(cast.programme, modules=[*modules, stolen])
    office.post(edit(cast.programme), posted | {"action-publish": "1"})

    foreign.refresh_from_db()
    assert (foreign.programme, foreign.title) == (other, "别的")
    assert Module.objects.get(title="拿来的").pk != foreign.pk


def test_a_module_ticked_for_deletion_names_the_requirement_that_needs_it(office, cast):
    modules = [
        row(m, "title kind hours summary") | ({"DELETE": "1"} if m.kind == "work" else {})
        for m in cast.programme.modules.all()
    ]

    page = office.post(edit(cast.programme), form(cast.programme, modules=modules))

    assert "模块“返校行动方案”在这次修改里删掉了" in page.content.decode()


def test_a_requirement_that_somebody_was_judged_by_stays(office, cast):
    requirement = cast.programme.requirements.get()
    RequirementResult.objects.create(
        enrolment=cast.enrolment, requirement=requirement, state="accepted", at=moment()
    )

    line = row(requirement, "kind title due_days pass_score") | {"DELETE": "1"}

    page = office.post(edit(cast.programme), form(cast.programme, requirements=[line]))

    assert "结业要求“返校行动方案”已有审核结果，不能删除" in page.content.decode()
    assert Requirement.objects.filter(pk=requirement.pk).exists()


def test_an_older_version_without_a_requirement_that_was_used_is_refused_in_words(office, cast):
    programme = Programme.objects.get(pk=cast.programme.pk)
    before = programme.revisions.get()
    programme.requirements.add(Requirement(kind="score", title="考试", sort_order=5))
    programme.save_revision().publish()
    RequirementResult.objects.create(
        enrolment=cast.enrolment,
        requirement=Requirement.objects.get(title="考试"),
        state="accepted",
        score=90,
        at=moment(),
    )
    url = f"{LIST}history/{programme.pk}/revisions/{before.pk}/revert/"
    posted = form(cast.programme) | {"revision": before.pk, "action-publish": "1"}

    page = office.post(url, posted)

    assert "结业要求“考试”已有审核结果，不能删除" in page.content.decode()


def test_what_was_scheduled_is_public_from_its_hour_on(office, cast):
    programme = cast.programme
    office.post(
        edit(programme),
        form(
            programme,
            title="下周的名字",
            go_live_at=f"{timezone.now() + timedelta(days=7):%Y-%m-%d %H:%M}",
            **{"action-publish": "1"},
        ),
    )
    assert "下周的名字" not in Client().get("/programmes/").content.decode()
    scheduled = programme.revisions.exclude(approved_go_live_at=None).get()

    due = timezone.now() - timedelta(minutes=1)  # Wagtail asks the clock itself
    scheduled.content["go_live_at"] = due.isoformat()
    scheduled.approved_go_live_at = due
    scheduled.save()

    assert publish_due(at=timezone.now()) == 1
    assert Programme.objects.get(pk=programme.pk).title == "下周的名字"


def test_an_open_class_keeps_what_it_froze(office, cast):
    assert cast.enrolment
    programme = Programme.objects.get(pk=cast.programme.pk)
    modules = [row(m, "title kind summary") | {"hours": "9"} for m in programme.modules.all()]
    office.post(
        edit(programme), form(programme, modules=modules, title="新名字", **{"action-publish": "1"})
    )

    cohort = type(cast.cohort).objects.get(pk=cast.cohort.pk)

    assert Programme.objects.get(pk=programme.pk).title == "新名字"
    assert curriculum_of(cohort).title == "信息技术推动教育变革与创新"
    assert curriculum_of(cohort).hours == Decimal(18)
    assert {s.hours for s in cohort.sessions.all()} == {Decimal("3.0")}


def test_stops_are_kept_in_cities_in_order_and_once(office, cast):
    url = "/office/snippets/training/citystop/add/"
    stop = {
        "programme": cast.programme.pk,
        "region": "513400",
        "number": "1",
        "starts_on": "2026-11-26",
        "ends_on": "2026-11-27",
        "venue": "会场",
        "contact": "",
    }
    assert office.post(url, stop | {"ends_on": "2026-11-25"}).status_code == 200
    assert (
        "结束日期早于开始日期"
        in office.post(url, stop | {"ends_on": "2026-11-25"}).content.decode()
    )
    assert office.post(url, stop | {"region": "513431"}).status_code == 200
    assert not CityStop.objects.exists()

    assert office.post(url, stop).status_code == 302
    again = office.post(url, stop).content.decode()

    assert CityStop.objects.get().starts_on == date(2026, 11, 26)
    assert "已经有这个项目的一站" in again
    assert "第1站已经有了" in again
