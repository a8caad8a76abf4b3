"""manage.py load_regions [FOLDER]: load the province's regions, former names and dated lists."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from community.operations.region import SHIPPED, load_regions


class Command(BaseCommand):
    help = "载入行政区划、曾用名和片区名单（可重复执行）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED)

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_regions(folder=options["folder"])
        self.stdout.write(
            f"行政区划{loaded.regions}个，曾用名{loaded.aliases}个，片区标记{loaded.designations}个。"
        )
