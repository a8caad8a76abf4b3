"""A site of routes: pages and answers that a test makes up, under the product's own content policy.

So each script is tried alone: whatever a page may do wrong shows as a refusal of the policy or as a
sentence that is not on screen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "website" / "static" / "js"
HOST = "http://tongke.test"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self' ws:; require-trusted-types-for 'script'"


class Site:
    """One browser profile, the pages that a test gives it, and what it posted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.posts: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self.pages: dict[str, str] = {}
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.route(f"{HOST}/**", self._answer)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST).split("?")[0]
        if route.request.method == "POST":
            self.posts.append({"path": path, "body": route.request.post_data or ""})
            route.fulfill(body="<!doctype html><title>sent</title>", content_type="text/html")
        elif path.startswith("/js/"):
            route.fulfill(body=(SCRIPTS / path[4:]).read_text(), content_type="text/javascript")
        elif path in self.pages:
            route.fulfill(
                body=self.pages[path],
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )
        else:
            route.fulfill(status=404, body="")

    def show(self, body: str, *scripts: str, path: str = "/page/") -> Page:
        modules = "".join(
            f'<script type="module" src="/js/{name}.js"></script>' for name in ("frame", *scripts)
        )
        self.pages[path] = f'<!doctype html><html lang="zh"><head>{modules}</head><body>{body}'
        self.page.goto(HOST + path)
        return self.page
