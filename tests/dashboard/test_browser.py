"""An analyst's day in a real browser with no network, and what only a browser can show of the chart."""

from __future__ import annotations

import re
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from graph.i18n import LANGUAGES, t
from graph.store.base import Store
from tests.dashboard.browser import Analyst, chromium, served
from tests.dashboard.stage import CROWD, build
from tests.graph.casework import ANA

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return build(tmp_path_factory.mktemp("browser") / "stage.db")


@pytest.fixture(scope="module")
def base(store: Store) -> Iterator[str]:
    with served(store.url) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with chromium(chromium_path) as found:
        yield found


def juan(store: Store) -> str:
    return store.view(ANA).search("nunez iturbe").items[0].entity.id


# every page in every language is looked at without a browser in test_pages.py; the walk takes half a minute each
@pytest.mark.parametrize("lang", [LANGUAGES[0], *(pytest.param(x, marks=pytest.mark.prove) for x in LANGUAGES[1:])])
def test_an_analysts_day(browser: Browser, base: str, store: Store, lang: str) -> None:
    one = Analyst(browser, base, lang)
    one.open("search")
    box = one.page.get_by_role("textbox", name=t("ui.search.label", lang))
    box.fill("iturbe nunez")
    box.press("Enter")
    one.page.get_by_text("Juan Pablo Nuñez Iturbe").wait_for()
    assert "q=iturbe+nunez" in one.page.url
    one.press(t("ui.open", lang))
    one.page.wait_for_url("**/entity?id=*")
    one.page.get_by_text("litoral-2026").first.wait_for()
    one.press(t("ui.open_network", lang))
    one.page.wait_for_url("**/network?id=*")

    before = one.positions()
    carlos = one.named("Carlos Eduardo")
    one.click(carlos)
    one.page.get_by_text(t("ui.panel.expand", lang)).wait_for()
    one.click(carlos, double=True)
    one.until(lambda: len(one.captions()) > len(before), "expanded")
    grown = one.positions()
    assert all(grown[i] == place for i, place in before.items())
    one.press(t("ui.tool.undo", lang))
    one.until(lambda: one.positions() == before, "undone")
    one.press(t("ui.tool.redo", lang))
    one.until(lambda: one.positions() == grown, "redone")

    chile = one.named("Carlos Siqueira")
    one.click(one.named("Operación Litoral"))
    one.click(chile, add=True)
    one.page.get_by_text(t("ui.panel.several", lang, count=2)).wait_for()
    one.press(t("ui.tool.path", lang))
    one.until(lambda: chile in one.canvas.evaluate("c => c.chart.shown.path"), "a path found and marked")
    assert len(one.canvas.evaluate("c => c.chart.shown.path")) >= 3

    one.open("flags")
    one.page.get_by_text("porto-2026").first.wait_for()
    one.press(t("ui.open_network", lang))
    one.page.wait_for_url("**depth=0*")
    assert len(one.captions()) >= 2

    one.page.get_by_role("tab", name=t("ui.tab.export", lang)).click()
    with one.page.expect_download() as waiting:
        one.page.get_by_role("button", name=t("ui.export.html", lang)).click()
    page = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert "<html" in page and not re.search(r"(src|href)\s*=\s*[\"']?https?://", page)
    assert one.wrong == []
    one.close()


def test_names_from_data_never_run(browser: Browser, base: str, store: Store) -> None:
    one = Analyst(browser, base)
    bongo = store.view(ANA).search("bongo").items[0].entity.id
    for page, params in (("search", {"q": "bongo"}), ("entity", {"id": bongo}), ("network", {"id": bongo})):
        one.open(page, **params)
        one.page.wait_for_timeout(300)
    node = one.named("<img src=x")
    x, y = one.place(node)
    one.page.mouse.move(x, y)  # its tooltip
    one.page.wait_for_timeout(500)
    one.click(node)
    assert one.page.locator("img[src='x']").count() == 0
    assert one.wrong == []
    one.close()


def test_selection_is_one_on_canvas_table_and_keyboard(browser: Browser, base: str, store: Store) -> None:
    one = Analyst(browser, base)
    one.open("network", id=juan(store))

    def marked() -> list[str]:
        return list(one.canvas.evaluate("c => c.chart.marked.nodes"))

    # canvas → panel and table
    marta = one.named("Marta")
    one.click(marta)
    assert marked() == [marta]
    one.page.get_by_role("button", name=t("ui.open_entity")).wait_for()
    # a rectangle with Shift
    frame = one.canvas.bounding_box()
    assert frame
    one.page.keyboard.down("Shift")
    one.page.mouse.move(frame["x"] + 3, frame["y"] + 3)
    one.page.mouse.down()
    right, low = frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] - 3
    one.page.mouse.move(right, low, steps=4)
    one.page.mouse.up()
    one.page.keyboard.up("Shift")
    inside = sorted(i for i in one.captions() if one.place(i)[0] < right)
    one.until(lambda: sorted(marked()) == inside, "what the rectangle holds is selected")
    assert 2 <= len(inside)
    one.page.get_by_text(t("ui.panel.several", count=len(inside))).wait_for()
    # keys
    one.page.keyboard.press("Escape")
    one.until(lambda: marked() == [], "Escape clears")
    one.page.get_by_text(t("ui.panel.overview")).wait_for()
    one.click(marta)
    one.page.keyboard.press("Delete")
    one.until(lambda: marta not in one.captions(), "Delete removes")
    one.canvas.locator("canvas").click(position={"x": 5, "y": 5})
    one.page.keyboard.press("Control+z")
    one.until(lambda: marta in one.captions(), "Ctrl+Z undoes")
    # table → canvas
    one.row(0)
    one.until(lambda: len(marked()) == 1, "a row selects on the canvas")
    assert one.wrong == []
    one.close()


def test_what_is_dragged_stays_there(browser: Browser, base: str, store: Store) -> None:
    one = Analyst(browser, base)
    one.open("network", id=juan(store))
    marta, carlos = one.named("Marta"), one.named("Carlos Eduardo")
    x, y = one.place(marta)
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(x + 60, y + 40, steps=5)
    one.page.mouse.up()
    one.page.wait_for_timeout(300)
    one.settle()
    put = one.positions()[marta]
    one.click(carlos, double=True)
    one.until(lambda: "Prado Logística" in " ".join(one.captions().values()), "expanded")
    now = one.positions()[marta]
    assert abs(now[0] - put[0]) < 0.01 and abs(now[1] - put[1]) < 0.01
    one.close()


def test_above_the_cap_the_rest_is_counted_and_can_be_had(browser: Browser, base: str, store: Store) -> None:
    one = Analyst(browser, base)
    one.open("network", id=store.view(ANA).search("cooperativa andina").items[0].entity.id)
    assert len(one.captions()) == 300
    left = CROWD + 1 - 300
    one.page.get_by_text(t("ui.network.capped", count=left, kinds=f"{left} persona")).wait_for()
    one.page.get_by_role("tab", name=t("ui.tab.left", count=left)).click()
    assert one.wrong == []
    one.close()


def test_filters_keep_positions_and_say_what_they_hide(browser: Browser, base: str, store: Store) -> None:
    one = Analyst(browser, base)
    one.open("network", id=juan(store))
    before = one.positions()
    one.press(t("ui.filters"))
    one.page.get_by_test_id("stPopoverBody").get_by_role("combobox").nth(1).click()
    one.page.get_by_role("option", name="BR-MPF").click()
    one.until(lambda: 0 < len(one.captions()) < len(before), "filtered")
    assert all(before[i] == place for i, place in one.positions().items())
    hidden = len(before) - len(one.captions())
    one.page.get_by_text(re.compile(rf"El filtro oculta {hidden} elementos")).wait_for()
    one.close()


def test_tables_come_out_as_a_zip_of_csv(browser: Browser, base: str, store: Store) -> None:
    one = Analyst(browser, base)
    one.open("network", id=juan(store))
    one.page.get_by_role("tab", name=t("ui.tab.export")).click()
    with one.page.expect_download() as waiting:
        one.page.get_by_role("button", name=t("ui.export.csv")).click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        text = "".join(archive.read(name).decode("utf-8-sig") for name in archive.namelist())
    assert len(archive.namelist()) > 1 and "Marta Quiroga" in text
    one.close()


def test_streamlits_own_ways_out_are_shut(browser: Browser, base: str, store: Store) -> None:
    """No data export beside graph.export, no menu; another host's name gets no session."""
    one = Analyst(browser, base)
    one.open("network", id=juan(store))
    one.page.get_by_test_id("stDataFrame").first.hover()
    assert one.page.get_by_test_id("stDataFrame").count() > 0
    assert one.page.get_by_role("button", name=re.compile("Download as CSV|Export")).count() == 0
    assert one.page.get_by_test_id("stMainMenu").count() == 0
    one.close()
    assert " 101 " in shaken(base, "127.0.0.1")
    assert " 403 " in shaken(base, "evil.example.org")


def shaken(base: str, host: str) -> str:
    """The first line of the server's answer to a request for a session under a host's name."""
    port = int(base.rpartition(":")[2])
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return line.recv(200).decode(errors="replace").splitlines()[0] + " "


def test_a_steward_delivers_a_table(browser: Browser, base: str, store: Store, tmp_path: Path) -> None:
    """Upload, correct a column, dry run, load, find what was loaded, take the rejects home."""
    table = tmp_path / "detenidos.csv"
    rows = "1;ZUBIRÍA, ELENA;20.111.222;03/04/1980;norte\n2;ZUBIRÍA, OMAR;21.333.444;31/02/1975;sur\n"
    table.write_text(f"NRO;APELLIDO Y NOMBRE;DNI;FECHA NAC.;X\n{rows}", encoding="cp1252")
    one = Analyst(browser, base, "pt")
    one.open("deliver")
    one.page.get_by_test_id("stFileUploaderDropzone").wait_for()
    words = "e => [...e.querySelectorAll('*')].map(x => getComputedStyle(x, '::after').content).join() + e.innerText"
    shown = str(one.page.eval_on_selector('[data-testid="stFileUploaderDropzone"]', words))
    assert t("deliver.file.choose", "pt") in shown and "Upload" not in shown and "per file" not in shown
    one.page.set_input_files("input[type=file]", table)
    one.page.get_by_text("ELENA ZUBIRÍA").first.wait_for()
    one.page.get_by_text("1980-04-03").first.wait_for()
    one.page.get_by_role("combobox", name="X").fill(t("propose.slot.notes", "pt"))
    one.page.get_by_role("option", name=t("propose.slot.notes", "pt"), exact=True).click()
    one.page.get_by_text(t("deliver.corrected", "pt")).wait_for()
    one.settle()
    title = one.page.get_by_label(t("deliver.title", "pt"), exact=True)
    title.fill("Operação Navegador")
    title.press("Enter")
    one.press(t("deliver.try", "pt"))
    one.page.get_by_text(t("deliver.rejects.one", "pt", count=1)).wait_for()
    one.press(t("deliver.load.delivery", "pt"))
    one.page.get_by_text(t("deliver.done.current", "pt", dataset="operacao-navegador", revision=1)).wait_for()
    with one.page.expect_download() as waiting:
        one.page.get_by_role("button", name=t("deliver.rejects.download", "pt")).click()
    assert "31/02/1975" in Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert len(store.view(ANA).search("zubiria").items) == 2
    assert one.wrong == []
