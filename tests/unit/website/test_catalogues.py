"""Looking a message up in Chinese."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, override, trans_real


def test_a_message_that_nobody_translates_asks_two_catalogues_at_most() -> None:
    catalogue: Any = trans_real.translation("zh-hans")

    assert catalogue._fallback is None or catalogue._fallback._fallback is None
    with override("zh-hans"):
        assert gettext("本县培训联络人") == "本县培训联络人"


def test_what_only_an_older_catalogue_has_is_still_found() -> None:
    catalogue: Any = trans_real.translation("zh-hans")
    older = catalogue._fallback._catalog
    only_there = next(
        key for key in older if isinstance(key, str) and key and catalogue._catalog.get(key) is None
    )

    with override("zh-hans"):
        assert gettext(only_there) == older[only_there]
