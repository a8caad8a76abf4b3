"""Planting the page tree: root, front page, programme list, notice list, and the editors' group."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowPage,
)

from community.models import NoticeIndexPage
from training.models import ProgrammeIndexPage
from website.models import HomePage

EDITORS = "省级编辑"
_SNIPPETS = ("programme", "citystop")


@transaction.atomic
def plant_site(*, hostname: str = "localhost", port: int = 8000) -> HomePage:
    """Make what the site needs and is missing; safe to repeat. Returns the front page."""
    from django.conf import settings

    Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root")
    home = HomePage.objects.first()
    if home is None:
        # Wagtail's own first migration leaves a welcome page in our place.
        for stranger in root.get_children():
            stranger.specific.delete()
        root = Page.objects.get(pk=root.pk)
        home = root.add_child(instance=HomePage(title="同课", slug="home"))
    if not ProgrammeIndexPage.objects.exists():
        home.add_child(instance=ProgrammeIndexPage(title="培训", slug="programmes"))
    if not NoticeIndexPage.objects.exists():
        home.add_child(instance=NoticeIndexPage(title="公告", slug="notices"))
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={"root_page": home, "hostname": hostname, "port": port, "site_name": "同课"},
    )
    if not Collection.objects.exists():
        Collection.add_root(name="Root")
    appoint_editors_group(home)
    return home


def appoint_editors_group(home: HomePage) -> Group:
    """The one Wagtail group (ruling 9): pages, pictures, hand-outs and programmes; never people."""
    group, _ = Group.objects.get_or_create(name=EDITORS)
    wanted = Permission.objects.filter(
        content_type__app_label="wagtailadmin", codename="access_admin"
    )
    wanted |= Permission.objects.filter(
        content_type__app_label="training", content_type__model__in=_SNIPPETS
    ).exclude(codename__startswith="delete_")
    group.permissions.set(wanted)
    for codename in ("add_page", "change_page", "publish_page"):
        GroupPagePermission.objects.get_or_create(
            group=group, page=home, permission=Permission.objects.get(codename=codename)
        )
    collection = Collection.get_first_root_node()
    # Wagtail asks for the permissions of its own two models, whatever models stand in for them.
    for app_label, model in (("wagtailimages", "image"), ("wagtaildocs", "document")):
        for deed in ("add", "change", "choose"):
            GroupCollectionPermission.objects.get_or_create(
                group=group,
                collection=collection,
                permission=Permission.objects.get(
                    content_type__app_label=app_label, codename=f"{deed}_{model}"
                ),
            )
    # Wagtail's own sample groups would let a moderator in whom nobody appointed.
    Group.objects.filter(name__in=["Moderators", "Editors"], user=None).delete()
    _close_dead_ends()
    return group


def _close_dead_ends() -> None:
    """Wagtail's sample workflow waits for the approval of groups that are gone: nobody could give
    it.
    """
    Workflow.objects.filter(
        workflow_tasks__task__in=GroupApprovalTask.objects.filter(groups=None)
    ).update(active=False)
    WorkflowPage.objects.filter(workflow__active=False).delete()
