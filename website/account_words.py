"""What allauth says when it says no, in our words: where, what, and how to go on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACCOUNT_FAULTS = {
    "account_inactive": _("这个账号已停用，请联系所在县（市、区）的联络人。"),
    "enter_current_password": _("现在的密码不对，请重新输入。"),
    "incorrect_code": _("验证码不对，请照短信重新输入，或再发一次。"),
    "incorrect_password": _("密码不对，请重新输入。"),
    "invalid_login": _("没有这个账号，请核对账号或手机号。"),
    "phone_password_mismatch": _(
        "账号或密码不对，请重新输入，或收验证码登录。几个人共用的手机号，请改填账号。"
    ),
    "phone_taken": _("这个手机号已登记在别人名下，请联系所在县（市、区）的联络人。"),
    "rate_limited": _("发得太快了，请等几分钟再试。"),
    "same_as_current": _("新的和现在的一样，请改成不同的。"),
    "too_many_login_attempts": _("试的次数太多，请过几分钟再试。会场里请找门口工作人员。"),
    "unknown_phone": _("名单里没有这个手机号，请核对，或联系所在县（市、区）的联络人。"),
    "username_password_mismatch": _(
        "账号或密码不对，请重新输入，或收验证码登录。几个人共用的手机号，请改填账号。"
    ),
}

MFA_FAULTS = {
    "cannot_delete_authenticator": _("这个账号有管理权限，不能关闭两步验证。"),
    "cannot_generate_recovery_codes": _("还没有开启两步验证，请先开启，再生成备用码。"),
    "incorrect_code": _("六位数字不对，请输入验证器上现在显示的数字。"),
}
