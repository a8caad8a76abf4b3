"""What a coordinator asks for on the export screen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Region
from community.scope import Viewer
from training.models import Cohort, Export, Programme
from training.operations.export import ExportOrder, may_unmask

KINDS = [
    (Export.Kind.COMPLETIONS, _("完成记录：一人一行，前面各列与全国教师管理信息系统一致")),
    (Export.Kind.ATTENDANCE, _("签到明细：一次签到一行，时间、方式、结果")),
    (Export.Kind.COUNTY, _("县级汇总：一县一行，可直接附在通报后面")),
]
FORMATS = [
    ("xlsx:utf-8-sig", _("Excel（.xlsx）")),
    ("csv:utf-8-sig", _("CSV（UTF-8）")),
    ("csv:gb18030", _("CSV（GB18030，旧版办公软件）")),
]


class ExportForm(forms.Form):
    kind = forms.ChoiceField(label=_("内容"), choices=KINDS, widget=forms.RadioSelect)
    programme = forms.ModelChoiceField(
        label=_("项目"), queryset=Programme.objects.none(), empty_label=None
    )
    cohort = forms.ModelChoiceField(
        label=_("班次"), queryset=Cohort.objects.none(), required=False, empty_label=_("全部班次")
    )
    file_format = forms.ChoiceField(label=_("格式"), choices=FORMATS)
    unmasked = forms.BooleanField(
        label=_("包含完整证件号和手机号"),
        required=False,
        help_text=_("默认打码。勾选会写入操作日志，超过500行要第二人批准，文件24小时后删除。"),
    )
    reason = forms.CharField(
        label=_("为什么要完整证件号"),
        required=False,
        max_length=200,
        help_text=_("例如“全国教师管理信息系统登记”。不勾选上一项可以不填。"),
    )

    def __init__(self, *args: Any, viewer: Viewer, region: Region, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        programmes = Programme.objects.visible_to(viewer)
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        self.fields["cohort"].queryset = (  # type: ignore[attr-defined]
            Cohort.objects.visible_to(viewer).exclude(state=Cohort.State.DRAFT)
        )
        if not may_unmask(viewer):  # type: ignore[arg-type]
            del self.fields["unmasked"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cohort, programme = cleaned.get("cohort"), cleaned.get("programme")
        if cohort and programme and cohort.programme_id != programme.pk:
            self.add_error("cohort", _("这个班次不属于所选项目，请改选班次或项目。"))
        return cleaned

    def typed(self) -> dict[str, Any]:
        """What was typed, to be kept while its writer confirms who she is, and shown again."""
        keys = {"programme", "cohort"}
        return {
            name: getattr(value, "pk", None) if name in keys else value
            for name, value in self.cleaned_data.items()
        }

    def order(self) -> ExportOrder:
        """The order that was typed."""
        file_format, encoding = self.cleaned_data["file_format"].split(":")
        return ExportOrder(
            kind=self.cleaned_data["kind"],
            programme=self.cleaned_data["programme"],
            region=self.region,
            file_format=file_format,
            encoding=encoding,
            cohort=self.cleaned_data["cohort"],
            unmasked=self.cleaned_data.get("unmasked", False),
            reason=self.cleaned_data.get("reason", ""),
        )
