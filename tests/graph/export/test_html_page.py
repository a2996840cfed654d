"""The HTML export in a real Chromium without a network: it draws, shows sources, asks nobody, runs nothing of data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import casework as c
import pytest
from caseworld import ACTORS, world
from playwright.sync_api import Browser, Page, sync_playwright

from graph.chart import chart_for
from graph.delivery import Release
from graph.errors import ExportError
from graph.export import export
from graph.export.html import compose, policy
from graph.export.island import TEXTS
from graph.i18n import LANGUAGES, t
from graph.identity import Pair, Reason
from graph.statement import Delivered, Statement
from graph.store import open_store

pytestmark = pytest.mark.browser

HOSTILE = [
    "<img src=x onerror=window.__xss=1>",
    "</script><script>window.__xss=1</script>",
    '"><svg onload=window.__xss=1>',
    "' onmouseover='window.__xss=1",
    "`${window.__xss=1}`",
    'a href="javascript:window.__xss=1"',
    "javascript:window.__xss=1",
    "{{window.__xss=1}} {title} {0} %s",
    "</style><style>*{background:url(http://example.org/x)}</style>",
    "<!--<script>",
    "]]><iframe srcdoc='<script>parent.__xss=1</script>'>",
    "\u2028window.__xss=1\u2029",
    "<meta http-equiv=refresh content=0;url=http://example.org>",
    "<b>bold</b> & &lt;img&gt; \\u003cimg\\u003e",
    "__proto__",
]


PICK_NODE = "id => { network.body.emitter.emit('click', {nodes: [id], edges: []}); }"
PICK_LINK = "id => { network.body.emitter.emit('click', {nodes: [], edges: [id]}); }"


class Opened(NamedTuple):
    """A page with what it asked for and what it complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def opened(browser: Browser, file: Path) -> Opened:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda r: requests.append(r.url) if not r.url.startswith("data:") else None)
    page.on("console", lambda m: complaints.append(m.text))
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(file.as_uri())
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    return Opened(page, requests, complaints)


def hostile_chart(folder: Path, text: str) -> Path:
    """A chart with ``text`` in every field that a delivery, a person or a matcher can fill."""
    store = c.found(open_store(f"sqlite:///{folder / 'x.db'}"))

    def made(key: str, schema: str, **props: str) -> Delivered:
        statements = [
            Statement(p, v, text + "!", text, n + 2, text, text.replace(",", ""), text, text, text)
            for n, (p, v) in enumerate(sorted(props.items()))
        ]
        return Delivered(store.ids.record("AR-MPF", text, key), schema, statements)

    case = made("case", "Investigation", name=text, caseNumber=text, offence=text)
    ana = made("1", "Person", name=text, alias=text, notes=text, nationality=text, email=text, birthDate=text)
    eva = made("2", "Person", name=text + "2", email=text, address=text)
    role = made("r", "CaseRole", person=ana.id, investigation=case.id, role=text, startDate=text, endDate=text)
    link = made("u", "UnknownLink", subject=ana.id, object=case.id, role=text, date=text)
    c.deliver(store, c.ANA, text, [case, ana, eva, role, link], (Release("BR-MPF", "full"),))
    a, b = sorted((ana.id, eva.id))
    store.save_pairs([Pair(a, b, 0.5, "proposed", (Reason(text, text, text, 1.0),))], text)
    chart = chart_for(store.view(c.BIA), [ana.id], 2, title=text)
    assert len(chart.nodes) == 4 and len(chart.links) == 5
    out = folder / "o.html"
    export(store.view(c.BIA), chart, "html", out, "es")
    return out


def visit_everything(page: Page) -> None:
    """Select every node and link, search, filter, open the table, the stamp and all that can be opened."""
    page.evaluate(
        """() => {
            const data = JSON.parse(document.getElementById("data").textContent);
            for (const id of Object.keys(data.nodes)) network.body.emitter.emit("click", {nodes: [id], edges: []});
            for (const id of Object.keys(data.links)) network.body.emitter.emit("click", {nodes: [], edges: [id]});
            for (const id of Object.keys(data.nodes)) network.body.emitter.emit("hoverNode", {node: id});
            for (const d of document.querySelectorAll("details")) d.open = true;
        }"""
    )
    page.fill("#search", "o")
    page.fill("#search", "")
    for box in page.query_selector_all("#filterbox input"):
        box.evaluate("b => { b.click(); b.click(); }")
    page.click("#swap")
    for button in page.query_selector_all("#table td button"):
        button.evaluate("b => b.click()")
    page.click("#swap")


# each is a page in a browser: a few of them, and all in one text, in every run
@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE[1:11:4],
        " ".join(HOSTILE),
        *(pytest.param(x, marks=pytest.mark.prove) for x in HOSTILE if x not in HOSTILE[1:11:4]),
    ],
)
def test_nothing_in_data_runs(browser: Browser, tmp_path: Path, text: str) -> None:
    file = hostile_chart(tmp_path, text)
    page, requests, complaints = opened(browser, file)
    visit_everything(page)
    page.mouse.move(700, 500)
    page.wait_for_timeout(100)
    assert page.evaluate("window.__xss") is None
    assert requests == [file.as_uri()]
    assert complaints == []  # a blocked script would complain: none is even tried
    told = [page.evaluate("document.title"), page.inner_text("h1")]
    assert ["".join(words.split()) for words in told] == ["".join(text.split())] * 2
    shown = page.evaluate(
        "document.querySelectorAll('img:not([src^=\"data:image/svg+xml;base64,\"]), iframe, svg, object').length"
    )
    assert shown == 0
    assert page.evaluate("document.scripts.length") == 5  # three of pyvis, our data, ours
    page.context.close()


def test_the_policy_stops_what_escaping_would_miss(browser: Browser, tmp_path: Path) -> None:
    """A second belt: a script put into the finished page does not run."""
    file = hostile_chart(tmp_path, "Ana")
    page = file.read_text(encoding="utf-8")
    broken = page.replace(
        "<h1>Ana</h1>", '<h1><img src="data:," onerror="window.__xss=1"><script>window.__xss=1</script></h1>'
    )
    assert broken != page
    file.write_text(broken, encoding="utf-8")
    seen = opened(browser, file)
    seen.page.wait_for_timeout(200)
    assert seen.page.evaluate("window.__xss") is None
    assert any("Content Security Policy" in text for text in seen.complaints)
    assert seen.requests == [file.as_uri()]
    seen.page.context.close()


@pytest.fixture(scope="module")
def chart_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Opened, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("page")
    store, starts = world(folder, 120)
    view = store.view(ACTORS["CL-FN"])
    chart = chart_for(view, starts, 4)
    report = export(view, chart, "html", folder / "o.html", "es")
    seen = opened(browser, folder / "o.html")
    data = json.loads(
        seen.page.inner_text("#data") or seen.page.evaluate("document.getElementById('data').textContent")
    )
    assert (len(data["nodes"]), len(data["links"])) == (report.nodes, report.links)
    yield seen, data
    seen.page.context.close()


Seen = tuple[Opened, dict[str, Any]]


def test_it_draws_every_node_where_python_put_it(chart_page: Seen, tmp_path: Path) -> None:
    (page, requests, complaints), data = chart_page
    assert len(requests) == 1 and requests[0].startswith("file://") and complaints == []
    places = page.evaluate("network.getPositions()")
    drawn = page.evaluate("nodes.get().map(n => [n.id, n.x, n.y])")
    assert len(places) == len(data["nodes"])
    assert all(abs(places[i]["x"] - x) < 1 and abs(places[i]["y"] - y) < 1 for i, x, y in drawn)
    assert page.evaluate("network.physics.physicsEnabled") is False
    blank = page.evaluate(
        """() => { const canvas = network.canvas.frame.canvas, pen = canvas.getContext("2d");
            const ratio = canvas.width / canvas.clientWidth, empty = [];
            for (const id of nodes.getIds()) {
              const at = network.canvasToDOM(network.getPositions([id])[id]);
              const dots = pen.getImageData(at.x * ratio - 6, at.y * ratio - 6, 12, 12).data;
              let dark = 0; for (let i = 0; i < dots.length; i += 4) dark += dots[i] + dots[i+1] + dots[i+2] < 700;
              if (!dark) empty.push(id);
            } return empty; }"""
    )
    assert blank == []


def test_a_click_shows_every_source(chart_page: Seen) -> None:
    (page, _, _), data = chart_page
    rich = next(i for i, n in data["nodes"].items() if n["kind"] == "Persona" and n["records"] == 2)
    page.click("#fit")
    at = page.evaluate("id => network.canvasToDOM(network.getPositions([id])[id])", rich)
    box = page.locator("#mynetwork canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
    panel = page.inner_text("#panel")
    assert data["nodes"][rich]["label"] in panel
    for fact in data["nodes"][rich]["facts"]:
        owner, dataset, document = data["sources"][fact["source"]]
        assert fact["value"] in panel and f"{owner} · {dataset} · {document}, fila {fact['row']}" in panel
        assert fact["evaluation"] in panel
    assert "POR QUÉ SON LA MISMA" in panel.upper() and "+4.2" in panel
    page.keyboard.press("Escape")
    assert t("export.page.nothing_selected", "es") in page.inner_text("#panel")


def test_an_inference_is_worded_and_drawn_as_one(chart_page: Seen) -> None:
    (page, _, _), data = chart_page
    inferred = [i for i, k in data["links"].items() if k["inferred"]]
    assert inferred
    for link in inferred:
        page.evaluate(PICK_LINK, link)
        panel = page.inner_text("#panel")
        assert "Inferencia, no un hecho" in panel and data["links"][link]["score"] in panel
        assert page.evaluate("id => network.body.edges[id].options.dashes", link)
    stated = next(i for i, k in data["links"].items() if not k["inferred"])
    assert not page.evaluate("id => network.body.edges[id].options.dashes", stated)
    page.keyboard.press("Escape")


def test_masked_people_say_so(chart_page: Seen) -> None:
    (page, _, _), data = chart_page
    masked = [i for i, n in data["nodes"].items() if n["masked"]]
    assert masked and all(i.startswith("p") and data["nodes"][i]["facts"] == [] for i in masked)
    page.evaluate(PICK_NODE, masked[0])
    assert t("export.page.masked_note", "es") in page.inner_text("#panel")
    page.keyboard.press("Escape")


def test_search_folds_accents_and_finds_numbers(chart_page: Seen) -> None:
    (page, _, _), data = chart_page
    for words, field in (("JOAO nunez", "label"), ("5491", "facts")):
        page.fill("#search", words)
        found = page.query_selector_all("#results button")
        assert found, (words, field)
        found[0].click()
        assert page.inner_text("#panel h2") in {n["label"] for n in data["nodes"].values()}
    page.fill("#search", "zzzz")
    assert t("export.page.no_results", "es") in page.inner_text("#results")
    page.fill("#search", "")
    page.keyboard.press("Escape")


def test_filters_hide_kinds_owners_and_links(chart_page: Seen) -> None:
    (page, _, _), data = chart_page
    page.click("#filters summary")
    kind = page.locator("#filterbox label", has_text="Sociedad").first
    kind.click()
    hidden = page.evaluate("nodes.get().filter(n => n.hidden).map(n => n.id)")
    assert set(hidden) == {i for i, n in data["nodes"].items() if n["kind"] == "Sociedad"}
    gone = page.evaluate("edges.get().filter(e => e.hidden).map(e => e.id)")
    assert set(gone) == {i for i, k in data["links"].items() if {k["from"], k["to"]} & set(hidden)}
    kind.click()
    owner = page.locator("#filterbox label", has_text="BR-MPF").first
    owner.click()
    hidden = page.evaluate("nodes.get().filter(n => n.hidden).map(n => n.id)")
    assert set(hidden) == {i for i, n in data["nodes"].items() if n["owners"] == ["BR-MPF"]}
    owner.click()
    assert page.evaluate("nodes.get().filter(n => n.hidden).length + edges.get().filter(e => e.hidden).length") == 0
    page.keyboard.press("Escape")


def test_the_table_says_the_same_and_works_by_keyboard(chart_page: Seen) -> None:
    (page, _, _), data = chart_page
    page.focus("#skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "table"
    assert page.locator("#table table").first.locator("tbody tr").count() == len(data["nodes"])
    assert page.locator("#table table").last.locator("tbody tr").count() == len(data["links"])
    heads = page.locator("#table th[scope=col]").count()
    assert heads == 11
    page.locator("#table tbody button").first.focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == page.locator("#table tbody button").first.inner_text()
    page.click("#swap")
    assert page.is_visible("#mynetwork") and not page.is_visible("#table")
    page.keyboard.press("Escape")


def test_labels_do_not_lie_on_one_another(chart_page: Seen) -> None:
    """Measured as drawn: the boxes of all words on the canvas, at three scales."""
    (page, _, _), _ = chart_page
    page.evaluate("""() => { const pen = CanvasRenderingContext2D.prototype; window.__words = [];
        const fill = pen.fillText; pen.fillText = function (text, x, y) {
          const size = parseFloat(this.font.match(/([\\d.]+)px/)[1]);
          window.__words.push([x - this.measureText(text).width / 2, y, this.measureText(text).width, size]);
          return fill.apply(this, arguments); }; }""")
    for scale in (0.3, 0.6, 1.0):
        words = page.evaluate(
            """s => { network.moveTo({scale: s, animation: false}); window.__words = []; network.redraw();
                return window.__words; }""",
            scale,
        )
        assert len(words) > 20
        for n, (x, y, w, h) in enumerate(words):
            for a, b, v, k in words[n + 1 :]:
                assert not (x + 0.5 < a + v and a + 0.5 < x + w and y + 0.5 < b + k and b + 0.5 < y + h)
    page.evaluate("network.fit({animation: false})")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_speaks_the_readers_language(browser: Browser, tmp_path: Path, lang: str) -> None:
    store, starts = world(tmp_path, 12)
    view = store.view(ACTORS["CL-FN"])
    export(view, chart_for(view, starts[:1], 1), "html", tmp_path / "o.html", lang)
    page, _, complaints = opened(browser, tmp_path / "o.html")
    assert page.get_attribute("html", "lang") == lang and complaints == []
    body = page.inner_text("body")
    for key in ("filters", "fit", "table", "nothing_selected"):
        assert t(f"export.page.{key}", lang) in body
    for key in TEXTS:
        assert t(f"export.page.{key}", lang)
    assert t("export.stamp.actor", lang) in page.evaluate("document.getElementById('stamp').textContent")
    assert "cl:uno" in page.inner_text("#stampline")
    page.context.close()


@pytest.mark.parametrize("things", [50, 500])
def test_size_and_time(browser: Browser, tmp_path: Path, things: int) -> None:
    store, starts = world(tmp_path, things)
    view = store.view(ACTORS["CL-FN"])
    export(view, chart_for(view, starts, 6, 4000), "html", tmp_path / "o.html")
    assert (tmp_path / "o.html").stat().st_size < 800_000 + things * 8_000
    page, requests, complaints = opened(browser, tmp_path / "o.html")
    assert len(requests) == 1 and complaints == []
    page.context.close()


def test_another_page_of_pyvis_is_refused(tmp_path: Path) -> None:
    """An upgrade that changes the page must be looked at before anything leaves."""
    store, starts = world(tmp_path, 12)
    view = store.view(ACTORS["CL-FN"])
    from graph.export.contents import gather
    from graph.export.html import _drawn

    contents = gather(view, chart_for(view, starts[:1], 1))
    drawn = _drawn(contents, "es")
    compose(drawn, contents, "es")
    for gone in ("bootstrap", "<body>", "<h1>", 'style="width: 100%"'):
        with pytest.raises(ExportError):
            compose(drawn.replace(gone, "<other"), contents, "es")


def test_nothing_in_the_file_names_another_place(tmp_path: Path) -> None:
    file = hostile_chart(tmp_path, "Ana")
    page = file.read_text(encoding="utf-8")
    tags = re.sub(r"<script[^>]*>.*?</script>|<style[^>]*>.*?</style>", "", page, flags=re.S)
    assert not re.search(r"(?:src|href)\s*=\s*(?![\"']?(?:#|data:))", tags)
    assert "default-src 'none'" in tags and "unsafe" not in tags
    assert policy(page).count("sha256-") == 4 + 3


def test_no_file_lands_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyvis copies its library beside itself when it is let to."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    hostile_chart(tmp_path, "Ana")
    assert list((tmp_path / "cwd").iterdir()) == []
