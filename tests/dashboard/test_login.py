"""Log-in and two agencies at once, in real browsers: one server, one real OpenID Connect provider, one Chromium.

The store says that a test made it, so that its clock can be set; with a provider set up the development log-in is off
there as on a real store. Nobody in it exists. What carries `prove` here is held in every run without a browser, in
`test_login_page.py` and `tests/graph/test_accounts.py`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, WebSocket
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from graph import accounts, logins, stewardship
from graph.delivery import Release
from graph.i18n import t
from graph.settings import settings
from graph.store.base import Store
from tests.dashboard import stage
from tests.dashboard.browser import PATIENCE, chromium, free_port, running, served
from tests.graph.casework import ANA, BIA, CARO, OPERATOR

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("login")]

CLIENT, SECRET, IDLE_MINUTES = "vinculo", "s" * 40, 3
PHRASE = "cuatro palabras muy tranquilas"
# what only Argentina's people see, what only Brazil's, and what Chile's see of Brazil's at `identity`
OURS = ("Contador", "20.123.456", "litoral-2026", "Quiroga Ben")
THEIRS = ("98765432100", "Carlos Eduardo")
USER_COOKIE = "_streamlit_user"


@dataclass
class Site:
    base: str
    issuer: str
    store: Store
    ahead: Path
    browser: Browser

    def later(self, **span: float) -> None:
        """Set the server's clock ahead."""
        self.ahead.write_text(str(timedelta(**span).total_seconds()))

    def denied(self) -> list[tuple[str, str]]:
        """(actor, why) of the refused attempts."""
        lines = self.store.audit.looks.lines()
        return [(line["actor"], line["ground"]) for line in lines if line["what"] == "denied"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("login")
    store, ahead = stage.build(folder / "stage.db"), folder / "ahead"
    ahead.write_text("0")
    port, door = free_port(), free_port()
    issuer = f"http://127.0.0.1:{door}"
    for actor, manager in ((ANA, OPERATOR), (BIA, OPERATOR), (CARO, OPERATOR)):
        logins.add(store, manager, actor.id, issuer, subject=f"sub-{actor.id}")
    accounts.set_password(store, ANA, ANA.id, PHRASE)
    knobs = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT": CLIENT,
        "OIDC_SECRET": "shh",
        "COOKIE_SECRET": SECRET,
        "IDLE_MINUTES": str(IDLE_MINUTES),
        "TEST_CLOCK": str(ahead),
    }
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(door)]
    with ExitStack() as stack:
        stack.enter_context(running(command, f"{issuer}/.well-known/openid-configuration"))
        with pytest.MonkeyPatch.context() as patch:  # for the server alone
            for name, value in knobs.items():
                patch.setenv(f"VINCULO_{name}", value)
            settings.cache_clear()
            base = stack.enter_context(served(store.url, port))
        settings.cache_clear()
        yield Site(base, issuer, store, ahead, stack.enter_context(chromium(chromium_path)))
    store.close()


@pytest.fixture(autouse=True)
def on_time(site: Site) -> None:
    site.later()


def ask(page: Page, words: str) -> None:
    """Type into the search box."""
    box = page.get_by_test_id("stTextInputField")
    box.fill(words)
    box.press("Enter")


class Visitor:
    """One person in a browser of its own. Keeps every byte that the server sent."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.context = site.browser.new_context(viewport={"width": 1366, "height": 900}, locale="es-AR")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.got: list[bytes] = []
        self.page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.got.append(frame if isinstance(frame, bytes) else frame.encode()))

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.site.base}/{path}")
        self.settle()

    def settle(self) -> None:
        main = "[data-testid=stMainBlockContainer]"
        self.page.wait_for_selector(f"{main} h1, {main} [data-testid=stAlert]")
        self.page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
        self.page.wait_for_function(
            "!document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stSpinner]')"
        )

    def press(self, key: str, exact: bool = False) -> None:
        self.page.get_by_role("button", name=t(key), exact=exact).first.click()

    def log_in(self, sub: str) -> None:
        """Through the provider, from the log-in page."""
        self.open()
        self.press("login.with_provider")
        self.page.fill("input[name=sub]", sub)
        self.page.get_by_role("button", name="Authorize").click()
        self.page.wait_for_url(f"{self.site.base}/**")
        self.settle()

    def come_in(self, actor: str, **more: Any) -> None:
        """With the cookie that a log-in through the provider leaves."""
        self.cookie(signed(claims(self.site, sub=f"sub-{actor}", nonce=token_hex(8), **more)))
        self.open("search")

    def search(self, words: str, shows: str) -> None:
        """Search, and wait for what comes of it."""
        ask(self.page, words)
        self.sees(shows)
        self.settle()

    def text(self) -> str:
        return str(self.page.inner_text("body"))

    def sees(self, text: str) -> None:
        """Wait for a text of the page."""
        self.page.get_by_test_id("stMain").get_by_text(text).first.wait_for()

    def says(self, key: str) -> bool:
        """Wait for a sentence of the catalogue, and then for the end of the run."""
        self.sees(t(key))
        self.settle()
        return True

    def received(self, words: tuple[str, ...]) -> list[str]:
        """Those of ``words`` that the server ever sent here, shown or not."""
        everything = b"".join(self.got)
        return [w for w in words if w.encode() in everything or w in self.page.content()]

    def cookie(self, value: str) -> None:
        self.context.add_cookies([{"name": USER_COOKIE, "value": value, "url": self.site.base}])

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    found = Visitor(site)
    yield found
    found.close()


def claims(site: Site, **more: Any) -> dict[str, Any]:
    now = int(time.time())
    body = {"iss": site.issuer, "aud": CLIENT, "sub": f"sub-{ANA.id}", "iat": now - 5, "exp": now + 900, "nonce": "n"}
    return {**body, "origin": site.base, "is_logged_in": True, "provider": "default", **more}


def signed(body: dict[str, Any], secret: str = SECRET) -> str:
    """A cookie as the server signs it."""
    return create_signed_value(secret, USER_COOKIE, json.dumps(body)).decode()


def test_the_provider_lets_in_whom_the_store_knows_until_they_leave(site: Site, visitor: Visitor) -> None:
    visitor.log_in(f"sub-{ANA.id}")
    visitor.search("nunez iturbe", shows="Juan Pablo")
    logged = [line for line in site.store.audit.looks.lines() if line["what"] == "login"]
    assert (logged[-1]["actor"], logged[-1]["ground"]) == (ANA.id, "provider")
    window = visitor.context.new_page()  # another window of the same browser is logged in too
    window.goto(f"{site.base}/search?q=quiroga")
    window.get_by_text("Quiroga").first.wait_for(timeout=PATIENCE)
    kept = next(c for c in visitor.context.cookies() if c["name"] == USER_COOKIE)
    visitor.press("login.leave")
    visitor.page.get_by_role("button", name="End session").click()  # the provider's own session ends too
    visitor.says("login.with_provider")
    # the other window's next click, and the cookie itself where somebody had kept it
    with suppress(Error):  # the window may have looked by itself before
        ask(window, "prado")
    window.get_by_text(t("login.ended")).first.wait_for(timeout=PATIENCE)
    window.close()
    visitor.got.clear()
    visitor.cookie(kept["value"])
    visitor.open("search?q=nunez")
    assert visitor.says("login.ended") and visitor.received(OURS) == []


REFUSED = {
    "login.expired": {"exp": 1_700_000_000},
    "login.audience": {"aud": "another-application"},
    "login.issuer": {"iss": "https://id.example"},
}


@pytest.mark.prove
def test_an_identity_that_does_not_hold_here_is_refused_logged_and_shown_nothing(site: Site, visitor: Visitor) -> None:
    visitor.log_in("somebody-else")  # whom the provider vouches for, and nobody let in
    assert visitor.says("login.stranger") and site.denied()[-1] == ("", "login.stranger")
    for why, wrong in REFUSED.items():
        before = len(site.denied())
        visitor.cookie(signed(claims(site, **wrong)))
        visitor.open("search?q=nunez")
        assert visitor.says(why) and site.denied()[before:] == [("", why)]
    assert visitor.received((*OURS, *THEIRS, ANA.id)) == []


def test_a_tampered_cookie_is_refused_logged_and_shown_nothing(site: Site, visitor: Visitor) -> None:
    good = signed(claims(site))
    middle = len(good) // 2
    changed = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    for wrong in (changed, signed(claims(site), "t" * 40), signed(claims(site, origin="http://127.0.0.1:1"))):
        before = len(site.denied())
        visitor.cookie(wrong)
        visitor.open("search?q=nunez")
        assert visitor.says("login.cookie") and site.denied()[before:] == [("", "login.cookie")]
    assert visitor.received((*OURS, *THEIRS, ANA.id)) == []
    visitor.cookie(good)  # the proof that the others failed for what was wrong with them
    visitor.page.goto(f"{site.base}/search?q=nunez")
    visitor.sees("Juan Pablo")
    # nobody acts for another in the address, logged in or not
    visitor.got.clear()
    visitor.open(f"search?q=nunez&as={BIA.id}")
    assert visitor.says("session.as_refused") and site.denied()[-1] == (BIA.id, "session.as_refused")
    assert visitor.received((*OURS, *THEIRS)) == []


@pytest.mark.prove
def test_a_local_account_opens_and_locks_after_the_fifth_wrong_password(site: Site, visitor: Visitor) -> None:
    def enter(password: str) -> None:
        visitor.page.get_by_label(t("login.actor")).fill(ANA.id)
        visitor.page.get_by_label(t("login.password")).fill(password)
        visitor.press("login.enter", exact=True)

    visitor.open()
    enter(PHRASE)
    visitor.page.get_by_label(t("ui.search.label")).first.wait_for()
    visitor.search("nunez", shows="Juan Pablo")
    visitor.press("login.leave")
    visitor.says("login.or_local")
    visitor.got.clear()
    before = len(site.denied())
    past = datetime.now(UTC).isoformat()
    site.store.keep("account_tries", {ANA.id: {"failures": accounts.FREE_TRIES - 1, "until": past}})
    for n, password in enumerate(("otra frase larga y equivocada", PHRASE)):  # the second is right, and it is locked
        enter(password)
        until(lambda n=n: len(site.denied()) == before + n + 1)
        visitor.says("login.refused")
    assert site.denied()[before:] == [(ANA.id, "login.refused")] * 2
    assert visitor.received(OURS) == []
    site.later(minutes=1)
    enter(PHRASE)
    visitor.page.get_by_label(t("ui.search.label")).first.wait_for()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.prove
def test_a_session_ends_without_clicks_and_with_its_token(site: Site, visitor: Visitor) -> None:
    visitor.come_in(ANA.id, exp=int(time.time()) + 360)
    visitor.search("nunez", shows="Juan Pablo")
    site.later(minutes=2)
    visitor.search("quiroga", shows="Quiroga")
    site.later(minutes=4)
    visitor.search("nunez", shows="Juan Pablo")
    site.later(minutes=6)  # a click every two minutes, but the token held for six
    ask(visitor.page, "prado")
    assert visitor.says("login.expired") and "Juan Pablo" not in visitor.text()
    site.later()
    visitor.come_in(ANA.id, exp=int(time.time()) + 600)
    visitor.search("nunez", shows="Juan Pablo")
    site.later(minutes=IDLE_MINUTES, seconds=30)
    assert visitor.says("login.idle")  # by itself: what was on the screen is gone without a click
    assert "Juan Pablo" not in visitor.text() and "litoral" not in visitor.text()


def test_two_agencies_in_one_server_never_see_each_others(site: Site) -> None:
    store, (ana, caro) = site.store, (Visitor(site), Visitor(site))
    ana.come_in(ANA.id)
    caro.come_in(CARO.id)
    for _ in range(2):  # the second time everything that can be kept warm is
        ana.search("quiroga", shows="Quiroga")
        caro.search("socio 001", shows="001")
        ana.search("nunez", shows="Juan Pablo")
        caro.search("nunez", shows="Juan Pablo")
    ana.press("ui.open", exact=True)
    ana.sees("20.123.456")
    assert ana.received(OURS) and caro.received(("Nuñez Iturbe",))
    assert caro.received((*OURS, ANA.id)) == []
    # Brazil withdraws what it released to Chile: gone with the next click there, and there alone
    stewardship.release(store, BIA, "porto-2026", Release("CL-FN", "none"))
    caro.got.clear()
    caro.search("nunez iturbe", shows=t("ui.search.nothing"))
    assert caro.received(("Nuñez Iturbe", "BR-MPF")) == []
    team = next(x for x in store.teams() if x.id == "eci")
    moment = (datetime.now(UTC) + timedelta(seconds=90)).isoformat(timespec="seconds")
    store.save_federation([], [], [replace(team, until=moment)])
    ana.open("search?q=carlos eduardo")
    ana.sees("Carlos Eduardo")
    # the team's term ends: what Argentina saw of Brazil's by it is gone with the next click
    site.later(seconds=95)
    ana.got.clear()
    ana.search("eduardo siqueira", shows=t("ui.search.nothing"))
    assert ana.received(THEIRS) == [] and "BR-MPF" not in ana.text()
    ana.search("nunez", shows="Juan Pablo")  # its own stays
    ana.close()
    caro.close()
