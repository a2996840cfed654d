"""A real server and a real Chromium with no way out: what the browser tests and the screenshots stand on."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from playwright.sync_api import Browser, Error, Locator, Page, sync_playwright

from dashboard import serve

DEAF = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
PATIENCE = 30_000
UNFINISHED = "[data-stale=true], [data-testid=stSkeleton], [data-testid=stSpinner]"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], answers_at: str, environment: dict[str, str] | None = None) -> Iterator[None]:
    """A server as a process of its own, from when it answers at an address."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(answers_at, timeout=2) as answer:  # noqa: S310 our own server
                    if answer.status == 200:
                        break
            except (URLError, ConnectionError, TimeoutError):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


@contextmanager
def served(store_url: str, port: int = 0) -> Iterator[str]:
    """The dashboard on a free port, set up as the environment says; its address."""
    port = port or free_port()
    base = f"http://127.0.0.1:{port}"
    with serve.secrets_file(port) as secrets:
        command = serve.command(port, secrets=secrets)
        with running(command, f"{base}/_stcore/health", serve.environment(store_url)):
            yield base


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A headless Chromium that can resolve no name."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", DEAF])
        try:
            yield browser
        finally:
            browser.close()


class Analyst:
    """One person at one browser window. Keeps what went wrong: outside requests, page errors, dialogs."""

    def __init__(
        self, browser: Browser, base: str, lang: str = "es", actor: str = "ar:ana", dark: bool = False
    ) -> None:
        self.base, self.lang, self.actor = base, lang, actor
        self.context = browser.new_context(
            viewport={"width": 1366, "height": 768},
            accept_downloads=True,
            color_scheme="dark" if dark else "light",
            locale={"es": "es-AR", "pt": "pt-BR", "en": "en-GB"}[lang],
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.wrong: list[str] = []
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _request(self, request: Any) -> None:
        host = urlsplit(request.url).hostname
        if host not in (None, "", "127.0.0.1"):
            self.wrong.append(f"outside request: {request.url}")

    def open(self, page: str = "", **params: str | list[str]) -> None:
        """Open an address and wait until the page is there."""
        query = urlencode({"as": self.actor, "lang": self.lang, **params}, doseq=True)
        self.page.goto(f"{self.base}/{page}?{query}")
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and nothing is stale."""
        self.page.wait_for_selector("[data-testid=stMainBlockContainer] h1")
        self.page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
        self.page.wait_for_function(
            "!document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stSpinner]')"
        )

    def press(self, label: str, exact: bool = True) -> None:
        """Press a button of the page by its label (a select box of the sidebar has a button "Open" too)."""
        self.page.get_by_test_id("stMain").get_by_role("button", name=label, exact=exact).first.click()
        self.page.wait_for_timeout(150)
        self.settle()

    @property
    def canvas(self) -> Locator:
        """The chart's canvas, drawn."""
        self.page.wait_for_selector(".canvas[data-drawn]")
        return self.page.locator(".canvas")

    def captions(self) -> dict[str, str]:
        """Id → label of what is drawn."""
        found = self.canvas.evaluate("c => c.chart.nodes.get().map(n => [n.id, n.words.join(' ')])")
        return dict(found)

    def named(self, beginning: str) -> str:
        """Id of the drawn thing whose label begins so."""
        return next(i for i, label in self.captions().items() if label.startswith(beginning))

    def place(self, node: str) -> tuple[float, float]:
        """Where a thing is in the window."""
        x, y = self.canvas.evaluate("(c, id) => c.chart.place(id)", node)
        return float(x), float(y)

    def positions(self) -> dict[str, tuple[float, float]]:
        """Id → position on the sheet."""
        found = self.canvas.evaluate("c => Object.entries(c.chart.network.getPositions())")
        return {i: (p["x"], p["y"]) for i, p in found}

    def click(self, node: str, double: bool = False, add: bool = False) -> None:
        """Click a thing on the chart; ``add``: with Ctrl held, to select one more."""
        x, y = self.place(node)
        if add:
            self.page.keyboard.down("Control")
        (self.page.mouse.dblclick if double else self.page.mouse.click)(x, y)
        if add:
            self.page.keyboard.up("Control")
        self.page.wait_for_timeout(150)
        self.settle()

    def row(self, number: int) -> None:
        """Select a row of the page's first table. A page that is being run again may take the table away meanwhile."""
        deadline = time.monotonic() + PATIENCE / 1000
        while True:
            self.settle()
            table = self.page.get_by_test_id("stDataFrame").first
            try:
                table.scroll_into_view_if_needed()
                self.page.wait_for_timeout(200)
                self.settle()
                box = table.bounding_box()
            except Error:
                if time.monotonic() > deadline:
                    raise
                box = None
            if box:
                self.page.mouse.click(box["x"] + 16, box["y"] + 52 + 35 * number)
                return

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"never: {what}")
            self.page.wait_for_timeout(100)

    def close(self) -> None:
        """Leave."""
        self.context.close()
