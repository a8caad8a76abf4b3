import json
from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from community.http import (
    BROWSER_COOKIE,
    BrowserMiddleware,
    RefusalMiddleware,
    client_ip,
    ensure_browser,
    number_typed,
)
from community.refusals import Refusal


class HallFull(Refusal):
    code = "hall_full"


def request_with(**meta: str) -> HttpRequest:
    return RequestFactory().get("/", **meta)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "address"),
    [
        (0, "9.9.9.9", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1", "10.0.0.1"),
        (1, "<script>", "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, unknown", "10.0.0.1", "10.0.0.1"),
        (1, " 2001:DB8::1 ", "10.0.0.1", "2001:db8::1"),
        (0, "", "", ""),
        (0, "", "unix:", ""),
    ],
)
def test_the_address_is_the_one_our_own_proxy_saw(
    settings, proxies: int, forwarded: str, remote: str, address: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    assert client_ip(request_with(HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR=remote)) == address


def visit(view, cookie: str | None = None) -> HttpResponse:
    request = request_with()
    if cookie is not None:
        request.COOKIES[BROWSER_COOKIE] = cookie
    return BrowserMiddleware(view)(request)


def named(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ensure_browser(request))


def test_a_browser_gets_a_name_and_keeps_it() -> None:
    first = visit(named)
    cookie = first.cookies[BROWSER_COOKIE]
    second = visit(named, cookie.value)

    assert len(first.content) >= 20
    assert second.content == first.content
    assert BROWSER_COOKIE not in second.cookies


def test_two_browsers_have_two_names() -> None:
    assert visit(named).content != visit(named).content


def test_one_request_has_one_name() -> None:
    request = request_with()

    assert ensure_browser(request) == ensure_browser(request)


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_out_of_reach_of_scripts(settings, secure: bool) -> None:
    settings.SESSION_COOKIE_SECURE = secure
    cookie = visit(named).cookies[BROWSER_COOKIE]

    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert bool(cookie["secure"]) is secure
    assert cookie["max-age"] == int(timedelta(days=365).total_seconds())
    assert cookie["path"] == "/"


@pytest.mark.parametrize("cookie", ["", "chosen", "chosen:by-me", ":", "\ud800", "名:字"])
def test_a_name_that_we_did_not_give_is_replaced(cookie: str) -> None:
    response = visit(named, cookie)

    assert response.cookies[BROWSER_COOKIE].value.startswith(response.content.decode() + ":")
    assert response.content.decode() not in {cookie, "chosen"}


def test_a_page_that_does_not_ask_sets_no_cookie() -> None:
    response = visit(lambda request: HttpResponse())

    assert not response.cookies
    assert "Vary" not in response


def test_a_page_that_asks_varies_by_cookie() -> None:
    assert visit(named)["Vary"] == "Cookie"


def refused(accept: str | None = None, refusal: Exception | None = None) -> HttpResponse | None:
    request = request_with(**({"HTTP_ACCEPT": accept} if accept else {}))
    middleware = RefusalMiddleware(lambda _request: HttpResponse())
    return middleware.process_exception(
        request, refusal or HallFull("会场已坐满，请到二号厅。", seats=300)
    )


@pytest.fixture
def plain_409(settings) -> None:
    """The page's own looks are tested where the frame is; here only what it is given."""
    page = "{{ refusal.code }}|{{ refusal.message }}|{{ refusal.details.seats }}"
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"409.html": page})]},
        }
    ]


@pytest.mark.usefixtures("plain_409")
def test_a_refusal_becomes_a_page() -> None:
    response = refused("text/html,application/xhtml+xml,*/*;q=0.8")

    assert response.status_code == 409
    assert response.content.decode() == "hall_full|会场已坐满，请到二号厅。|300"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.usefixtures("plain_409")
def test_a_client_that_takes_anything_gets_the_page() -> None:
    assert refused()["Content-Type"].startswith("text/html")
    assert refused("*/*")["Content-Type"].startswith("text/html")
    assert refused("image/png")["Content-Type"].startswith("text/html")


def test_a_client_that_wants_json_gets_json() -> None:
    response = refused("application/json")

    assert response.status_code == 409
    assert json.loads(response.content) == {
        "code": "hall_full",
        "message": "会场已坐满，请到二号厅。",
        "details": {"seats": 300},
    }


def test_a_refusal_may_have_another_status() -> None:
    class Busy(HallFull):
        status = 503

    assert refused("application/json", Busy("请稍候。")).status_code == 503


def test_other_exceptions_are_left_alone() -> None:
    assert refused(refusal=ValueError("x")) is None


def test_the_middleware_passes_answers_through() -> None:
    assert RefusalMiddleware(lambda _request: HttpResponse("ok"))(request_with()).content == b"ok"


def test_a_refusal_reads_as_its_message() -> None:
    refusal = HallFull("会场已坐满，请到二号厅。", seats=300)

    assert str(refusal) == "会场已坐满，请到二号厅。"
    assert refusal.details == {"seats": 300}
    assert (Refusal.code, Refusal.status) == ("refused", 409)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("0012", 12),
        ("", 0),
        ("-1", 0),
        ("1.5", 0),
        ("１２", 0),
        ("²", 0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 0),
        ("9" * 5_000, 0),
    ],
)
def test_a_number_that_was_typed_is_counted_before_it_is_read(text: str, number: int) -> None:
    assert number_typed(text) == number


def test_a_number_above_what_may_be_is_none() -> None:
    assert (number_typed("10", most=10), number_typed("11", most=10)) == (10, 0)
