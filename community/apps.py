from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    name = "community"
    verbose_name = _("社区")

    def ready(self) -> None:
        from community import checks  # noqa: F401
        from community.append_only import after_migrate
        from community.notice_kinds import register_notice_kind
        from community.sealed_columns import register_sealed

        register_sealed("community.Member", "id_sealed", purpose="identity")
        register_sealed("community.Member", "phone_sealed", purpose="phone")
        register_notice_kind("account", glyph="号", subject=_("账号"))
        register_notice_kind("appointment", glyph="权", subject=_("授权"))
        register_notice_kind("phone-change", glyph="机", subject=_("人员"), action=_("去改"))
        # The signal comes once an app, after all migrations have run: once, for this app, is enough.
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="append-only triggers")
