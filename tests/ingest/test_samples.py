"""The mappings that are kept for real data: each loads, its counts add up, and every reject is explained.

The standing proof is on small files of the same form (tests/data/samples); where the real sets are at hand, they are
loaded as well and must give the counts that docs/ingest-samples.md states.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl import Workbook

from graph.errors import PackageError, ReaderError
from graph.i18n import LANGUAGES, t
from graph.model import link_types
from ingest.load import deliver
from ingest.samples import SAMPLES, make_sample

sys.path.insert(0, str(Path(__file__).parent))
from workbooks import ods, xls  # noqa: E402

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "data" / "samples"
REAL = ROOT.parent / "shared" / "data"
STATED = ROOT / "docs" / "ingest-samples.md"


class Loaded(NamedTuple):
    read: int
    accepted: int
    rejected: int
    values: int  # values rejected, their rows being accepted
    reasons: Counter[str]
    schemata: Counter[str]
    links: Counter[str]  # link records, each once


@pytest.fixture
def load(store, actor, tmp_path, content):
    def run(name: str, folder: Path, files: dict[str, str] | None = None) -> Loaded:
        package = make_sample(name, folder, tmp_path / name, owner="AR-MPF", files=files)
        report = deliver(store, package, actor)
        assert report.rows_read == report.rows_accepted + report.rows_rejected
        rejects = list(store.rejects(1))
        assert sum(r.whole for r in rejects) == report.rows_rejected
        for reject in rejects:  # explained: where, what, and why in every language
            assert reject.document and reject.row and (reject.value or reject.column)
            assert all(t(reject.reason, lang, **reject.params) for lang in LANGUAGES)
        schemata = Counter(schema for schema, _, _ in content(actor).values())
        links = {(x.record, x.schema) for x in store.all_links(store.scope(actor)) if x.schema in link_types()}
        again = deliver(store, package, actor)
        assert (again.added, again.changed, again.removed) == (0, 0, 0)
        return Loaded(
            report.rows_read, report.rows_accepted, report.rows_rejected, report.values_rejected,
            Counter(r.reason for r in rejects), schemata, Counter(schema for _, schema in links),
        )  # fmt: skip

    return run


def workbook(path: Path, rows: list[list[object]]) -> None:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


@pytest.fixture
def exports(tmp_path):
    """The small public exports, with the two workbooks that text files cannot be."""
    folder = tmp_path / "exports-data"
    folder.mkdir()
    for path in (SMALL / "exports").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    text = (folder / "pe_mpfn_delitos_2019-2023.csv").read_text(encoding="utf-8-sig")
    workbook(folder / "pe_mpfn_delitos_2019-2023.xlsx", [line.split(";") for line in text.splitlines()])
    title = [["Dicionário de variáveis"], ["(última atualização: 24/05/2017)"], []]
    columns = ["Variável", "Descrição da variável", "Contagem", "Observação", "Disponibilidade dos dados", "Grupo"]
    workbook(
        folder / "br_isp_rj_dicionario.xls",  # the name says .xls, the bytes are .xlsx
        [*title, columns, ["mes", "Mês da comunicação"], ["hom_doloso", "Homicídio doloso", "vítima"], ["só o nome"]],
    )
    return folder


def test_layers_of_one_network_meet_in_the_same_people(load):
    found = load("montagna", SMALL / "montagna")
    assert (found.read, found.rejected, found.values) == (15, 0, 0)
    assert found.schemata == {
        "Person": 5, "CaseRole": 4, "Organization": 1, "Membership": 2, "Called": 3, "Family": 2, "UnknownLink": 4,
        "Investigation": 1,
    }  # fmt: skip
    # meetings and sightings that stand twice are one link each, calls and kinship keep their direction
    assert found.links == {"CaseRole": 4, "Membership": 2, "Called": 3, "Family": 2, "UnknownLink": 4}


def test_phases_are_dated_links(load, store, actor):
    found = load("caviar", SMALL / "caviar")
    # phase 7 has two actors of one label: their two cells and their empty row are told
    assert found.reasons == {"readers.reject.matrix_label": 3} and found.rejected == 3
    assert found.schemata["Person"] == 3 and found.links == {"Called": 20}
    dates = Counter((x.start, x.end) for x in store.all_links(store.scope(actor)))
    assert dates["1994-05", "1994-06"] == 2 and dates["1996-01", "1996-02"] == 2 and len(dates) == 10


def test_a_matrix_is_one_link_a_pair(load, store, actor):
    found = load("matrix", SMALL / "matrix")
    assert (found.read, found.reasons) == (5, {"readers.reject.matrix_diagonal": 1})
    assert found.schemata["Person"] == 4 and found.links == {"UnknownLink": 2}
    ends = {frozenset((x.source, x.target)) for x in store.all_links(store.scope(actor))}
    assert len(ends) == 2 and all(len(pair) == 2 for pair in ends), "no link to oneself"


def test_organisations_with_alliances_and_rivalries(load):
    found = load("crimenet", SMALL / "crimenet")
    assert (found.read, found.rejected) == (12, 0)
    assert found.reasons == {"ingest.reject.country": 1, "ingest.reject.placeholder": 1}  # Europe; Unknown
    # an alliance that stands twice is one link
    assert found.schemata["Organization"] == 6 and found.links == {"UnknownLink": 5}


def test_exports_with_their_defects(load, exports, content, actor):
    found = load("exports", exports)
    assert (found.read, found.rejected) == (2 + 2 + 2 + 2 + 3, 1)
    # a count that is blank costs its event, not the station; a variable without description says nothing
    assert found.reasons == {"ingest.reject.required": 2}
    assert found.schemata == {"Event": 5, "Note": 2, "PublicBody": 1, "Investigation": 1}
    values = {s.value for _, _, statements in content(actor).values() for s in statements}
    assert {"CONTRA EL PATRIMONIO – ROBO – S/Art", "2020-01-13", "1991-01", "Homicídio doloso"} <= values


def test_a_chart_of_analysts_notebook(load, tmp_path):
    found = load("anx", SMALL / "anx")
    assert (found.read, found.accepted) == (5, 4)
    assert found.reasons == {"readers.reject.anx_item": 1, "ingest.reject.evaluation": 1}  # a grade that no list has
    assert found.schemata == {"Person": 1, "Vehicle": 1, "Asset": 1, "UnknownLink": 1, "Investigation": 1}


def test_bundles(load):
    found = load("stix", SMALL / "stix")
    assert (found.read, found.accepted) == (15, 10)
    assert found.reasons == {
        "readers.reject.stix_type": 3,
        "readers.reject.stix_end": 1,
        "readers.reject.stix_marking": 1,
    }
    assert found.links == {"UnknownLink": 1}


def test_entities(load):
    found = load("entities", SMALL / "entities")
    assert (found.read, found.rejected, found.values) == (4, 1, 1)
    assert found.links == {"Ownership": 1}


def test_roles_in_crimes_from_three_files_side_by_side(load, store, actor, content):
    found = load("moreno", SMALL / "moreno")
    assert (found.read, found.rejected, found.values) == (5, 0, 0)
    # the case that the package itself is, beside the crimes
    assert found.schemata == {"Person": 3, "Investigation": 3 + 1, "CaseRole": 5} and found.links == {"CaseRole": 5}
    records = content(actor).values()
    masks = {s.value: mask for _, mask, said in records for s in said if s.prop == "name" and "Persona" in s.value}
    assert masks == {"Persona 1": "victim", "Persona 2": "witness", "Persona 3": "victim"}
    roles = sorted(
        tuple(sorted(s.value for s in said if s.prop == "role")) for k, _, said in records if k == "CaseRole"
    )
    assert roles == [("suspect",), ("suspect",), ("suspect", "victim"), ("victim",), ("witness",)]


def test_ties_by_half_years_that_stand_twice(load, store, actor):
    found = load("madrid", SMALL / "madrid")
    assert (found.read, found.rejected) == (3 + 5, 0)
    assert found.reasons == {"ingest.reject.date": 1}  # tied since birth: no date
    assert found.schemata["Person"] == 3 and found.links == {"UnknownLink": 3}
    dates = sorted({(x.start, x.end) for x in store.all_links(store.scope(actor))})
    assert dates == [("", ""), ("1995", "2001"), ("2002", "2004")]


@pytest.mark.parametrize(("file", "lines"), [("rel.person.role", "Suspect\n"), ("ent.person.sex", "1\n0\n")])
def test_a_file_beside_a_network_has_a_line_for_each(load, tmp_path, file, lines):
    folder = tmp_path / "moreno-data"
    folder.mkdir()
    for path in (SMALL / "moreno").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / file).write_text(lines)
    with pytest.raises(ReaderError, match=file):
        load("moreno", folder)


def test_every_sample_is_here_and_told_in_the_table():
    folders = {p.name for p in (ROOT / "ingest" / "samples").iterdir() if (p / "case.yaml").is_file()}
    assert folders == set(SAMPLES)
    assert {row[0] for row in stated()} == set(SAMPLES) | {"ofac"}


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(PackageError, match="sdn.csv|matrix.csv"):
        make_sample("matrix", tmp_path, tmp_path / "out", owner="AR-MPF")


def test_old_workbooks_hold_a_network_as_well(load, tmp_path):
    for make in (xls, ods):
        (tmp_path / f"{make.__name__}.xls").write_bytes(make([["", "A", "B"], ["A", 0.0, 1.0], ["B", 1.0, 0.0]]))
    found = load("matrix", tmp_path, {"matrix.csv": "xls.xls"})
    assert found.links == {"UnknownLink": 1}


def stated() -> list[tuple[str, str, int, int, int, int]]:
    """Rows of the table in the document: sample, file or folder, rows read, accepted, rejected, values rejected."""
    pattern = r"^\| `(\w+)` \| `([^`]+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|"
    found = re.findall(pattern, STATED.read_text(encoding="utf-8"), re.MULTILINE)
    return [(name, path, *(int(n.replace(",", "")) for n in counts)) for name, path, *counts in found]  # type: ignore[misc]


FILES = {"matrix": "matrix.csv", "anx": "chart.anx", "entities": "entities.ftm.json"}


@pytest.mark.parametrize("row", stated(), ids=lambda row: f"{row[0]}-{Path(row[1]).name}")
def test_the_real_sets_give_the_counts_that_are_stated(load, row):
    """The counts add up; where the real sets are at hand they are loaded as well (OFAC's has a test of its own)."""
    name, path, *counts = row
    read, accepted, rejected, _ = counts
    assert read == accepted + rejected
    if name == "ofac" or not REAL.is_dir():
        return
    files = {FILES[name]: Path(path).name} if name in FILES else None
    found = load(name, REAL / (Path(path).parent if files else path), files)
    assert [found.read, found.accepted, found.rejected, found.values] == counts
