"""The office: programmes and their route, for provincial editors (ruling 9)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
)
from wagtail.admin.ui.tables import UpdatedAtColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from training.forms.programme import CityStopForm, PartsFormSet, ProgrammeForm
from training.models import CityStop, Programme


class PartsPanel(InlinePanel):
    """An inline panel whose rows keep the ids that a draft gave them."""

    def get_form_options(self) -> dict[str, Any]:
        options: dict[str, Any] = super().get_form_options()
        options["formsets"][self.relation_name]["formset"] = PartsFormSet
        return options


class ProgrammeViewSet(SnippetViewSet):
    """A curriculum with its drafts, revisions and preview (ruling 19)."""

    model = Programme
    icon = "form"
    menu_label = _("培训项目")
    menu_name = "programmes"
    menu_order = 150
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display = ["title", "year", "get_level_display", UpdatedAtColumn()]
    list_filter = ["year", "level"]
    search_fields = ["title", "slug", "organiser"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("title"),
                    FieldPanel("slug"),
                    FieldPanel("summary"),
                    FieldPanel("basis"),
                    FieldPanel("contact"),
                    FieldPanel("designation_list"),
                    FieldPanel("is_sample"),
                ],
                heading=_("项目"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("kind"),
                    FieldPanel("year"),
                    FieldPanel("level"),
                    FieldPanel("mode"),
                    FieldPanel("organiser"),
                    FieldPanel("certificate_title"),
                ],
                heading=_("登记信息"),
            ),
            PartsPanel(
                "modules",
                panels=[
                    FieldPanel("title"),
                    FieldPanel("kind"),
                    FieldPanel("hours"),
                    FieldPanel("summary"),
                ],
                heading=_("课程模块"),
                label=_("模块"),
            ),
            PartsPanel(
                "requirements",
                panels=[
                    FieldPanel("kind"),
                    FieldPanel("title"),
                    FieldPanel("summary"),
                    FieldPanel("module"),
                    FieldPanel("due_days"),
                    FieldPanel("pass_score"),
                ],
                heading=_("结业要求"),
                label=_("要求"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("absence_limit"),
                    FieldPanel("fail_ratio"),
                    FieldPanel("hours_per_credit"),
                ],
                heading=_("结业规则"),
                help_text=_("班次开班时按当时发布的版本定下，以后再改不影响已开的班次。"),
            ),
            InlinePanel(
                "materials",
                panels=[FieldPanel("material"), FieldPanel("note")],
                heading=_("材料"),
                label=_("材料"),
            ),
            PublishingPanel(),
        ],
        base_form_class=ProgrammeForm,
    )


class CityStopViewSet(SnippetViewSet):
    """送培训到市州: when the programme comes to which city, and where."""

    model = CityStop
    icon = "site"
    menu_label = _("市州站")
    menu_name = "city-stops"
    menu_order = 160
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display = ["programme", "region", "number", "starts_on", "ends_on", "venue"]
    list_filter = ["programme"]
    ordering = ["-starts_on"]
    edit_handler = ObjectList(
        [
            FieldPanel("programme"),
            FieldPanel("region"),
            FieldPanel("number"),
            FieldPanel("starts_on"),
            FieldPanel("ends_on"),
            FieldPanel("venue"),
            FieldPanel("contact"),
        ],
        base_form_class=CityStopForm,
    )
