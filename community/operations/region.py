"""Loading a province's regions from files (the product ships Sichuan's)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from community.models import Designation, Region, RegionAlias

SHIPPED = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class LoadedRegions:
    regions: int
    aliases: int
    designations: int


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _only(folder: Path, pattern: str) -> Path | None:
    return next(iter(sorted(folder.glob(pattern))), None)


@transaction.atomic
def load_regions(*, folder: Path = SHIPPED) -> LoadedRegions:
    """Load ``*_regions.csv`` with its history, designations and tiles. Safe to repeat.

    Another province replaces the four files; a code that is gone stays, because records are frozen to it.
    """
    source = _only(folder, "*_regions.csv")
    if source is None:
        raise FileNotFoundError(f"no *_regions.csv in {folder}")
    tiles = {
        row["code"]: (int(row["row"]), int(row["column"]))
        for path in folder.glob("*_tiles.csv")
        for row in _rows(path)
    }
    order = {"province": 0, "city": 1, "county": 2}
    rows = sorted(_rows(source), key=lambda row: (order[row["level"]], row["code"]))
    Region.objects.bulk_create(
        [
            Region(
                code=row["code"],
                name=row["name"],
                level=row["level"],
                parent_id=row["parent_code"] or None,
                pinyin=row["pinyin"],
                tile_row=tiles.get(row["code"], (None, None))[0],
                tile_column=tiles.get(row["code"], (None, None))[1],
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent", "pinyin", "tile_row", "tile_column"],
    )
    aliases = [
        RegionAlias(
            region_id=row["code"],
            code=row["code_2016"],
            name=row["name_2016"],
            parent_code=row["parent_code_2016"],
            note=row["note"][:200],
        )
        for path in folder.glob("*_regions_history.csv")
        for row in _rows(path)
        if (row["code"], row["name"]) != (row["code_2016"], row["name_2016"])
    ]
    RegionAlias.objects.bulk_create(aliases, ignore_conflicts=True)
    marks = [
        Designation(
            region_id=row["code"],
            list_key=row["list_key"],
            area=row["area"],
            starts_on=date.fromisoformat(row["starts_on"]),
            ends_on=date.fromisoformat(row["ends_on"]),
            source=row["source"],
        )
        for path in folder.glob("*_designations.csv")
        for row in _rows(path)
    ]
    Designation.objects.bulk_create(
        marks,
        update_conflicts=True,
        unique_fields=["region", "list_key"],
        update_fields=["area", "starts_on", "ends_on", "source"],
    )
    return LoadedRegions(len(rows), len(aliases), len(marks))
