"""Making an installation ready: keys, regions, the page tree. Safe to repeat at every start."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from community.models import Member
from community.operations.region import load_regions
from community.refusals import Refusal
from community.vault import keys_file, make_keyring
from website.operations.site import plant_site


class KeysMissing(Refusal):
    code = "keys_missing"


def prepare_keys() -> Path:
    """Make the keyring where there is none. Refuses where people are stored and their keys are
    gone.
    """
    path = keys_file()
    require_keys()
    if not path.exists():
        make_keyring(path)
    return path


def require_keys() -> None:
    """Refuse to go on where sealed data exists and its keys do not (ruling 27).

    Every server asks before it answers the first request; a fresh ring would hide the loss. An installation
    without tables, or a database that does not answer yet, has nothing to lose.
    """
    path = keys_file()
    if path.exists():
        return
    try:
        sealed = Member.objects.exclude(id_sealed="", phone_sealed="").exists()
    except DatabaseError:
        return
    if sealed:
        raise KeysMissing(
            _(
                "数据库里已有加密的人员信息，但找不到密钥文件%(path)s。请先用restore恢复密钥，再启动。"
            )
            % {"path": path}
        )


def prepare_installation() -> None:
    """After ``migrate``: keys, regions, pages."""
    prepare_keys()
    load_regions()
    address = urlsplit(settings.PUBLIC_URL)
    plant_site(hostname=address.hostname or "localhost", port=address.port or 80)
