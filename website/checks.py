"""Start-up checks of the roof: the keys of what is stored are there, whole, and nobody else's to read."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from community.vault import KeyringBroken, is_private, keys_file, read_keyring
from website.operations.installation import KeysMissing, require_keys


@register(Tags.security)
def keys_are_there(**_: Any) -> list[CheckMessage]:
    """Every command but ``restore`` stops here where data exists and its keys do not."""
    path = keys_file()
    if not path.exists():
        try:
            require_keys()
        except KeysMissing as refusal:
            return [Error(str(refusal), id="tongke.E010")]
        return []
    try:
        read_keyring(path)
    except (KeyringBroken, OSError) as fault:
        return [
            Error(
                f"密钥文件{path}读不出来：{fault}",
                hint="请用restore恢复，或从备份里取回这个文件。",
                id="tongke.E011",
            )
        ]
    if not is_private(path):
        return [
            Error(
                f"密钥文件{path}别人也能读。",
                hint=f"请执行 chmod 600 {path}",
                id="tongke.E012",
            )
        ]
    return []
