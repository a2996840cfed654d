"""``mapping propose``: how many columns come out right, and that the draft is a mapping our own mapper takes."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from click.testing import CliRunner

from dashboard.cli import cli
from graph.errors import InputError, MappingError, ReaderError
from graph.i18n import has
from graph.ids import Ids
from ingest.context import Context
from ingest.limits import LIMITS
from ingest.mapping import read_mapping
from ingest.package import open_package
from ingest.plan import plan_sources
from ingest.preview import preview_table
from ingest.propose import Decisions, Proposal, as_yaml, kinds, propose
from ingest.propose.vocabulary import vocabulary, words_of
from ingest.scenario import generate

sys.path.insert(0, str(Path(__file__).parent))
from mapping_uses import right, uses  # noqa: E402

DATA = Path(__file__).parents[1] / "data" / "propose" / "headers.yaml"
SHARED = Path(__file__).parents[3] / "shared" / "data"
SAMPLES: dict[str, Any] = yaml.load(DATA.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 texts only
ENOUGH = 0.9


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    out = tmp_path_factory.mktemp("propose")
    return list(generate(out, size=400, seed=20263).packages)


def checked(proposals: list[Proposal], folder: Path) -> Any:
    """The proposals as a mapping file, read by our own reader of mappings."""
    path = folder / "draft.yml"
    path.write_text(as_yaml(proposals, "es"), encoding="utf-8")
    return read_mapping(path, path.name)


def measured(packages: list[Path], folder: Path) -> tuple[Counter[str], Counter[str], list[tuple[str, str, str]]]:
    """(columns by kind of table, those proposed right, the others), against the scenario's own mappings."""
    total: Counter[str] = Counter()
    good: Counter[str] = Counter()
    wrong = []
    for package in packages:
        truth = read_mapping(package / "mapping.yml", "mapping.yml")
        for file in sorted({f for q in truth for f in q.files}):
            known = uses(q for q in truth if file in q.files)
            found = propose(package / file, file)
            proposed = uses(checked([found], folder))
            for column, said in known.items():
                fits = right(said, proposed.get(column, set()))
                total[found.kind] += 1
                good[found.kind] += fits
                if not fits:
                    wrong.append((package.name, file, column))
    return total, good, wrong


def test_the_tables_of_the_scenario(scenario: list[Path], tmp_path: Path) -> None:
    """Every column of every kind of table, in four services' words and forms of file."""
    wanted = ("ar-mpf", "br-mpf", "co-fgn", "mx-fgr")
    total, good, wrong = measured([p for p in scenario if p.name.startswith(wanted)], tmp_path)
    assert len(total) >= 11 and sum(total.values()) > 300
    assert min(good[k] / total[k] for k in total) >= ENOUGH, wrong
    assert sum(good.values()) / sum(total.values()) >= 0.97, wrong


@pytest.mark.prove
def test_the_tables_of_every_service(tmp_path: Path) -> None:
    """All services, at a size at which every kind of row is there."""
    made = generate(tmp_path / "scenario", size=10000, seed=7)
    total, good, wrong = measured(list(made.packages), tmp_path)
    assert len({p.name[:6] for p in made.packages}) >= 13
    assert min(good[k] / total[k] for k in total) >= ENOUGH, wrong
    assert sum(good.values()) / sum(total.values()) >= 0.97, wrong


def table(name: str, folder: Path) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(SAMPLES[name]["columns"])
        writer.writerows(SAMPLES[name]["rows"])
    return path


def misses(proposal: Proposal, truth: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Columns with a meaningful header that are proposed otherwise than by hand."""
    told = {c: "" if slot == "-" else slot for c, slot in truth.items() if slot != "?"}
    return {c: (slot, proposal.column(c).slot) for c, slot in told.items() if proposal.column(c).slot != slot}


def test_headers_labelled_by_hand(tmp_path: Path) -> None:
    wrong, total = {}, 0
    for name, sample in SAMPLES.items():
        found = propose(table(name, tmp_path), f"{name}.csv")
        checked([found], tmp_path)
        assert found.kind == sample["kind"], name
        total += sum(slot != "?" for slot in sample["columns"].values())
        wrong.update({(name, c): m for c, m in misses(found, sample["columns"]).items()})
    assert total > 200
    assert 1 - len(wrong) / total >= ENOUGH, wrong


@pytest.mark.parametrize(
    ("file", "sample"),
    [
        ("record-linkage/fake_1000.csv", "fake_people"),
        ("record-linkage/febrl_dataset1.csv", "febrl"),
        ("open-data-exports/pe_mpfn_delitos_2019-2023.csv", "mpfn_delitos"),
        ("crimenet/relations.csv", "crimenet_relations"),
        ("mafia-montagna/labelled_phone.csv", "montagna_edges"),
    ],
)
def test_real_tables(file: str, sample: str, tmp_path: Path) -> None:
    """The same headers with the real rows, where these are at hand; the labelled ones stand for them elsewhere."""
    path = SHARED / file if (SHARED / file).is_file() else table(sample, tmp_path)
    found = propose(path)
    wrong = misses(found, SAMPLES[sample]["columns"])
    counted = [slot for slot in SAMPLES[sample]["columns"].values() if slot != "?"]
    assert 1 - len(wrong) / len(counted) >= ENOUGH, wrong
    checked([found], tmp_path)


def statements(package: Path) -> set[tuple[str, str, str]]:
    """(record, property, value) of all that a package says, as far as it is not derived."""
    with open_package(package, LIMITS) as opened:
        context = Context(Ids("0" * 64), opened.manifest)
        keyed = []
        for source in plan_sources(opened, context):
            for outcome in source.outcomes():
                for fragment in outcome.fragments:
                    keyed += [(fragment.id, s.prop, s.value) for s in fragment.statements if not s.derived]
        return set(keyed)


@pytest.mark.parametrize("service", ["mx-fgr", "pt-pgr"])
def test_a_package_loads_with_the_proposed_mapping(service: str, scenario: list[Path], tmp_path: Path) -> None:
    """The whole way through our mapper: the same records, joined over all tables, say nearly the same."""
    package = next(p for p in scenario if p.name.startswith(service))
    truth = statements(package)
    copy = tmp_path / "package"
    copy.mkdir()
    files = {f for q in read_mapping(package / "mapping.yml", "mapping.yml") for f in q.files}
    for path in package.rglob("*"):
        if path.is_file() and path.name != "mapping.yml":
            target = copy / path.relative_to(package)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    drafts = [propose(copy / f, f, sheet="") for f in sorted(files)]
    (copy / "mapping.yml").write_text(as_yaml(drafts, "pt"), encoding="utf-8")
    found = statements(copy)
    assert len(truth & found) / len(truth) >= 0.93, Counter(p for _, p, _ in truth - found)
    records = {r for r, _, _ in truth}
    assert len(records & {r for r, _, _ in found}) / len(records) >= 0.97


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_order_of_dates_is_decided_by_the_column(tmp_path: Path) -> None:
    rows = "".join(f"{n};Ana Paz {n};{m:02d}/{d:02d}/1980\n" for n, (m, d) in enumerate([(2, 25), (11, 30), (3, 4)]))
    found = propose(write(tmp_path, "ID;NOMBRE;FECHA_NAC\n" + rows))
    assert (found.column("FECHA_NAC").order, found.column("FECHA_NAC").proven) == ("mdy", True)
    unsure = write(tmp_path, "ID;NOMBRE;FECHA_NAC\n1;Ana Paz;03/04/1980\n2;Eva Ruiz;05/06/1981\n", "u.csv")
    first = propose(unsure)
    assert first.column("FECHA_NAC").order == "dmy" and not first.column("FECHA_NAC").proven
    assert "propose.warn.date_order" in [key for key, _ in first.warnings]
    told = propose(unsure, decided=Decisions(orders={"FECHA_NAC": "mdy"}))
    born = told.queries[0]["entities"]["persona"]["properties"]["birthDate"]
    assert born["format"] == "%m/%d/%Y" and told.column("FECHA_NAC").proven


def test_a_person_decides_what_a_column_is(tmp_path: Path) -> None:
    path = write(tmp_path, "ID;NOMBRE;X\n1;Ana Paz;Quito\n2;Eva Ruiz;Lima\n")
    assert propose(path).column("X").slot == ""
    told = propose(path, decided=Decisions(slots={"X": "birth_place", "ID": ""}))
    properties = told.queries[0]["entities"]["persona"]["properties"]
    assert properties["birthPlace"] == {"column": "X"} and told.column("X").confidence == 1.0
    assert told.column("ID").slot == "" and told.queries[0]["entities"]["persona"]["keys"] == ["NOMBRE"]
    assert "propose.warn.by_name" in [key for key, _ in told.warnings]


def test_rows_without_a_number_are_kept_by_their_names(tmp_path: Path) -> None:
    rows = "".join(f"Ana Paz {'ABCDEFGHIJ'[n]};{'' if n % 2 else 20111222 + n}\n" for n in range(10))
    found = propose(write(tmp_path, "NOMBRE;DNI\n" + rows), decided=Decisions(country="AR"))
    keys = sorted(
        (q["entities"]["persona"]["keys"], sorted(set(q) & {"filters", "filters_not"})) for q in found.queries
    )
    assert keys == [(["DNI"], ["filters_not"]), (["NOMBRE"], ["filters"])]


def test_persons_and_companies_in_one_list(tmp_path: Path) -> None:
    text = "ID;TIPO_PERSONA;NOMBRE;DOC\n1;FISICA;Ana Paz;1\n2;JURIDICA;Sur SA;2\n3;FISICA;Eva Ruiz;3\n"
    found = propose(write(tmp_path, text))
    assert [(next(iter(q["entities"].values()))["schema"], q["filters"]) for q in found.queries] == [
        ("Person", {"TIPO_PERSONA": ["FISICA"]}),
        ("Company", {"TIPO_PERSONA": ["JURIDICA"]}),
    ]


def test_words_that_come_later_fall_on_the_safe_side(tmp_path: Path) -> None:
    """An owner is told by the word; whoever is called anything else holds an office, also by words yet to come."""
    text = "ID_EMPRESA;ID_TITULAR;CALIDAD\n1;7;SOCIO\n1;8;DIRECTOR\n2;9;GERENTE\n"
    found = propose(write(tmp_path, text))
    assert {q["entities"]["vinculo"]["schema"]: (q.get("filters"), q.get("filters_not")) for q in found.queries} == {
        "Ownership": ({"CALIDAD": ["SOCIO"]}, None),
        "Directorship": (None, {"CALIDAD": ["SOCIO"]}),
    }


def test_the_preview_reads_as_the_load_will(tmp_path: Path) -> None:
    """Dates of several forms have no format: their order comes from the whole column, in the preview as in the load."""
    path = write(tmp_path, "ID;NOMBRE;FECHA_NAC\n1;Ana Paz;03/04/1981\n2;Eva Gil;12/25/1980\n3;Luz Mar;1975\n")
    found = propose(path)
    assert "format" not in found.queries[0]["entities"]["persona"]["properties"]["birthDate"]
    rows = preview_table(found.sheet, as_yaml([found], "en"), "AR-MPF", 2)
    born = [f.value for row in rows for thing in row.things for f in thing.facts if f.prop == "birthDate"]
    assert born == ["1981-03-04", "1980-12-25"] and [row.row for row in rows] == [2, 3]


def test_comments_hold_whatever_a_cell_holds(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "NOMBRE: # 'x'", "no"])
        writer.writerow(["1", 'Ana\nentities: {a: b}\x85\x07 # "Paz', "&a *b"])
        writer.writerow(["2", "Eva Ruiz", "!!python/object"])
    found = propose(path, decided=Decisions(kind="people", slots={"NOMBRE: # 'x'": "name", "no": "notes"}))
    (query,) = checked([found], tmp_path)
    assert [e.schema for e in query.entities] == ["Person"] and "no" in query.columns


def test_what_is_no_table_and_what_nobody_understands(tmp_path: Path) -> None:
    with pytest.raises(ReaderError):
        propose(write(tmp_path, ""))
    with pytest.raises(MappingError) as refused:
        propose(write(tmp_path, "foo;bar\nx;y\n"))
    assert "people" in refused.value.text("es")
    with pytest.raises(InputError):
        propose(write(tmp_path, "foo;bar\nx;y\n"), decided=Decisions(kind="persons"))


def test_every_kind_slot_and_side_has_a_name() -> None:
    known = vocabulary()
    sides = {s for f in known.frames.values() for s in (*f.get("sides", {}), *f.get("others", ()))}
    names = [f"propose.kind.{k}" for k in kinds()] + [f"propose.slot.{c}" for c in known.concepts]
    assert [n for n in [*names, *(f"propose.side.{s}" for s in sides)] if not has(n)] == []


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Fec. Nac.", ("fecha", "nacimiento")),
        ("DATA_NASCIMENTO", ("fecha", "nacimiento")),
        ("dateOfBirth", ("fecha", "nacimiento")),
        ("Nº de Documento", ("numero", "documento")),
        ("Tel.", ("telefono",)),
        ("Número A", ("llamante",)),
        ("APELLIDO PATERNO", ("apellido", "paterno")),
        ("C.P.F.", ("cpf",)),
        ("Endereços", ("domicilio",)),
        ("Fecha de nacimeinto", ("fecha", "nacimiento")),
    ],
)
def test_headers_are_read_through_spelling(header: str, words: tuple[str, ...]) -> None:
    assert words_of(header) == words


def test_the_command(tmp_path: Path) -> None:
    first = write(tmp_path, "ID;NOMBRE;DNI\n1;Ana Paz;20111222\n2;Eva Ruiz;21333444\n", "personas.csv")
    second = write(tmp_path, "DOMINIO;MARCA;MODELO;ID_TITULAR\nAB123CD;FIAT;UNO;1\nAC456EF;FORD;KA;2\n", "autos.csv")
    out = tmp_path / "mapping.yml"
    run = CliRunner().invoke(cli, ["mapping", "propose", str(first), str(second), "-o", str(out), "--lang", "en"])
    assert run.exit_code == 0, run.output
    assert "7 of 7 columns" in run.output
    assert [q.files for q in read_mapping(out, out.name)] == [("personas.csv",), ("autos.csv",)]
    assert "# 0." in out.read_text(encoding="utf-8") and "Ana Paz" in out.read_text(encoding="utf-8")
    again = CliRunner().invoke(cli, ["mapping", "propose", str(first), "-o", str(out)])
    assert isinstance(again.exception, InputError)  # a corrected mapping is not written over
    told = orjson.loads(CliRunner().invoke(cli, ["mapping", "propose", str(first), "--json"]).output)
    assert told[0]["kind"] == "people" and {c["column"]: c["slot"] for c in told[0]["columns"]}["DNI"] == "doc"
