"""A page that is watched: what it complains of, whom it asks, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
HEIGHTS = {1280: 900, 390: 844, 320: 640}
_LISTEN = """
window.__refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


@cache
def axe_source() -> str:
    """axe-core, as the lock file names it; ``npm ci`` brings it."""
    assert AXE.exists(), "axe-core is missing: npm ci"
    return AXE.read_text(encoding="utf-8")


@dataclass
class Watch:
    """One browser profile of one member (or of nobody), and everything that went wrong in it."""

    url: str
    context: BrowserContext
    troubles: list[str] = field(default_factory=list)
    # What the next page is allowed to be answered with, besides 200.
    status: int = 200

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("request", self._look)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        expected = self.status != 200 and "Failed to load resource" in message.text
        if message.type in {"error", "warning"} and not expected:
            self.troubles.append(f"console: {message.text}")

    def _look(self, request: Request) -> None:
        address = urlsplit(request.url)
        is_ours = address.netloc == urlsplit(self.url).netloc
        if address.scheme in {"http", "https", "ws", "wss"} and not is_ours:
            self.troubles.append(f"asked another host: {request.url}")

    def take_refusals(self, page: Page) -> None:
        """What the content policy refused on this page."""
        self.troubles += [f"policy: {line}" for line in page.evaluate("window.__refused || []")]


def watched(
    browser: Browser, url: str, *, cookie: str = "", width: int = 1280, script: bool = True
) -> Watch:
    """A profile in Chinese, light, with the session ``cookie`` if somebody is logged in."""
    context = browser.new_context(
        base_url=url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        color_scheme="light",
        viewport={"width": width, "height": HEIGHTS[width]},
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    if script:
        context.add_init_script(_LISTEN)
    if cookie:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
    context.set_default_timeout(15_000)
    return Watch(url, context)


def overflow(page: Page, width: int) -> str:
    """What is wider than the window, if anything makes the page scroll sideways."""
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    found: Any = page.evaluate(
        """() => {
          const root = document.scrollingElement;
          if (root.scrollWidth <= root.clientWidth) return "";
          const wide = [...document.body.querySelectorAll("*")].filter((element) =>
            element.getBoundingClientRect().right > root.clientWidth + 1);
          return `${root.scrollWidth} wide: ` + wide.slice(0, 4).map((element) =>
            element.tagName.toLowerCase() + "." + element.className).join(", ");
        }"""
    )
    return str(found)


def violations(page: Page, *, theme: str, width: int) -> list[str]:
    """What axe-core finds on the page as it looks in ``theme`` at ``width``."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    # A change of theme fades: what is measured is where it ends.
    page.evaluate("Promise.all(document.getAnimations().map((moving) => moving.finished))")
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(axe_source())
    found: Any = page.evaluate(
        """async () => {
          const { violations } = await axe.run(document, { resultTypes: ["violations"] });
          return violations.map((rule) => `${rule.id}: ` + rule.nodes.slice(0, 3).map((node) =>
            `${node.target.join(" ")} ${node.failureSummary}`).join(" | "));
        }"""
    )
    return [f"{theme} {width} {line}" for line in found]
