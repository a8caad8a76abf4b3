"""A phone without a browser: HTTP with cookies and forms, and nothing that a script would do."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

_FIELD = re.compile(r"<(?:input|button)\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)
        assert found, self.text[:2000]
        return found[1]

    def words(self) -> str:
        """What is read: the page without its tags."""
        main = re.search(r"<main\b.*?</main>", self.text, re.S)
        plain = re.sub(r"<[^>]+>", " ", main[0] if main else self.text)
        return " ".join(unescape(plain).split())


@dataclass
class Phone:
    """One person's phone; keeps its connection and its cookies."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    _link: http.client.HTTPConnection | None = None

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        self._host, self._port = address.hostname or "", address.port or 80

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        """One request, without following anything."""
        headers = {"Accept": "text/html", "Referer": f"{self.url}{path}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        response = self._send(method, path, body, headers)
        content = response.read()
        for line in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        if response.will_close:
            self.hang_up()
        # Servers spell the names of headers as they like.
        named = {name.title(): value for name, value in response.headers.items()}
        return Answer(response.status, named, content, path)

    def _send(self, *request: Any) -> http.client.HTTPResponse:
        """One request on the open connection, or on a new one where the server has let it go meanwhile."""
        if self._link is not None:
            try:
                self._link.request(*request)
                return self._link.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):
                self.hang_up()
        self._link = http.client.HTTPConnection(self._host, self._port, timeout=60)
        self._link.request(*request)
        return self._link.getresponse()

    def get(self, path: str) -> Answer:
        """The page at ``path``, wherever it leads."""
        return self._follow(self.ask("GET", path))

    def post(self, path: str, form: Answer, **fields: str) -> Answer:
        """Send the form of a page that was read before, and read what it leads to."""
        sent = {"csrfmiddlewaretoken": form.csrf, **fields}
        return self._follow(self.ask("POST", path, sent))

    def _follow(self, answer: Answer) -> Answer:
        for _hop in range(6):
            if answer.status not in {301, 302, 303}:
                return answer
            target = urlsplit(urljoin(answer.path, answer.headers["Location"]))
            answer = self.ask("GET", target.path + (f"?{target.query}" if target.query else ""))
        raise AssertionError(f"too many hops: {answer.path}")

    def hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
