"""What is kept of an upload: the file as it came, its rows, and what was found; all three sealed."""

from __future__ import annotations

import secrets
from pathlib import Path

from community.sealed_files import drop_sealed, read_sealed, write_sealed
from community.vault import open_sealed, seal
from training.models import RosterBatch
from training.roster.corrections import Corrections
from training.roster.findings import Findings
from training.roster.sheet import Sheet

_PURPOSE = "roster.file"
_CORRECTIONS = "roster.corrections"
_PARTS = ("file", "rows", "found")


def new_place() -> str:
    """Where the parts of one upload will be kept."""
    return f"rosters/{secrets.token_hex(16)}"


def keep_file(batch: RosterBatch, source: Path) -> None:
    """Keep the upload as it came."""
    write_sealed(f"{batch.file}/file", source.read_bytes(), purpose=_PURPOSE)


def original(batch: RosterBatch) -> bytes:
    """The upload as it came."""
    return read_sealed(f"{batch.file}/file", purpose=_PURPOSE)


def keep_rows(batch: RosterBatch, sheet: Sheet) -> None:
    write_sealed(f"{batch.file}/rows", sheet.dump(), purpose=_PURPOSE)


def rows_of(batch: RosterBatch) -> Sheet:
    return Sheet.load(read_sealed(f"{batch.file}/rows", purpose=_PURPOSE))


def keep_findings(batch: RosterBatch, findings: Findings) -> None:
    write_sealed(f"{batch.file}/found", findings.dump(), purpose=_PURPOSE)


def findings_of(batch: RosterBatch) -> Findings:
    """What was found when the batch was last checked or imported."""
    return Findings.load(read_sealed(f"{batch.file}/found", purpose=_PURPOSE))


def corrections_of(batch: RosterBatch) -> Corrections:
    if not batch.corrections_sealed:
        return Corrections()
    return Corrections.load(open_sealed(batch.corrections_sealed, purpose=_CORRECTIONS))


def sealed_corrections(corrections: Corrections) -> str:
    return seal(corrections.dump(), purpose=_CORRECTIONS)


def drop_files(batch: RosterBatch) -> None:
    """Take the three parts away for good."""
    if batch.file:
        drop_sealed(*(f"{batch.file}/{part}" for part in _PARTS))
