"""Public pages are kept for strangers, shown to nobody else, and thrown away when something changes."""

import pytest
from django.contrib.messages import constants
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client

from community.models import NoticeIndexPage, NoticePage
from community.publications import renew_publications
from tests.factories.cast import moment
from training.models import CityStop, Programme
from website.public_cache import PublicCacheMiddleware

pytestmark = pytest.mark.django_db


def words(response):
    return response.content.decode()


@pytest.fixture
def notice(db):
    return NoticeIndexPage.objects.get().add_child(
        instance=NoticePage(
            title="第一个通知",
            slug="first",
            issuer="四川省教育厅",
            issued_on=moment().date(),
            body="<p>正文。</p>",
        )
    )


@pytest.mark.parametrize(
    "path",
    ["/", "/notices/", "/notices/first/", "/programmes/", "/programmes/it-change/", "/help/"],
)
def test_a_second_stranger_costs_no_question(notice, cast, django_assert_num_queries, path):
    assert cast.stop
    first = Client().get(path)

    with django_assert_num_queries(0):
        second = Client().get(path)

    assert first.status_code == 200
    assert second.content == first.content
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert second["Content-Type"] == first["Content-Type"]
    assert not second.cookies


def test_two_members_and_a_stranger_in_turn_each_get_their_own_page(cast):
    stranger, trainee, coordinator = Client(), Client(), Client()
    trainee.force_login(cast.enrolment.member)
    coordinator.force_login(cast.zhaojue)

    for _ in range(2):
        for path in ("/", "/programmes/it-change/"):
            public, hers, others = (c.get(path) for c in (stranger, trainee, coordinator))
            assert "何文渊" not in words(public)
            assert "登录" in words(public)
            assert "何文渊" in words(hers)
            assert "吉木克哈" not in words(hers)
            assert "吉木克哈" in words(others)
            assert "何文渊" not in words(others)
            assert "no-store" in hers["Cache-Control"]
            assert "ETag" not in hers
    assert "6排12座" in words(trainee.get("/programmes/it-change/"))
    assert "6排12座" not in words(stranger.get("/programmes/it-change/"))


def test_a_member_s_page_is_never_kept(cast):
    client = Client()
    client.force_login(cast.trainee)
    client.get("/")

    assert "何文渊" not in words(Client().get("/"))


def test_a_browser_asks_again_and_is_told_that_nothing_changed(cast, django_assert_num_queries):
    first = Client().get("/programmes/")

    with django_assert_num_queries(0):
        again = Client().get("/programmes/", headers={"if-none-match": first["ETag"]})

    assert first["Cache-Control"] == "no-cache"
    assert "Cookie" in first["Vary"]
    assert (again.status_code, again.content) == (304, b"")


def test_who_logs_in_is_not_told_that_nothing_changed(cast):
    stranger = Client()
    etag = stranger.get("/")["ETag"]
    stranger.force_login(cast.trainee)

    after = stranger.get("/", headers={"if-none-match": etag})

    assert after.status_code == 200
    assert "何文渊" in words(after)


def test_head_is_answered_from_what_is_kept(cast, django_assert_num_queries):
    Client().get("/")

    with django_assert_num_queries(0):
        head = Client().head("/")

    assert (head.status_code, head.content) == (200, b"")


def test_languages_are_kept_apart(cast):
    reader = Client()
    reader.cookies["django_language"] = "en"

    for _ in range(2):
        chinese, english = Client().get("/help/"), reader.get("/help/")
        assert chinese["Content-Language"] == "zh-hans"
        assert english["Content-Language"] == "en"


def test_what_was_just_published_is_seen_at_once(notice, cast, django_capture_on_commit_callbacks):
    assert "第一个通知" in words(Client().get("/notices/"))
    Client().get("/")
    Client().get("/programmes/it-change/")

    with django_capture_on_commit_callbacks(execute=True):
        notice.title = "改过的通知"
        notice.save_revision().publish()
        programme = Programme.objects.get(pk=cast.programme.pk)
        programme.title = "改过的项目"
        programme.save_revision().publish()

    assert "改过的通知" in words(Client().get("/notices/"))
    assert "改过的通知" in words(Client().get("/"))
    assert "改过的项目" in words(Client().get("/programmes/it-change/"))


@pytest.mark.parametrize("deed", ["unpublish", "delete"])
def test_what_was_withdrawn_is_gone_at_once(notice, deed, django_capture_on_commit_callbacks):
    Client().get("/notices/first/")
    Client().get("/")

    with django_capture_on_commit_callbacks(execute=True):
        getattr(notice, deed)()

    assert Client().get("/notices/first/").status_code == 404
    assert "第一个通知" not in words(Client().get("/"))


def test_a_stop_that_moves_is_seen_at_once(cast, django_capture_on_commit_callbacks):
    stop = cast.stop
    Client().get("/programmes/it-change/")

    with django_capture_on_commit_callbacks(execute=True):
        stop.venue = "换了的会场"
        stop.save()

    assert "换了的会场" in words(Client().get("/programmes/it-change/"))
    with django_capture_on_commit_callbacks(execute=True):
        CityStop.objects.get(pk=stop.pk).delete()
    assert "换了的会场" not in words(Client().get("/programmes/it-change/"))


def test_a_page_that_was_being_built_during_a_purge_is_not_handed_out(rf):
    answers = iter(["old", "new"])

    def build(request):
        if (answer := next(answers)) == "old":
            renew_publications()
        return HttpResponse(answer)

    middleware = PublicCacheMiddleware(build)

    assert middleware(rf.get("/")).content == b"old"
    assert middleware(rf.get("/")).content == b"new"
    assert middleware(rf.get("/")).content == b"new"


def _with_csrf(request):
    return HttpResponse(get_token(request))


def _with_cookie(request):
    response = HttpResponse("x")
    response.set_cookie("seen", "1")
    return response


def _private(request):
    return HttpResponse("x", headers={"Cache-Control": "private"})


def _with_message(request):
    from django.contrib.messages.storage.cookie import CookieStorage

    request._messages = CookieStorage(request)
    request._messages.add(constants.INFO, "只给您看")
    return HttpResponse("x")


@pytest.mark.parametrize(
    "view",
    [
        _with_csrf,
        _with_cookie,
        _private,
        _with_message,
        lambda request: HttpResponse("x", status=404),
        lambda request: HttpResponse("x", status=302, headers={"Location": "/"}),
    ],
)
def test_what_is_one_visitor_s_own_is_not_kept(rf, view):
    built = []

    def build(request):
        built.append(request)
        return view(request)

    middleware = PublicCacheMiddleware(build)
    middleware(rf.get("/"))
    middleware(rf.get("/"))

    assert len(built) == 2


@pytest.mark.parametrize(
    "request_of",
    [
        lambda rf: rf.get("/?page=2"),
        lambda rf: rf.get("/me/"),
        lambda rf: rf.get("/v/SC-2026-ABCDEFGHJK-2M"),
        lambda rf: rf.post("/"),
        lambda rf: rf.get("/notices/" + "a" * 300 + "/"),
    ],
)
def test_only_the_public_pages_by_their_plain_address_are_kept(rf, request_of):
    built = []

    def build(request):
        built.append(request)
        return HttpResponse("x")

    middleware = PublicCacheMiddleware(build)
    middleware(request_of(rf))
    middleware(request_of(rf))

    assert len(built) == 2


@pytest.mark.parametrize("name", ["sessionid", "messages"])
def test_who_brings_a_session_or_a_message_is_asked_afresh(rf, name):
    middleware = PublicCacheMiddleware(lambda request: HttpResponse("public"))
    middleware(rf.get("/"))
    hers = rf.get("/")
    hers.COOKIES[name] = "anything"

    answer = PublicCacheMiddleware(lambda request: HttpResponse("hers"))(hers)

    assert answer.content == b"hers"
    assert middleware(rf.get("/")).content == b"public"


def test_an_unknown_host_is_refused_even_where_a_page_is_kept(cast):
    Client().get("/")

    assert Client().get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_nothing_is_kept_when_told_so(cast, settings, django_assert_max_num_queries):
    settings.PUBLIC_PAGE_SECONDS = 0
    Client().get("/programmes/")

    with django_assert_max_num_queries(1):
        assert Client().get("/programmes/").status_code == 200
