"""培训: the list and the page of a programme, for everybody who looks at it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from community.models import Material, Region
from tests.factories.cast import SYSTEM, moment
from training.models import (
    CityStop,
    Module,
    Programme,
    ProgrammeIndexPage,
    ProgrammeMaterial,
    ProgrammePage,
)
from training.operations.cohort import create_cohort
from training.reports.programme import programme_view

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(cast):
    index = ProgrammeIndexPage.objects.get()
    return index.add_child(
        instance=ProgrammePage(
            title="信息技术专题培训",
            slug="it-change",
            programme=cast.programme,
            lead="送到21个市州。",
        )
    )


def stops(programme, count, first=date(2026, 9, 1)):
    """Stops in the first ``count`` regions of the province, a week apart."""
    CityStop.objects.bulk_create(
        CityStop(
            programme=programme,
            region=region,
            number=100 + n,
            starts_on=first + timedelta(days=7 * n),
            ends_on=first + timedelta(days=7 * n + 1),
            venue="会场",
        )
        for n, region in enumerate(Region.objects.exclude(level="province")[:count], start=1)
    )


def text_of(response):
    return response.content.decode()


def test_the_public_reads_what_to_do_for_all_hours(client, page):
    html = text_of(client.get("/programmes/it-change/"))

    assert "怎样拿到18学时" in html
    assert "4个场次都到场签到" in html
    assert "每场3学时，共12学时。缺勤学时达到现场学时的20%，就不能结业。" in html
    assert "现场结束后30天内提交返校行动方案" in html
    assert "登录，查看我的场次" in html


def test_a_trainee_finds_her_own_class_on_top(client, cast, page):
    client.force_login(cast.enrolment.member)

    html = text_of(client.get("/programmes/it-change/"))

    assert "凉山场" in html
    assert "6排12座，第3研讨组" in html
    assert "0/18学时" in html
    assert "已签到0次，共4次" in html
    assert "12月27日前提交返校行动方案" in html


def test_who_is_on_no_roster_is_told_whom_to_ask(client, cast, page):
    client.force_login(cast.butuo)

    html = text_of(client.get("/programmes/it-change/"))

    assert "这个项目的名单里没有您" in html
    assert "看本地区的覆盖情况" in html


def test_a_programme_without_a_page_is_shown_by_its_facts(client, cast):
    html = text_of(client.get(f"/programmes/{cast.programme.slug}/"))

    assert "送培训到市州。" in html


def test_a_page_under_another_name_is_found_by_the_name_of_its_programme(client, cast, page):
    page.slug = "zhuanti"
    page.save()

    response = client.get("/programmes/it-change/")

    assert response.status_code == 302
    assert response["Location"] == "/programmes/zhuanti/"


def test_a_draft_programme_is_nowhere(client, cast, page):
    Programme.objects.filter(pk=cast.programme.pk).update(live=False)
    assert cast.stop

    assert client.get("/programmes/it-change/").status_code == 404
    assert cast.programme.title not in text_of(client.get("/programmes/"))
    assert "凉山" not in text_of(client.get("/"))


def test_a_draft_page_leaves_the_facts_but_not_its_words(client, page):
    page.lead = "还没有定稿的话。"
    page.save_revision().publish()
    page.unpublish()

    html = text_of(client.get("/programmes/it-change/"))

    assert "还没有定稿的话" not in html
    assert "送培训到市州。" in html


def test_unsaved_words_of_a_live_programme_stay_in_the_office(client, cast, page):
    draft = Programme.objects.get(pk=cast.programme.pk)
    draft.title = "还没有定的名字"
    draft.modules.add(
        Module(title="还没有定的模块", kind=Module.Kind.LECTURE, hours=Decimal(3), sort_order=9)
    )
    draft.save_revision()

    html = text_of(client.get("/programmes/it-change/"))

    assert "还没有定" not in html
    assert "怎样拿到18学时" in html


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_page_of_a_trainee_asks_eight_times_for_any_number_of_stops(
    client, cast, page, count, django_assert_max_num_queries
):
    stops(cast.programme, count)
    programme = cast.programme
    for n in range(2):
        material = Material.objects.create(title=f"讲义{n}", file=f"handout-{n}.pdf")
        ProgrammeMaterial.objects.create(programme=programme, material=material, sort_order=n)
    client.force_login(cast.enrolment.member)
    client.get("/programmes/")  # the session remembers that she agreed

    with django_assert_max_num_queries(8):
        html = text_of(client.get("/programmes/it-change/?stops=all"))

    assert html.count("会场") == count
    assert "讲义1" in html


def test_what_the_class_froze_is_what_its_trainee_sees(client, cast, page):
    assert cast.enrolment
    programme = Programme.objects.get(pk=cast.programme.pk)
    module = programme.modules.get(title="认识与路径")
    programme.modules.add(_changed(module, title="换过的模块", hours=Decimal(9)))
    programme.save_revision().publish()
    everybody = text_of(client.get("/programmes/it-change/"))
    client.force_login(cast.trainee)

    hers = text_of(client.get("/programmes/it-change/"))

    assert "怎样拿到24学时" in everybody
    assert "换过的模块" in everybody
    assert "怎样拿到18学时" in hers
    assert "换过的模块" not in hers
    assert "按开班时的课程和规则执行" in hers


def _changed(module, **fields):
    for name, value in fields.items():
        setattr(module, name, value)
    return module


def test_a_class_of_one_half_day_done_shows_its_hours(cast):
    from training.models import Attendance

    assert cast.enrolment
    Attendance.objects.create(
        session=cast.session,
        enrolment=cast.enrolment,
        kind="in",
        state="counted",
        proof="account",
        at=moment(26, 8, 47),
        received_at=moment(26, 8, 47),
        county=cast.enrolment.county,
        changed_at=moment(26, 8, 47),
    )

    view = programme_view(cast.programme, viewer=cast.trainee, at=moment(26, 12, 30))

    assert view.mine is not None
    assert view.mine.earned == Decimal("3.0")
    assert view.mine.signed_in == 1
    assert view.mine.percent == 16
    assert view.mine.today.label == "第一天下午"
    assert [step.state for step in view.steps] == ["now", ""]


def test_the_nearest_class_is_hers_where_she_is_in_two(cast):
    first = cast.enrolment
    later = create_cohort(
        programme=cast.programme,
        host_region=cast.region("513431"),
        code="ZJ2",
        name="昭觉补训",
        starts_on=date(2027, 1, 10),
        ends_on=date(2027, 1, 11),
        by=SYSTEM,
        at=cast.at,
    )
    type(later).objects.filter(pk=later.pk).update(
        state="enrolling", curriculum=cast.cohort.curriculum, rule_version="it@1"
    )
    later.refresh_from_db()
    cast.enrolled(cast.trainee, later)

    def hers(day, month=11, year=2026):
        at = timezone.make_aware(timezone.datetime(year, month, day, 9))
        return programme_view(cast.programme, viewer=cast.trainee, at=at).mine.cohort

    assert hers(26) == first.cohort
    assert hers(28) == later
    assert hers(1, 3, 2027) == later


def test_programmes_are_listed_with_hours_and_stops_in_constant_questions(
    client, cast, django_assert_num_queries
):
    stops(cast.programme, 21)
    for n in range(10):
        Programme.objects.create(
            slug=f"p{n}",
            title=f"项目{n}",
            summary="一句话。",
            year=2026,
            level=20,
            mode=2,
            organiser="四川省教育厅",
            live=True,
        )

    with django_assert_num_queries(1):
        html = text_of(client.get("/programmes/"))

    assert "18学时" in html
    assert "21站" in html
    assert html.count("项目") >= 10


def test_with_nothing_published_the_list_says_so(client):
    assert "还没有发布的培训项目" in text_of(client.get("/programmes/"))


def test_generated_programmes_say_so_everywhere(client, cast, page):
    assert cast.stop
    Programme.objects.filter(pk=cast.programme.pk).update(is_sample=True)

    for path in ("/", "/programmes/", "/programmes/it-change/"):
        assert "示例" in text_of(client.get(path)), path
