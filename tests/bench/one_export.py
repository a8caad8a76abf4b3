"""``python -m tests.bench.one_export PROGRAMME FORMAT``: writes one 签到明细 and says what memory it took."""

from __future__ import annotations

import django

django.setup()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

from django.utils import timezone  # noqa: E402

from community.models import Region  # noqa: E402
from tests.bench.machine import peak_mib, resident_mib  # noqa: E402
from tests.bench.people import BENCH  # noqa: E402
from training.models import Export, Programme  # noqa: E402
from training.operations.export import ExportOrder  # noqa: E402
from training.operations.export_run import write_export_now  # noqa: E402

if __name__ == "__main__":
    slug, file_format = sys.argv[1:]
    order = ExportOrder(
        Export.Kind.ATTENDANCE,
        Programme.objects.get(slug=slug),
        Region.objects.get(pk="510000"),
        file_format,
    )
    idle = resident_mib(os.getpid())
    with tempfile.TemporaryDirectory() as folder:
        written = write_export_now(
            order=order, by=BENCH, path=Path(folder) / "file", at=timezone.now()
        )
    print(json.dumps({"rows": written.rows, "idle_mib": idle, "peak_mib": peak_mib(os.getpid())}))
