"""What a closing comes to in figures, added up while its records are written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from training.certificates.snapshot import plain_figure
from training.models import CompletionRecord


class ClosingFigures:
    """Counts of a closing: people by outcome, of the class and of each county, and 学时 given."""

    def __init__(self) -> None:
        self.people: Counter[str] = Counter()
        self.hours = Decimal(0)
        self.counties: dict[str, Counter[str]] = defaultdict(Counter)
        self.names: dict[str, str] = {}

    def add(self, records: Sequence[CompletionRecord]) -> None:
        for record in records:
            person = record.snapshot["person"]
            self.people[str(record.outcome)] += 1
            self.counties[person["county_code"]][str(record.outcome)] += 1
            self.names[person["county_code"]] = person["city"] + person["county"].removeprefix(
                person["city"]
            )
            self.hours += record.hours

    def as_json(self) -> dict[str, Any]:
        outcomes = [str(outcome) for outcome in CompletionRecord.Outcome]
        return {
            "people": {"all": self.people.total(), **{o: self.people[o] for o in outcomes}},
            "hours": plain_figure(self.hours),
            "counties": [
                {
                    "code": code,
                    "name": self.names[code],
                    "all": counts.total(),
                    **{outcome: counts[outcome] for outcome in outcomes},
                }
                for code, counts in sorted(self.counties.items())
            ],
        }
