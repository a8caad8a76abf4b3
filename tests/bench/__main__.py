"""``make bench [ONLY=name] [BIG=1]``: measures what the house promises against floors of the same run.

Prints a table, writes one line of JSON a figure to ``var/bench.jsonl``, and exits 1 where one does
not hold. Needs PostgreSQL and Redis; makes and drops its own database. See docs/bench.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from tests.bench.figures import Figure, Table
from tests.bench.ground import ROOT, Ground

NAMES: Final = ("signin", "export", "import", "coverage", "pages")


def measure(ground: Ground, names: list[str]) -> Iterator[tuple[str, Figure]]:
    import django

    django.setup()
    for name in names:
        module = import_module(f"tests.bench.bench_{name}")
        for figure in module.run(ground):
            yield name, figure


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=NAMES)
    parser.add_argument("--big", action="store_true", help="900,000 people, 10.8 million marks")
    options = parser.parse_args()
    names = [options.only] if options.only else list(NAMES)
    table = Table(ROOT / "var" / "bench.jsonl")
    began = time.monotonic()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
    with Ground(big=options.big) as ground:
        for name, figure in measure(ground, names):
            table.add(figure)
            print(f"  {time.monotonic() - began:5.0f} s  {name}  {figure.line()}", flush=True)
    print(f"\n{table.text()}\n")
    for figure in table.failed:
        print(f"does not hold: {figure.name}")
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())
