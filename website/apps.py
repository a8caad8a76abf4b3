from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebsiteConfig(AppConfig):
    name = "website"
    verbose_name = _("网站")

    def ready(self) -> None:
        from django.conf import settings

        from website import checks  # noqa: F401
        from website.catalogues import fold_fallbacks
        from website.gates import watch_authenticators
        from website.public_cache import watch_publications

        watch_publications()
        watch_authenticators()
        fold_fallbacks(settings.LANGUAGE_CODE)
