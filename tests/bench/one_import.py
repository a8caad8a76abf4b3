"""``python -m tests.bench.one_import COHORT FILE``: says that it is ready, waits for a line, imports."""

from __future__ import annotations

import django

django.setup()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from community.models import Region  # noqa: E402
from tests.bench.bench_import import import_file  # noqa: E402
from training.models import Cohort  # noqa: E402

if __name__ == "__main__":
    code, path = sys.argv[1:]
    cohort, province = Cohort.objects.get(code=code), Region.objects.get(pk="510000")
    print("ready", flush=True)
    sys.stdin.readline()
    batch = import_file(cohort, province, Path(path))
    print("imported", batch.good_count, flush=True)
