"""材料: a hand-out opens for whom it is meant, once something published offers it, and only as a file."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from community.models import Material, NoticeIndexPage, NoticePage
from tests.factories.cast import moment
from training.models import Programme, ProgrammeIndexPage, ProgrammeMaterial, ProgrammePage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def handout(cast):
    material = Material(title="讲义", is_public=True)
    material.file.save("handout.html", ContentFile(b"<script>alert(1)</script>" * 40))
    ProgrammeMaterial.objects.create(programme=cast.programme, material=material, sort_order=0)
    return material


def test_a_hand_out_is_a_download_and_runs_nothing(client, handout):
    response = client.get(handout.url)

    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"<script>")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )


def test_head_and_unchanged_are_answered_without_the_file(client, handout):
    first = client.get(handout.url)
    head = client.head(handout.url)
    again = client.get(handout.url, headers={"if-none-match": first["ETag"]})

    assert (head.status_code, b"".join(head.streaming_content)) == (200, b"")
    assert head["Content-Length"] == first["Content-Length"]
    assert again.status_code == 304


@pytest.mark.parametrize(
    "headers", [{}, {"range": "bytes=0-9"}, {"if-none-match": '"x"'}, {"if-range": '"x"'}]
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_what_needs_a_log_in_sends_a_stranger_there_however_she_asks(
    client, cast, handout, method, headers
):
    handout.is_public = False
    handout.save()

    refused = getattr(client, method)(handout.url, headers=headers)
    client.force_login(cast.trainee)
    allowed = client.get(handout.url)

    assert refused.status_code == 302
    assert refused["Location"].startswith("/accounts/login/?next=/documents/")
    assert allowed.status_code == 200
    assert "no-store" in allowed["Cache-Control"]


def test_a_hand_out_that_needs_a_log_in_is_not_even_named_to_a_stranger(client, cast, handout):
    handout.is_public = False
    handout.save()
    path = f"/programmes/{cast.programme.slug}/"

    assert "讲义" not in client.get(path).content.decode()
    client.force_login(cast.trainee)
    assert "讲义" in client.get(path).content.decode()


def test_the_hand_outs_of_a_draft_are_found_by_editors_only(cast, handout):
    Programme.objects.filter(pk=cast.programme.pk).update(live=False)
    trainee, editor = Client(), Client()
    trainee.force_login(cast.trainee)
    editor.force_login(cast.editor)

    assert Client().get(handout.url).status_code == 404
    assert trainee.get(handout.url).status_code == 404
    assert editor.get(handout.url).status_code == 200


def test_what_only_an_unpublished_change_adds_is_not_found_yet(client, cast):
    material = Material(title="新讲义")
    material.file.save("new.pdf", ContentFile(b"%PDF-1.7"))
    programme = Programme.objects.get(pk=cast.programme.pk)
    programme.materials.add(ProgrammeMaterial(material=material, sort_order=0))
    revision = programme.save_revision()

    assert client.get(material.url).status_code == 404
    revision.publish()
    assert client.get(material.url).status_code == 200


@pytest.mark.parametrize(
    "link", ['<a id="{}" linktype="document">', '<a linktype="document" id="{}">']
)
def test_what_a_notice_links_to_opens_with_the_notice(client, link):
    material = Material(title="日程")
    material.file.save("route.pdf", ContentFile(b"%PDF-1.7"))
    notice = NoticeIndexPage.objects.get().add_child(
        instance=NoticePage(
            title="日程",
            slug="route",
            issuer="四川省教育厅",
            issued_on=moment().date(),
            body="<p>" + link.format(material.pk) + "日程</a></p>",
        )
    )

    assert material.url in client.get("/notices/route/").content.decode()
    assert client.get(material.url).status_code == 200
    notice.unpublish()
    assert client.get(material.url).status_code == 404


def test_what_a_programme_page_links_to_opens_with_the_programme(client, cast):
    material = Material(title="说明")
    material.file.save("about.pdf", ContentFile(b"%PDF-1.7"))
    ProgrammeIndexPage.objects.get().add_child(
        instance=ProgrammePage(
            title="项目",
            slug="it-change",
            programme=cast.programme,
            body=f'<p><a id="{material.pk}" linktype="document">说明</a></p>',
        )
    )

    assert client.get(material.url).status_code == 200
    Programme.objects.filter(pk=cast.programme.pk).update(live=False)
    assert client.get(material.url).status_code == 404


def test_unknown_misnamed_and_lost_files_are_simply_not_found(client, handout):
    assert client.get("/documents/999999/handout.html").status_code == 404
    assert client.get(f"/documents/{handout.pk}/other.html").status_code == 404
    assert client.get(f"/documents/{handout.pk}/../../keys/vault.json").status_code == 404
    assert client.get(f"/documents/{handout.pk}/..%2f..%2fkeys%2fvault.json").status_code == 404
    handout.file.storage.delete(handout.file.name)
    assert client.get(handout.url).status_code == 404


def test_nothing_is_posted_to_a_hand_out(client, handout):
    assert client.post(handout.url).status_code == 405


def test_media_have_no_address_of_their_own(client, handout):
    assert client.get(f"/media/{handout.file.name}").status_code == 404
