"""/office/: provincial editors find their words and programmes there, and nobody finds anything else."""

import json
import re

import pytest
from django.contrib.auth.models import Group
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, rich_text

from community.models import NoticeIndexPage, NoticePage
from training.models import ProgrammeIndexPage, ProgrammePage
from website.models import HomePage
from website.operations.site import EDITORS, plant_site

pytestmark = pytest.mark.django_db
CLOSED = [
    "users/",
    "users/add/",
    "users/1/",
    "groups/",
    "groups/1/",
    "sites/",
    "workflows/list/",
    "workflows/tasks/index/",
    "collections/",
    "redirects/",
    "reports/site-history/",
    "reports/aging-pages/",
    "password_reset/",
    "failwhale/",
]
SCREENS = [
    "",
    "pages/",
    "snippets/training/programme/",
    "snippets/training/programme/add/",
    "snippets/training/citystop/",
    "snippets/training/citystop/add/",
    "images/",
    "images/add/",
    "documents/",
    "documents/multiple/add/",
]


@pytest.fixture
def office(client, cast):
    client.force_login(cast.editor)
    return client


@pytest.mark.parametrize("path", SCREENS)
def test_an_editor_opens_her_screens(office, path):
    assert office.get(f"/office/{path}", follow=True).status_code == 200


@pytest.mark.parametrize("path", CLOSED)
def test_what_is_not_the_office_s_is_not_there_for_anybody(client, cast, path):
    for member in (cast.editor, cast.superuser):
        client.force_login(member)
        assert client.get(f"/office/{path}").status_code == 404, member


@pytest.mark.parametrize("who", ["trainee", "zhaojue", "liangshan", "province", "clerk"])
@pytest.mark.parametrize("path", ["", "pages/", "snippets/training/programme/", "images/"])
def test_nobody_who_is_not_an_editor_comes_in(client, cast, who, path):
    client.force_login(getattr(cast, who))

    response = client.get(f"/office/{path}")

    assert response.status_code in {302, 403}
    assert "培训项目" not in response.content.decode()


def test_a_stranger_logs_in_where_everybody_does(client):
    asked = client.get("/office/pages/")
    directly = client.get("/office/login/?next=/office/images/")
    outside = client.get("/office/login/?next=https://elsewhere.example/")

    assert asked["Location"] == "/accounts/login/?next=/office/pages/"
    assert directly["Location"] == "/accounts/login/?next=%2Foffice%2Fimages%2F"
    assert outside["Location"] == "/accounts/login/?next=%2Foffice%2F"


def test_the_account_of_an_editor_is_everybody_s(office):
    assert office.get("/office/account/")["Location"] == "/accounts/password/change/"


def _menu(html):
    props = re.search(
        r'<script id="wagtail-sidebar-props" type="application/json">(.*?)</script>', html
    )
    return json.dumps(json.loads(props[1]), ensure_ascii=False)


def test_the_menu_has_what_editors_need_and_leads_nowhere_else(client, cast):
    for member in (cast.editor, cast.superuser):
        client.force_login(member)
        html = client.get("/office/").content.decode()
        menu = _menu(html)

        for wanted in ("培训项目", "市州站", "图片", "页面"):
            assert wanted in menu
        for other in ("/office/users/", "/office/groups/", "/office/reports/", "/office/sites/"):
            assert other not in html
        assert not re.findall(r'(?:href|src|action)="(?:https?:)?//(?!testserver)[^"]*', html)


def test_the_editors_group_holds_no_power_over_people(cast):
    group = Group.objects.get(name=EDITORS)
    held = set(group.permissions.values_list("content_type__app_label", "codename"))

    assert {app for app, _ in held} == {"wagtailadmin", "training"}
    assert ("wagtailadmin", "access_admin") in held
    assert not {code for _, code in held if code.startswith("delete")}
    assert {code.split("_", 1)[1] for app, code in held if app == "training"} == {
        "programme",
        "citystop",
    }


def test_no_appointment_opens_the_office(cast):
    for who in ("province", "liangshan", "zhaojue", "class_teacher"):
        assert not getattr(cast, who).has_perm("wagtailadmin.access_admin")


def test_a_notice_is_drafted_published_and_withdrawn(office, client):
    index = NoticeIndexPage.objects.get()
    posted = nested_form_data(
        {
            "title": "报到通知",
            "slug": "arrival",
            "issuer": "四川省教育厅",
            "document_number": "川教函〔2026〕1号",
            "issued_on": "2026-11-20",
            "body": rich_text("<p>请带手机。</p>"),
            "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0},
        }
    )
    office.post(f"/office/pages/add/community/noticepage/{index.pk}/", posted)
    notice = NoticePage.objects.get(slug="arrival")
    assert client.get("/notices/arrival/").status_code == 404
    assert "请带手机" in office.get(f"/office/pages/{notice.pk}/view_draft/").content.decode()

    office.post(f"/office/pages/{notice.pk}/edit/", posted | {"action-publish": "1"})
    page = client.get("/notices/arrival/").content.decode()
    assert "请带手机。" in page
    assert "川教函〔2026〕1号" in page
    assert "2026年11月20日" in page

    office.post(f"/office/pages/{notice.pk}/unpublish/")
    assert client.get("/notices/arrival/").status_code == 404


def test_the_words_of_a_programme_are_a_page(office, client, cast):
    index = ProgrammeIndexPage.objects.get()
    posted = nested_form_data(
        {
            "title": "信息技术专题培训",
            "slug": "it-change",
            "programme": cast.programme.pk,
            "lead": "编辑写的导语。",
            "body": rich_text("<p>编辑写的正文。</p>"),
            "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0},
            "action-publish": "1",
        }
    )
    office.post(f"/office/pages/add/training/programmepage/{index.pk}/", posted)

    html = client.get("/programmes/it-change/").content.decode()

    assert ProgrammePage.objects.get().programme == cast.programme
    assert "编辑写的导语。" in html
    assert "编辑写的正文。" in html


def test_scripts_posted_as_words_do_not_reach_the_page(office, client):
    """What the office's editor could never write, posted by hand."""
    body = {
        "blocks": [
            {
                "key": "a",
                "type": "unstyled",
                "depth": 0,
                "text": "<script>alert(1)</script>点",
                "inlineStyleRanges": [],
                "entityRanges": [{"key": 0, "offset": 25, "length": 1}],
            }
        ],
        "entityMap": {
            "0": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "javascript:alert(1)"}}
        },
    }
    posted = nested_form_data(
        {
            "title": "<script>alert(2)</script>",
            "slug": "hostile",
            "issuer": "<b>x</b>",
            "document_number": "",
            "issued_on": "2026-11-20",
            "body": json.dumps(body),
            "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0},
            "action-publish": "1",
        }
    )
    index = NoticeIndexPage.objects.get()
    office.post(f"/office/pages/add/community/noticepage/{index.pk}/", posted)

    html = client.get("/notices/hostile/").content.decode()

    assert "<script>alert" not in html
    assert "javascript:" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "&lt;script&gt;alert(2)" in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


@pytest.mark.parametrize("model", [HomePage, ProgrammeIndexPage, NoticeIndexPage])
@pytest.mark.parametrize("deed", ["delete", "unpublish"])
def test_the_pillars_of_the_site_stay(client, cast, model, deed):
    client.force_login(cast.superuser)
    page = model.objects.get()

    client.post(f"/office/pages/{page.pk}/{deed}/")
    client.post(f"/office/bulk/wagtailcore/page/{deed}/?id={page.pk}")

    assert Page.objects.get(pk=page.pk).live


def test_pages_hang_where_they_belong(office):
    home, notices = HomePage.objects.get(), NoticeIndexPage.objects.get()

    assert office.get(f"/office/pages/add/community/noticepage/{home.pk}/").status_code in {
        302,
        403,
    }
    assert office.get(f"/office/pages/add/training/programmepage/{notices.pk}/").status_code in {
        302,
        403,
    }


def test_planting_the_site_again_changes_nothing(cast):
    before = list(Page.objects.values_list("pk", "path", "title"))

    plant_site()

    assert list(Page.objects.values_list("pk", "path", "title")) == before
    assert Group.objects.filter(name__in=["Moderators", "Editors"]).count() == 0


def test_no_page_waits_for_an_approval_that_nobody_can_give(office):
    home = HomePage.objects.get()

    assert not home.has_workflow
    assert "提交审核" not in office.get(f"/office/pages/{home.pk}/edit/").content.decode()
