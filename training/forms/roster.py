"""What is typed on the roster screens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 20 * 1024 * 1024


class RosterFileForm(forms.Form):
    file = forms.FileField(
        label=_("名单文件"),
        help_text=_("按模板填好的.xlsx或.csv，不超过20MB。上传后先检查，您确认后才写入名单。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    is_authoritative = forms.BooleanField(
        label=_("以本文件为准"),
        required=False,
        help_text=_("本县已在名单、文件里没有的人会退出名单。已有签到记录的人不受影响。"),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("名单文件超过20MB，请删去多余的工作表和图片再上传。"))
        return file
