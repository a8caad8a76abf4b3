"""Loading regions: safe to repeat, and an empty folder is said to be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.models import Region
from community.operations.region import load_regions

pytestmark = pytest.mark.django_db


def test_a_folder_without_regions_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"_regions\.csv"):
        load_regions(folder=tmp_path)


def test_loading_again_changes_nothing() -> None:
    before = list(Region.objects.order_by("pk").values())

    load_regions()

    assert list(Region.objects.order_by("pk").values()) == before
