"""The doors that are no address: sockets, commands that somebody gives, tasks, kinds of files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.factories.world import World
from tests.integration.website.matrix import COUNTY, DESK, RUNNERS, Given, session_of

# Who may listen: whoever may desk the session.
SOCKETS: dict[str, tuple[Given, Collection[str]]] = {
    "ws/sessions/<int:session_id>/desk": (session_of, DESK),
}


@dataclass(frozen=True)
class Command:
    """A command with ``--as``: its words for the world, and for whom it does what it says."""

    words: Callable[[World, Path], list[str]]
    may: Collection[str]
    # Whether it leaves a trace in the database of whoever may (a file written is one, too).
    writes: bool = True
    more: dict[str, Any] = field(default_factory=dict)


def exporting(kind: str) -> Callable[[World, Path], list[str]]:
    def words(world: World, folder: Path) -> list[str]:
        return [
            f"--programme={world.programme.slug}",
            "--region=513431",
            f"--kind={kind}",
            "--format=csv",
            f"--output={folder / 'out.csv'}",
        ]

    return words


def roster_of_one(world: World, folder: Path) -> list[str]:
    """A file with one person of 昭觉, for the class that takes her."""
    path = folder.parent / f"{folder.name}.csv"
    path.write_bytes(world.roster_file().read())
    return [world.cohort.code, str(path)]


COMMANDS: dict[str, Command] = {
    "import_roster": Command(roster_of_one, COUNTY),
    "close_cohort": Command(lambda world, folder: [world.over.code], RUNNERS),
    "reopen_cohort": Command(
        lambda world, folder: [world.closed.code, "--reason=第二天下午的签到要更正"], COUNTY
    ),
    "issue_certificates": Command(lambda world, folder: [world.unsigned.code], COUNTY),
    "export_completions": Command(exporting("completions"), COUNTY),
}

# Tasks act for nobody: they are given a key by an operation that has asked, and ask again where they
# write for somebody. ``asks_again`` names the test that shows it.
TASKS: dict[str, str] = {
    "training.tasks.write_export_file": "asks again whether the one who asked still may",
    "training.tasks.work_on_roster": "asks again whether the one who asked still may",
    "training.tasks.draw_waiting_papers": "takes nothing",
    "training.tasks.prove_what_is_stored": "takes nothing",
}
