"""How the house says no."""

from http import HTTPStatus
from typing import Any, ClassVar


class Refusal(Exception):
    """An operation says no, for a reason that a person can act on.

    Each kind of refusal is a subclass beside the operation that raises it, named after the state
    of the world (`SignInClosed`), with a stable ``code``. ``message`` is a translated sentence
    that says where, what and how to go on. ``details`` are figures for a template or a client.
    Uncaught, it becomes a plain page with ``status`` (`community.http.RefusalMiddleware`).
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = HTTPStatus.CONFLICT

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return self.message
