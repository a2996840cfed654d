"""What is written comes back: every thing, link, date, value and source, whatever the values are."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import casework as c
import networkx as nx
import orjson
import pytest
from caseworld import ACTORS, world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.chart import Chart, chart_for
from graph.errors import ExportError
from graph.export import FORMATS, export
from graph.export.contents import Contents, gather
from graph.export.csv import neutral
from graph.export.flat import LINK_COLUMNS, fact_dict, flat, legal, rows, unflat
from graph.export.ftm import plain_prop, plain_schema
from graph.identity import Pair, Reason
from graph.model import model
from graph.statement import Delivered, Statement
from graph.store import open_store
from graph.view import View

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
FORMULAS = ['=HYPERLINK("http://x")', "+1", "-2", "@x", "\ttab", "\rcr"]
ODD = ["a\r\nb", '"', "'", "[1]", "[", "\x00nul", "\x1b", "🚢 Ñ", "<a&b>", ",;|", "\ufffe", "_x0041_"]
NASTY = st.sampled_from(FORMULAS + ODD)
VALUE = st.one_of(TEXT, NASTY, st.builds(lambda a, b: a + b, NASTY, TEXT))


def charted(folder: Path, values: list[str], labels: list[str]) -> tuple[View, Chart]:
    """Two people and a company with these names, notes and sources; several links between two ends, one inferred."""
    store = c.found(open_store(f"sqlite:///{folder / 'x.db'}"))
    padded = (values * 6)[:6]

    def made(key: str, schema: str, **props: str) -> Delivered:
        found = [
            Statement(p, v, f"{v}!", labels[0], n + 2, labels[-1], "H1", "ar.dni", "valid", labels[0])
            for n, (p, v) in enumerate(sorted(props.items()))
        ]
        return Delivered(store.ids.record("AR-MPF", "d", key), schema, found)

    ana = made("1", "Person", name=padded[0], notes=padded[1], alias=padded[2], birthDate="1980-05")
    ana.statements.append(Statement("alias", padded[3], document=labels[0], row=7))
    eva = made("2", "Person", name=padded[4], idNumber="20123456")
    firm = made("3", "Company", name=padded[5], registrationNumber="30-1")
    ties = [
        made(
            f"t{n}", "Ownership", owner=ana.id, asset=firm.id, percentage=str(n), startDate="2019-03-01", role=labels[0]
        )
        for n in range(2)
    ]
    ties.append(made("d", "Directorship", director=ana.id, organization=firm.id, role=padded[0]))
    ties.append(made("f", "Family", person=ana.id, relative=eva.id, relationship=padded[1]))
    c.deliver(store, c.ANA, "d", [ana, eva, firm, *ties])
    a, b = sorted((ana.id, eva.id))
    store.save_pairs([Pair(a, b, 0.5, "proposed", (Reason("names", padded[0], padded[4], 1.5),))], "m")
    view = store.view(c.ANA)
    return view, chart_for(view, [ana.id], 1, title=padded[2])


def stripped(text: str) -> str:
    """What XML can hold of ``text``, by the standard's own words."""
    return "".join(
        ch for ch in text
        if ch in "\t\n\r" or 0x20 <= ord(ch) <= 0xD7FF or 0xE000 <= ord(ch) <= 0xFFFD or ord(ch) >= 0x10000
    )  # fmt: skip


def same_row(back: dict[str, Any], row: dict[str, Any], own: tuple[str, ...]) -> None:
    """A row read back: same values, same types; empty cells are not written."""
    for name, value in row.items():
        if name in own or value == "":
            assert name in own or name not in back
        elif isinstance(value, str):
            assert back[name] == stripped(value), name
        else:
            assert back[name] == value and type(back[name]) is type(value), name


ORDINARY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)


@ORDINARY
@given(
    values=st.lists(VALUE, min_size=1, max_size=6),
    labels=st.lists(VALUE, min_size=1, max_size=2),
    form=st.sampled_from(["graphml", "gexf"]),
)
def test_xml_forms_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[str], labels: list[str], form: str
) -> None:
    folder = tmp_path_factory.mktemp("x")
    view, chart = charted(folder, values, labels)
    report = export(view, chart, form, folder / f"o.{form}", "es")
    contents = gather(view, chart.now(view))
    nodes, links = rows(contents, "es")
    graph = nx.read_graphml(folder / "o.graphml") if form == "graphml" else nx.read_gexf(folder / "o.gexf")
    assert isinstance(graph, nx.MultiDiGraph)
    assert (
        (graph.number_of_nodes(), graph.number_of_edges()) == (len(nodes), len(links)) == (report.nodes, report.links)
    )
    assert len({(k.link.source, k.link.target) for k in contents.lines}) < len(links)  # several between two ends
    for row in nodes:
        same_row(dict(graph.nodes[row["id"]]), row, ("id",))
        assert [fact_dict(f) for i in contents.items if i.node.id == row["id"] for f in i.facts] == json.loads(
            graph.nodes[row["id"]]["statements"]
        )  # every value with its source, control characters too
    for row in links:
        same_row(dict(graph.edges[row["source"], row["target"], row["id"]]), row, ("id", "source", "target"))
    if form == "graphml":
        assert graph.graph["view"] == "AR-MPF" and graph.graph["actor"] == "ar:ana"
        assert graph.graph["datasets"] == "AR-MPF/d r1"
    expected = sum(len(v) - len(stripped(v)) for r in [*nodes, *links] for v in r.values() if isinstance(v, str))
    assert report.stripped >= expected


@ORDINARY
@given(values=st.lists(VALUE, min_size=1, max_size=6), labels=st.lists(VALUE, min_size=1, max_size=2))
def test_csv_comes_back(tmp_path_factory: pytest.TempPathFactory, values: list[str], labels: list[str]) -> None:
    folder = tmp_path_factory.mktemp("x")
    view, chart = charted(folder, values, labels)
    report = export(view, chart, "csv", folder / "o.csv", "es")
    contents = gather(view, chart.now(view))
    nodes, links = rows(contents, "es")
    for part, wanted in (("nodes", nodes), ("edges", links)):
        back = read_csv(folder / f"o.{part}.csv")
        assert len(back) == len(wanted)
        for found, row in zip(back, wanted, strict=True):
            for name, value in row.items():
                head = {"id": "Id", "label": "Label", "source": "Source", "target": "Target"}.get(name, name)
                if name != "statements" and isinstance(value, str):
                    assert denied(found[head]) == value.replace("\0", "")
    told = read_csv(folder / "o.statements.csv")
    facts = [(i.node.id, f) for i in contents.items for f in i.facts] + [
        (k.id, f) for k in contents.lines for f in k.facts
    ]
    assert [(r["of"], denied(r["value"]), r["row"]) for r in told] == [
        (key, f.statement.value.replace("\0", ""), str(f.statement.row)) for key, f in facts
    ]
    assert report.files[0].read_bytes()[:3] == b"Id,"  # no byte order mark: Gephi would not know the column
    assert dict((r["key"], r["value"]) for r in read_csv(folder / "o.stamp.csv"))["view"] == "AR-MPF"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def denied(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it; no cell starts a formula."""
    trimmed = cell.strip().lstrip("\u200b\ufeff")
    assert not trimmed.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) and not cell.startswith(
        ("\t", "\r", "\n")
    )
    return cell[1:] if cell.startswith("'") and neutral(cell[1:]) != cell[1:] else cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u2003 -1", "\u200b@x", "＝1"]
)
def test_formulas_are_text(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert neutral(f"a{text}") == f"a{text}"


@given(st.lists(VALUE, max_size=5))
def test_several_values_in_a_cell_come_back(values: list[str]) -> None:
    assert unflat(flat(values)) == values


@given(VALUE)
def test_what_xml_cannot_hold_is_counted(text: str) -> None:
    kept, gone = legal(text)
    assert kept == stripped(text) and gone == len(text) - len(kept)


def test_a_link_without_links_has_the_same_columns(tmp_path: Path) -> None:
    view, chart = charted(tmp_path, ["Ana"], ["f"])
    _, links = rows(gather(view, chart), "es")
    assert {name: type(value) for name, value in links[0].items()} == dict(LINK_COLUMNS)


def test_gephi_reads_the_heads(tmp_path: Path) -> None:
    view, chart = charted(tmp_path, ["Ana", "Eva"], ["f"])
    export(view, chart, "csv", tmp_path / "o.csv")
    assert (tmp_path / "o.nodes.csv").read_text(encoding="utf-8").startswith("Id,Label,")
    assert (tmp_path / "o.edges.csv").read_text(encoding="utf-8").startswith("Source,Target,Type,Id,Label,")
    assert {r["Type"] for r in read_csv(tmp_path / "o.edges.csv")} == {"Directed", "Undirected"}
    assert b"\r\n" in (tmp_path / "o.edges.csv").read_bytes()


# --- FollowTheMoney -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def valid(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Contents, list[dict[str, Any]], list[dict[str, Any]]]]:
    """A world with every schema of ours, as written and as the plain library gives it back."""
    folder = tmp_path_factory.mktemp("ftm")
    store, starts = world(folder, 130)
    view = store.view(ACTORS["CL-FN"])
    chart = chart_for(view, starts, 4)
    report = export(view, chart, "ftm", folder / "o.ftm.json", "es")
    assert report.notes["degraded"] > 0 and report.notes["identifiers"] > 0
    # another process: in this one the library's model holds our schemata
    command = [
        Path(sys.executable).with_name("ftm"),
        "validate",
        "-i",
        folder / "o.ftm.json",
        "-o",
        folder / "back.json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": str(folder)})
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr and "error" not in done.stderr, done.stderr
    yield gather(view, chart), lines(folder / "o.ftm.json"), lines(folder / "back.json")


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


Valid = tuple[Contents, list[dict[str, Any]], list[dict[str, Any]]]


def test_plain_followthemoney_accepts_every_line_and_keeps_every_value(valid: Valid) -> None:
    _, written, back = valid
    assert [e["id"] for e in back] == [e["id"] for e in written]
    for before, after in zip(written, back, strict=True):
        assert {p: sorted(v) for p, v in after["properties"].items()} == {
            p: sorted(v) for p, v in before["properties"].items()
        }
        assert after["schema"] == before["schema"] and after["vinculo"] == before["vinculo"]


def test_every_thing_link_and_statement_is_in_the_lines(valid: Valid) -> None:
    contents, written, _ = valid
    by_id = {e["id"]: e for e in written}
    for item in contents.items:
        if item.node.kind == "identifier":
            assert item.node.id not in by_id
            continue
        entity = by_id[item.node.id]
        assert entity["vinculo"]["statements"] == [fact_dict(f) for f in item.facts]
        told = [v for values in entity["properties"].values() for v in values]
        for fact in item.facts:
            assert fact.statement.value in told or any(fact.statement.value in v for v in told), fact
        assert set(entity["referents"]) == {r.id for r in item.records} - {item.node.id}
    drawn = {k.id for e in written for k in contents.lines if k.id in e["vinculo"].get("links", ())}
    kinds = {i.node.id: i.node.kind for i in contents.items}
    for line in contents.lines:
        link = line.link
        if "identifier" in (kinds[link.source], kinds[link.target]):
            continue
        pointed = any(link.target in v for v in by_id[link.source]["properties"].values())
        assert line.id in drawn or pointed, link
    ids = set(by_id)
    for e in written:
        for prop, values in e["properties"].items():
            if model()[e["schema"]].properties[prop].type.name == "entity":
                assert set(values) <= ids  # nobody is named who is not there


def test_inferences_and_masks_stay_what_they_are(valid: Valid) -> None:
    contents, written, _ = valid
    similar = [e for e in written if e["schema"] == "Similar"]
    assert len(similar) == sum(k.link.state == "proposed" for k in contents.lines) > 0
    assert all(e["properties"]["confidenceScore"] and e["vinculo"]["reasons"] for e in similar)
    masked = [e for e in written if e["vinculo"].get("protected")]
    assert len(masked) == contents.protected > 0
    for entity in masked:
        assert entity["id"].startswith("p") and set(entity["properties"]) == {"notes"}
        assert entity["vinculo"]["statements"] == []
    assert written[0]["schema"] == "Note" and written[0]["vinculo"]["stamp"]["view"] == "CL-FN"


def test_every_schema_of_ours_has_a_plain_one_of_its_kind() -> None:
    command = [
        sys.executable,
        "-c",
        "from followthemoney import model; print(*[s.name for s in model if not s.abstract])",
    ]
    plain = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    for schema in model():
        if not schema.abstract:
            assert plain_schema(schema.name) in plain, schema.name
            for prop in schema.properties:
                name = plain_prop(schema.name, prop)
                assert not name or name in model()[plain_schema(schema.name)].properties
    assert plain_prop("Person", "surname1") == "" and plain_prop("Person", "lastName") == "lastName"


# --- all formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_chart_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    view, chart = charted(tmp_path, ["Ana", "Eva"], ["f"])
    now = view._store.clock()
    view._store.clock = lambda: now
    reports = [export(view, chart, form, tmp_path / name / f"o.{form}", "pt") for name in ("one", "two")]
    assert reports[0].digests == reports[1].digests and reports[0].size > 0
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_carries_stamp_sources_and_state(tmp_path: Path, form: str) -> None:
    view, chart = charted(tmp_path, ["Ana"], ["data/acta 12.pdf", "4x4:B2"])
    export(view, chart, form, tmp_path / f"o.{form}", "es")
    text = "".join(p.read_text(encoding="utf-8") for p in tmp_path.glob("o.*"))
    for needed in (
        "AR-MPF",
        "ar:ana",
        chart.stamp.at[:10],
        "AR-MPF/d r1",
        "data/acta 12.pdf",
        "4x4:B2",
        "H1",
        "2019-03-01",
    ):
        assert needed in text, needed
    assert "proposed" in text or "Inferencia" in text
    assert f"Vínculo {chart.stamp.code}" in unicodedata.normalize("NFC", text)


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    view, chart = charted(tmp_path, ["Ana"], ["f"])
    with pytest.raises(ExportError) as refused:
        export(view, chart, "docx", tmp_path / "o.docx")
    assert re.search("html.*csv", refused.value.text("es"))
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError):
        export(view, chart, "graphml", tmp_path / "file" / "o.graphml")
    (tmp_path / "o.graphml").mkdir()
    with pytest.raises(ExportError):
        export(view, chart, "graphml", tmp_path / "o.graphml")
    assert not list(tmp_path.rglob("*.part"))


def test_the_documentation_tells_what_there_is() -> None:
    text = (Path(__file__).parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")
    for form in FORMATS:
        assert f"`{form}`" in text
    told = {
        ours: plain
        for names, plain in re.findall(r"^\| ([A-Z]\w+(?:, \w+)*) \| (\w+)", text, re.M)
        for ours in names.split(", ")
    }
    assert told == {name: plain_schema(name) for name in told}
    assert set(told) == {s.name for s in model() if plain_schema(s.name) != s.name}
    listed = re.search(r"^- links: (.*?)\n\n", text, re.M | re.S)
    assert listed and set(re.findall(r"`(\w+)`", listed[1])) == set(LINK_COLUMNS) - {"id", "source", "target"}
