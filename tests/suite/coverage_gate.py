"""The coverage gate. It only rises: to every branch of operations and permissions, nine in ten elsewhere.

``CORE`` is what the gate holds of operations and permissions today and ``WANTED`` of the rest; the first goes to
100 (docs/decisions/0007). What is still missing is printed at every run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

WHOLE = ("/operations/", "/permissions.py")
CORE = 95.0
WANTED = 90.0


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        subprocess.run(
            [sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)], check=True
        )
        files = json.loads(report.read_text())["files"]
    short: list[str] = []
    covered = wanted = 0
    for name, figures in sorted(files.items()):
        summary = figures["summary"]
        if any(part in "/" + name for part in WHOLE):
            if summary["missing_lines"] or summary.get("missing_branches"):
                lines = figures["missing_lines"][:12]
                short.append(f"  {name}: {summary['percent_covered']:.1f}%  {lines}")
        else:
            covered += summary["covered_lines"] + summary.get("covered_branches", 0)
            wanted += summary["num_statements"] + summary.get("num_branches", 0)
    share = 100 * covered / max(wanted, 1)
    inside = [
        f["summary"] for name, f in files.items() if any(part in "/" + name for part in WHOLE)
    ]
    done = sum(s["covered_lines"] + s.get("covered_branches", 0) for s in inside)
    whole = sum(s["num_statements"] + s.get("num_branches", 0) for s in inside)
    core = 100 * done / max(whole, 1)
    print(
        f"覆盖率：operations和permissions {core:.1f}%（目标100%），其余{share:.1f}%（目标{WANTED:.0f}%）"
    )
    if short:
        print("operations和permissions还差：")
        print("\n".join(short))
    return 1 if core < CORE or share < WANTED else 0


if __name__ == "__main__":
    sys.exit(main())
