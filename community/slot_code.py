"""Codes that change with the clock: the QR code on the screen and the six digits beside it.

Pure functions of a key, a session, a direction and a slot of server time: nothing is stored and
nothing is sent ahead (anchors.md §2.1: stored or pre-sent codes break on a second window, a reload
or a wrong clock). Training sessions and studio activities use them alike (ruling 1).
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Literal

Kind = Literal["in", "out"]

TOKEN_STEP_SECONDS: Final = 20
"""How long one QR code is shown (ruling 14)."""

BOARD_STEP_SECONDS: Final = 600
"""How long one six-digit code is shown (ruling 15)."""

BOARD_GRACE_SECONDS: Final = 60
"""How long the six digits just replaced still count: somebody is copying them down."""

STALE_SECONDS: Final = 1800
"""How far back a code is recognised as an old one rather than a forged one. It bounds the work
that a made-up code costs (90 MACs), and a later visitor is told the same: scan the screen."""

FUTURE_SLOTS: Final = 3
"""Slots ahead that are recognised, so that a server whose clock was set back says so."""

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters without 0 O 1 I L; all in the QR code's dense upper-case set."""

MAC_LENGTH: Final = 10
"""Characters of a token's proof: 31**10 is about 2**49 (anchors.md §2.1)."""

BOARD_CODE_LENGTH: Final = 6
_ID_LENGTH_MAX: Final = 13  # 31**13 > 2**63: no key of a table is longer
_KIND_LETTERS: Final[dict[Kind, str]] = {"in": "N", "out": "U"}
_KINDS: Final[dict[str, Kind]] = {letter: kind for kind, letter in _KIND_LETTERS.items()}
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}
_BASE: Final = len(ALPHABET)


class CodeState(StrEnum):
    """What the clock says of a code."""

    CURRENT = "current"
    PREVIOUS = "previous"
    STALE = "stale"
    FUTURE = "future"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """What a token says, before anybody has checked it."""

    session_id: int
    kind: Kind
    mac: str


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """A token judged at one moment. ``slot`` and ``age`` (in slots) are None for a forged one."""

    state: CodeState
    claim: TokenClaim | None = None
    slot: int | None = None
    age: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether it may open a claim: this slot's code or the one before (ruling 14)."""
        return self.state in (CodeState.CURRENT, CodeState.PREVIOUS)


def slot_at(at: datetime, seconds: int) -> int:
    """The number of the slot of ``seconds`` that the moment ``at`` falls into."""
    if at.tzinfo is None:
        raise ValueError("a slot needs a moment with a time zone")
    return int(at.timestamp() // seconds)


def slot_ends_at(slot: int, seconds: int) -> datetime:
    """The moment at which a slot's code gives way to the next."""
    return datetime.fromtimestamp((slot + 1) * seconds, UTC)


def sign_in_token(key: bytes, session_id: int, kind: Kind, slot: int) -> str:
    """The token of one slot, for ``/q/<token>``: session id, direction, proof; upper-case base 31.

    Readable without a database (`read_token`), worthless after its slot (`judge_token`).
    """
    return f"{_to_letters(session_id)}{_KIND_LETTERS[kind]}{_mac(key, session_id, kind, slot)}"


def read_token(token: str) -> TokenClaim | None:
    """What a token claims to be, or None where no token is spelled so. Case does not matter."""
    token = token.upper() if token.isascii() else ""
    letters, kind, mac = token[: -MAC_LENGTH - 1], token[-MAC_LENGTH - 1 : -MAC_LENGTH], token
    session_id = _from_letters(letters)
    mac = mac[-MAC_LENGTH:]
    if session_id is None or kind not in _KINDS or not all(c in _VALUES for c in mac):
        return None
    return TokenClaim(session_id, _KINDS[kind], mac)


def judge_token(
    key: bytes, token: str, at: datetime, step: int = TOKEN_STEP_SECONDS
) -> TokenVerdict:
    """Whether ``token`` is this slot's, the one before, an old one, one to come, or made up.

    Old ones are recognised for `STALE_SECONDS`; compared in constant time.
    """
    claim = read_token(token)
    if claim is None:
        return TokenVerdict(CodeState.FORGED)
    now = slot_at(at, step)
    for slot in (*range(now, now - STALE_SECONDS // step - 1, -1), *_ahead(now)):
        proof = _mac(key, claim.session_id, claim.kind, slot)
        if hmac.compare_digest(proof, claim.mac):
            return TokenVerdict(_state(now - slot), claim, slot, now - slot)
    return TokenVerdict(CodeState.FORGED, claim)


def board_code(key: bytes, session_id: int, kind: Kind, slot: int) -> str:
    """The six digits of one slot of `BOARD_STEP_SECONDS`."""
    number = _number(key, "board", session_id, kind, slot) % 10**BOARD_CODE_LENGTH
    return f"{number:0{BOARD_CODE_LENGTH}d}"


def normalise_board_code(text: str) -> str:
    """Typed digits without spaces or dashes, full-width ones made half-width."""
    return "".join(
        chr(ord(c) - 0xFEE0) if "０" <= c <= "９" else c
        for c in text
        if not c.isspace() and c != "-"
    )


def judge_board_code(
    key: bytes,
    session_id: int,
    kind: Kind,
    code: str,
    at: datetime,
    step: int = BOARD_STEP_SECONDS,
) -> CodeState:
    """What the clock says of six typed digits for one session and direction.

    `CodeState.PREVIOUS` only within `BOARD_GRACE_SECONDS` of the change, older ones are stale.
    There is no looking ahead: six digits would be guessed by the way.
    """
    now = slot_at(at, step)
    typed = normalise_board_code(code).encode("utf-8", "replace")
    for age in range(STALE_SECONDS // step + 1):
        proof = board_code(key, session_id, kind, now - age)
        if hmac.compare_digest(proof.encode(), typed):
            in_grace = at.timestamp() - now * step < BOARD_GRACE_SECONDS
            return CodeState.STALE if age == 1 and not in_grace else _state(age)
    return CodeState.FORGED


def _ahead(now: int) -> range:
    return range(now + 1, now + FUTURE_SLOTS + 1)


def _state(age: int) -> CodeState:
    if age < 0:
        return CodeState.FUTURE
    if age > 1:
        return CodeState.STALE
    return CodeState.PREVIOUS if age else CodeState.CURRENT


def _number(key: bytes, use: str, session_id: int, kind: Kind, slot: int) -> int:
    message = f"{use}|{session_id}|{kind}|{slot}".encode()
    return int.from_bytes(hmac.digest(key, message, "sha256")[:16])


def _mac(key: bytes, session_id: int, kind: Kind, slot: int) -> str:
    number = _number(key, "token", session_id, kind, slot)
    letters = []
    for _ in range(MAC_LENGTH):
        number, value = divmod(number, _BASE)
        letters.append(ALPHABET[value])
    return "".join(letters)


def _to_letters(number: int) -> str:
    if number < 0:
        raise ValueError("a session's id is not negative")
    letters = ""
    while True:
        number, value = divmod(number, _BASE)
        letters = ALPHABET[value] + letters
        if not number:
            return letters


def _from_letters(letters: str) -> int | None:
    """The number, or None; one number has one spelling, so no leading zero is taken."""
    if not 0 < len(letters) <= _ID_LENGTH_MAX or (len(letters) > 1 and letters[0] == ALPHABET[0]):
        return None
    number = 0
    for letter in letters:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * _BASE + value
    return number if number < 2**63 else None
