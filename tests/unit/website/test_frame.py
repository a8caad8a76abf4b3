import json

import pytest
from django.contrib.auth.models import AnonymousUser

from website.context import Frame


@pytest.fixture
def visit(rf):
    def frame(path: str) -> Frame:
        request = rf.get(path)
        request.user = AnonymousUser()
        return Frame(request)

    return frame


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", ""),
        ("/programmes/xinxi/", "programmes"),
        ("/sessions/7/desk/", "programmes"),
        ("/cases/12/", "cases"),
        ("/v/SC-2026-ABCDEFGHJK-2M", "verify"),
        ("/me/certificates/1/", "my_learning"),
        ("/areas/513400/rosters/", "desk"),
        ("/accounts/login/", ""),
    ],
)
def test_the_navigation_knows_where_one_is(visit, path, entry):
    assert visit(path).here == entry


def test_a_view_may_say_where_one_is(rf):
    request = rf.get("/anywhere/")
    request.frame_here = "notices"

    assert Frame(request).here == "notices"


def test_a_stranger_is_the_public(visit):
    frame = visit("/")

    assert (frame.role, frame.name, frame.area, frame.todo_count) == ("public", "", None, 0)


def test_demo_accounts_are_offered_in_a_demo(visit, settings, tmp_path):
    offered = {"password": "x", "accounts": [{"username": "he", "name": "何", "role": "校长"}]}
    (tmp_path / "demo_accounts.json").write_text(json.dumps(offered), "utf-8")
    settings.TONGKE_DATA = tmp_path
    settings.DEMO = True

    assert visit("/").demo_accounts == offered


def test_demo_accounts_are_not_offered_anywhere_else(visit, settings, tmp_path):
    (tmp_path / "demo_accounts.json").write_text('{"password": "x", "accounts": []}', "utf-8")
    settings.TONGKE_DATA = tmp_path
    settings.DEMO = False

    assert visit("/").demo_accounts == {}


@pytest.mark.parametrize("written", [None, "", "{"])
def test_a_demo_without_accounts_has_a_log_in_page_all_the_same(visit, settings, tmp_path, written):
    if written is not None:
        (tmp_path / "demo_accounts.json").write_text(written, "utf-8")
    settings.TONGKE_DATA = tmp_path
    settings.DEMO = True

    assert visit("/").demo_accounts == {}
