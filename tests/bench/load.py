"""A small load client: ready-made requests over a few kept-alive connections, bounded in count and time.

One thread and raw sockets, so that it costs little beside what it measures; its own processor time is
never counted.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

DEADLINE = 120.0
_END = b"\r\n\r\n"


@dataclass
class Fired:
    """What came back: how long it took, the statuses, and the answers in order if asked for."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    answers: dict[int, bytes] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def broken(self) -> int:
        """Answers of the 5xx kind."""
        return sum(n for status, n in self.statuses.items() if status >= 500)


class LoadStuck(Exception):
    """The server did not answer in time, or hung up."""


def request_bytes(
    method: str,
    path: str,
    *,
    host: str = "localhost",
    cookies: dict[str, str] | None = None,
    form: str = "",
    headers: dict[str, str] | None = None,
) -> bytes:
    """One HTTP/1.1 request, whole."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "Accept: text/html",
        "Accept-Language: zh-CN",
    ]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    body = form.encode()
    if method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class _Line:
    """One connection: what it is waiting for and what has come so far."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = -1
        self.came = b""

    def ask(self, number: int, request: bytes) -> None:
        self.number, self.came = number, b""
        self.socket.sendall(request)

    def is_whole(self) -> bool:
        end = self.came.find(_END)
        if end < 0:
            return False
        head = self.came[:end].lower()
        if (at := head.find(b"content-length:")) >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            return len(self.came) >= end + 4 + length
        if b"transfer-encoding: chunked" in head:
            return self.came.endswith(b"0\r\n\r\n")
        return True


def fire(
    port: int, requests: Sequence[bytes], *, connections: int = 8, keep: bool = False
) -> Fired:
    """Send every request once, each connection the next as soon as it has its answer."""
    fired, left = Fired(), iter(enumerate(requests))
    selector = selectors.DefaultSelector()
    lines = [_Line(port) for _ in range(min(connections, len(requests)))]
    started = time.perf_counter()
    for line in lines:
        line.ask(*next(left))
    for line in lines:
        line.socket.setblocking(True)
        selector.register(line.socket, selectors.EVENT_READ, line)
    try:
        for line in _answered(selector, started):
            fired.statuses[int(line.came[9:12])] += 1
            if keep:
                fired.answers[line.number] = line.came
            following = next(left, None)
            if following is None:
                selector.unregister(line.socket)
            else:
                line.ask(*following)
        fired.seconds = time.perf_counter() - started
    finally:
        for line in lines:
            line.socket.close()
        selector.close()
    return fired


def _answered(selector: selectors.BaseSelector, started: float) -> Iterator[_Line]:
    """Connections whose answer is whole, until none is waited for."""
    while selector.get_map():
        ready = selector.select(timeout=5)
        if time.perf_counter() - started > DEADLINE:
            raise LoadStuck("no end within the time allowed")
        for key, _events in ready:
            line: _Line = key.data
            data = line.socket.recv(262_144)
            if not data:
                raise LoadStuck("the server hung up")
            line.came += data
            if line.is_whole():
                yield line


def get(
    port: int,
    path: str,
    *,
    cookies: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """The answer to one GET, head and body; a chunked body is put together."""
    request = request_bytes("GET", path, cookies=cookies, headers=headers)
    answer = fire(port, [request], connections=1, keep=True).answers[0]
    head, _, body = answer.partition(_END)
    if b"transfer-encoding: chunked" not in head.lower():
        return answer
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + body[:length], body[length + 2 :]
    return head + _END + whole
