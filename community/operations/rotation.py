"""A new sealing key, and sealing everything again under it (ruling 27)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction
from django.db.models import Model

from community.models import Member
from community.operations.audit import record_audit
from community.scope import System
from community.sealed_columns import SealedColumn, sealed_columns
from community.vault import (
    is_sealed_with_current,
    keyring,
    keys_file,
    open_sealed,
    rotate_keyring,
    seal,
)

TWO_STEP = "two-step"
_BATCH = 500


def rotate_keys(*, by: Member | System, at: datetime) -> str:
    """Put a fresh sealing key onto the ring and make it current; its id.

    Older keys stay on the ring: files and columns sealed before still open. The index key and the signing
    root do not change, so look-ups and printed codes go on working.
    """
    ring = rotate_keyring(keys_file())
    keyring.cache_clear()
    record_audit(by=by, action="keys.rotated", at=at, key=ring.current, keys=len(ring.sealing))
    return ring.current


def reseal(*, by: Member | System, at: datetime) -> dict[str, int]:
    """Seal every column again that an older key sealed; how many rows of each. Safe to repeat.

    In batches of their own transactions: whoever reads or writes meanwhile meets either key, and both open.
    """
    done = {
        f"{column.label}.{column.field}": sum(_reseal_column(column)) for column in sealed_columns()
    }
    done["mfa.Authenticator.data"] = _reseal_authenticators()
    record_audit(by=by, action="keys.resealed", at=at, rows=done)
    return done


def _reseal_column(column: SealedColumn) -> Iterator[int]:
    model: type[Model] = apps.get_model(column.label)
    last: Any = 0
    while True:
        with transaction.atomic():
            rows = list(
                model._default_manager.filter(pk__gt=last)
                .exclude(**{column.field: ""})
                .select_for_update(no_key=True)
                .only("pk", column.field)
                .order_by("pk")[:_BATCH]
            )
            if not rows:
                return
            last = rows[-1].pk
            old = [row for row in rows if not is_sealed_with_current(getattr(row, column.field))]
            for row in old:
                text = open_sealed(getattr(row, column.field), purpose=column.purpose)
                setattr(row, column.field, seal(text, purpose=column.purpose))
            model._default_manager.bulk_update(old, [column.field])
        yield len(old)


@transaction.atomic
def _reseal_authenticators() -> int:
    """Second steps: few, and their secrets stand inside a JSON column of the library's."""
    done = 0
    for authenticator in Authenticator.objects.select_for_update(no_key=True).order_by("pk"):
        old = {
            name: value
            for name, value in authenticator.data.items()
            if name in {"secret", "seed"} and value and not is_sealed_with_current(value)
        }
        for name, value in old.items():
            authenticator.data[name] = seal(open_sealed(value, purpose=TWO_STEP), purpose=TWO_STEP)
        if old:
            authenticator.save(update_fields=["data"])
            done += 1
    return done
