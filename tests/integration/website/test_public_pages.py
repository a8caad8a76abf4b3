"""The front page, notices, what is not open yet, and what machines ask for: for everybody who comes."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from community.models import NoticeIndexPage, NoticePage, Region
from training.models import CityStop, Cohort

pytestmark = pytest.mark.django_db
PUBLIC = [
    "/",
    "/notices/",
    "/programmes/",
    "/studios/",
    "/cases/",
    "/help/",
    "/privacy/",
    "/accessibility/",
]
TODAY = timezone.localdate


def words(response):
    return response.content.decode()


def notices(count):
    index = NoticeIndexPage.objects.get()
    for n in range(count):
        index.add_child(
            instance=NoticePage(
                title=f"通知{n:02d}",
                slug=f"n{n}",
                issuer="四川省教育厅",
                document_number=f"川教函〔2026〕{n}号" if n % 2 else "",
                issued_on=TODAY() - timedelta(days=n),
                body="<p>正文。</p>",
            )
        )
        index.refresh_from_db()


def stop(cast, code, days, number=1):
    return CityStop.objects.create(
        programme=cast.programme,
        region_id=code,
        number=number,
        starts_on=TODAY() + timedelta(days=days),
        ends_on=TODAY() + timedelta(days=days + 1),
        venue="市教师培训中心",
    )


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("who", [None, "trainee", "zhaojue", "province", "editor", "superuser"])
def test_public_pages_open_for_everybody(client, cast, path, who):
    if who:
        client.force_login(getattr(cast, who))

    response = client.get(path)

    assert response.status_code == 200
    assert client.post(path).status_code == 405


def test_an_empty_house_says_what_will_be_here(client):
    home = words(client.get("/"))

    assert "还没有排出日程" in home
    assert "今后7天没有市州场次。" in home
    assert "还没有公告。" in home
    assert "还没有公告" in words(client.get("/notices/"))


def test_the_map_shows_where_the_training_is(client, cast):
    stop(cast, "510100", -30, 1)
    stop(cast, "513400", 0, 2)
    stop(cast, "510400", 9, 3)

    home = words(client.get("/"))

    assert "已到1个市州，正在凉山，下一站攀枝花" in home
    assert home.count('<li aria-hidden="true"></li>') == 9
    assert home.count('class="tile tile--simple') == 21
    assert "<b>成都</b><span>已到</span>" in home
    assert "<b>凉山</b><span>今天</span>" in home
    assert home.count("<span>待定</span>") == 18


def test_tiles_stand_where_the_map_has_them(client, cast):
    from training.reports.route import route_of

    stop(cast, "513400", 0)
    tiles = route_of(cast.programme, viewer=cast.trainee, today=TODAY()).tiles

    places = {tile.city.code: n for n, tile in enumerate(tiles) if tile}
    for city in Region.objects.cities():
        assert divmod(places[city.code], 6) == (city.tile_row - 1, city.tile_column - 1)


def test_this_week_is_seven_days(client, cast):
    stop(cast, "510100", -1, 1)
    stop(cast, "510400", 6, 2)
    stop(cast, "510500", 7, 3)

    home = words(client.get("/"))

    assert "信息技术推动教育变革与创新·成都场" in home
    assert "·攀枝花场" in home
    assert "·泸州场" not in home


def test_the_stop_of_a_class_says_how_many_are_on_its_roster(client, cast):
    from training.reports.coverage import sweep_coverage

    assert cast.enrolment
    CityStop.objects.filter(pk=cast.stop.pk).update(starts_on=TODAY(), ends_on=TODAY())
    sweep_coverage(timezone.now())

    assert "应训1人" in words(client.get("/"))
    assert "应训1人" in words(client.get("/programmes/it-change/"))


def test_the_newest_four_notices_are_on_the_front_page(client):
    notices(6)

    home = words(client.get("/"))

    assert "通知03" in home
    assert "通知04" not in home


def test_notices_are_listed_by_date_with_issuer_and_number(client):
    notices(3)

    html = words(client.get("/notices/"))

    assert html.index("通知00") < html.index("通知01") < html.index("通知02")
    assert "四川省教育厅" in html
    assert "川教函〔2026〕1号" in html


@pytest.mark.parametrize("count", [1, 10, 60])
def test_the_list_of_notices_asks_the_same_for_any_number(
    client, count, django_assert_max_num_queries
):
    notices(count)
    client.get("/notices/?page=9")  # Wagtail remembers where its site begins

    with django_assert_max_num_queries(3):
        html = words(client.get("/notices/?page=1"))

    assert html.count("rows__title") == min(count, 20)


@pytest.mark.parametrize("page", ["0", "-1", "999", "x", "", "１"])
def test_a_page_number_that_is_none_gives_a_page(client, page):
    notices(21)

    assert client.get("/notices/", {"page": page}).status_code == 200


def test_a_draft_notice_is_nowhere(client, settings):
    settings.PUBLIC_PAGE_SECONDS = 0
    notices(1)
    notice = NoticePage.objects.get()
    notice.title = "还没有定的通知"
    notice.save_revision()
    assert "还没有定" not in words(client.get("/notices/n0/"))
    notice.unpublish()

    assert client.get("/notices/n0/").status_code == 404
    for path in ("/", "/notices/", "/notices/feed/"):
        assert "通知00" not in words(client.get(path))


def test_notices_can_be_followed_in_a_reader(client, settings):
    settings.PUBLIC_URL = "https://tongke.example"
    notices(2)

    response = client.get("/notices/feed/")

    feed = ElementTree.fromstring(response.content)
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [entry.findtext(f"{atom}title") for entry in feed.findall(f"{atom}entry")]
    links = [entry.find(f"{atom}link").get("href") for entry in feed.findall(f"{atom}entry")]
    assert response["Content-Type"].startswith("application/atom+xml")
    assert titles == ["通知00", "通知01"]
    assert links[0] == "https://tongke.example/notices/n0/"


def test_generated_notices_say_so(client):
    notices(1)
    NoticePage.objects.update(is_sample=True)

    for path in ("/", "/notices/", "/notices/n0/"):
        assert "示例" in words(client.get(path)), path


def test_a_certificate_is_asked_for_by_number_from_the_front_page(client):
    home = words(client.get("/"))

    assert '<form class="field" action="/v/" method="get">' in home
    assert 'name="no"' in home


def test_machines_are_told_what_is_theirs(client):
    robots = words(client.get("/robots.txt"))

    for kept in ("/areas/", "/me/", "/office/", "/q/", "/documents/", "/v/"):
        assert f"Disallow: {kept}\n" in robots
    icon = client.get("/favicon.ico")
    assert (icon.status_code, icon["Location"].startswith("/static/icon")) == (302, True)


def test_an_unknown_address_is_a_page_of_ours(client):
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert "没有这个页面" in words(response)


# ── my desk ───────────────────────────────────────────────────────────────────────────────────────


def _today(cohort: Cohort) -> None:
    """The first half-day of ``cohort`` is now."""
    session = cohort.sessions.get(position=1)
    now = timezone.now()
    session.starts_at, session.ends_at = now - timedelta(minutes=1), now + timedelta(minutes=1)
    session.opens_at, session.closes_at = session.starts_at, session.ends_at
    session.save()


def test_my_desk_asks_a_stranger_to_log_in(client):
    assert client.get("/desk/")["Location"] == "/accounts/login/?next=/desk/"


def test_a_trainee_lands_in_today_s_session(client, cast):
    assert cast.enrolment
    client.force_login(cast.trainee)
    before = client.get("/desk/")["Location"]

    _today(cast.cohort)

    assert before == "/me/"
    assert client.get("/desk/")["Location"] == f"/sessions/{cast.session.pk}/"


@pytest.mark.parametrize("who", ["clerk", "class_teacher"])
def test_staff_land_at_the_desk_of_today_s_session(client, cast, who):
    client.force_login(getattr(cast, who))
    before = client.get("/desk/")["Location"]

    _today(cast.cohort)

    assert before == "/me/"
    assert client.get("/desk/")["Location"] == f"/sessions/{cast.session.pk}/staff/"


def test_a_session_of_a_closed_class_holds_nobody(client, cast):
    assert cast.enrolment
    _today(cast.cohort)
    Cohort.objects.filter(pk=cast.cohort.pk).update(state="closed")
    client.force_login(cast.trainee)

    assert client.get("/desk/")["Location"] == "/me/"


@pytest.mark.parametrize(
    ("who", "area"),
    [
        ("zhaojue", "513431"),
        ("liangshan", "513400"),
        ("province", "510000"),
        ("superuser", "510000"),
    ],
)
def test_coordinators_land_on_their_region(client, cast, who, area):
    client.force_login(getattr(cast, who))

    assert client.get("/desk/")["Location"] == f"/areas/{area}/coverage/"


def test_an_editor_lands_in_the_office(client, cast):
    client.force_login(cast.editor)

    assert client.get("/desk/")["Location"] == "/office/"
