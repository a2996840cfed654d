"""The OFAC list: the shipped reader on a public-domain sample, and on the whole list where it is at hand."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from graph.access import Actor
from graph.errors import PackageError
from ingest.load import deliver
from ingest.ofac.package import make_package
from ingest.ofac.remarks import Part, parse, split

SAMPLE = Path(__file__).parents[1] / "data" / "ofac"
WHOLE = Path(__file__).parents[3] / "shared" / "data" / "ofac-sdn-narcotics"
STEWARD = Actor("us:o", "US-OFAC", frozenset({"steward", "analyst"}))


def rows(folder: Path, name: str) -> list[list[str]]:
    with (folder / name).open(encoding="ascii", newline="") as source:
        return list(csv.reader(source))


def linked(folder: Path) -> int:
    return sum(part.strip().startswith("Linked To:") for row in rows(folder, "sdn.csv") for part in row[11].split(";"))


@pytest.mark.parametrize("folder", [SAMPLE, WHOLE], ids=["sample", "whole"])
def test_the_list_arrives_whole(store, tmp_path, content, folder):
    if not folder.is_dir():  # the whole list is an extra: the sample is the proof
        folder = SAMPLE
    sdn, alt, add = (rows(folder, name) for name in ("sdn.csv", "alt.csv", "add.csv"))
    package = make_package(folder, tmp_path / "p", owner="US-OFAC")
    report = deliver(store, package, STEWARD)
    assert report.rows_read == len(sdn) + len(alt) + len(add) == report.rows_accepted + report.rows_rejected
    empty = [row for row in add if {v.strip() for v in row[2:]} == {"-0-"}]  # a row that names no address
    rejects = list(store.rejects(1))
    rows_lost = [r for r in rejects if r.whole]
    assert {r.reason for r in rows_lost} <= {"ingest.reject.nothing"}
    assert len(rows_lost) == len(empty) == report.rows_rejected
    assert {r.reason for r in rejects if not r.whole} <= {"readers.reject.disagrees"}
    found = content(STEWARD)
    schemata = Counter(schema for schema, _, _ in found.values())
    assert schemata["Person"] == sum(row[2] == "individual" for row in sdn)
    assert schemata["Person"] + schemata["Organization"] + schemata["Airplane"] == len(sdn)
    assert schemata["UnknownLink"] == linked(folder)
    statements = [s for _, _, values in found.values() for s in values]
    aliases = {(s.document, s.row) for s in statements if s.document == "alt.csv"}
    addresses = {(s.document, s.row) for s in statements if s.document == "add.csv"}
    towns = [row for row in add if row[2].strip() == "-0-" and row[3].strip() != "-0-"]
    assert len(aliases) == len(alt) and len(addresses) == len(add) - len(empty) and schemata["Address"] == len(towns)
    assert not any("-0-" in s.value for s in statements)
    again = deliver(store, package, STEWARD)
    assert (again.added, again.changed, again.removed, again.unchanged) == (0, 0, 0, report.added)


def test_links_go_where_they_say(store, tmp_path):
    deliver(store, make_package(SAMPLE, tmp_path / "p", owner="US-OFAC"), STEWARD)
    scope = store.scope(STEWARD)
    links = [link for link in store.all_links(scope) if link.schema == "UnknownLink"]
    names = {row[0]: row[1] for row in rows(SAMPLE, "sdn.csv")}
    ids = {store.ids.record("US-OFAC", "ofac-sdn", "ofac", number): name for number, name in names.items()}
    wanted = Counter()
    for row in rows(SAMPLE, "sdn.csv"):
        for part in row[11].split(";"):
            if part.strip().startswith("Linked To:"):
                target = part.strip().removeprefix("Linked To:").strip()
                wanted[row[1], target if target in names.values() else target.rstrip(".")] += 1
    assert Counter((ids[link.source], ids[link.target]) for link in links) == wanted
    assert any(target.endswith("S.A. DE C.V.") for _, target in wanted), "a name that ends in a full stop of its own"


STATES = {  # form → least count with the check digit right, and with no worse than a right shape, in the whole list
    "mx.curp": (333, 333),
    "mx.rfc": (256, 321),  # 256 carry a check digit and it is right, 65 carry none; 29 are wrong
    "co.nit": (317, 317),
    "gt.nit": (22, 22),
    "pe.ruc": (29, 29),
    "ve.rif": (24, 24),
    "do.cedula": (9, 9),
    "ec.ruc": (6, 6),
    "gt.cui": (5, 5),
    "pa.ruc": (2, 80),
    "ar.cuit": (7, 7),
}
IN_SAMPLE = {
    "mx.curp": (12, 12),
    "mx.rfc": (22, 25),
    "co.nit": (21, 21),
    "gt.nit": (2, 2),
    "pe.ruc": (1, 1),
    "ve.rif": (1, 1),
    "ec.ruc": (1, 1),
    "gt.cui": (1, 1),
    "pa.ruc": (1, 3),
    "ar.cuit": (1, 1),
}


@pytest.mark.parametrize("folder", [SAMPLE, *([WHOLE] if WHOLE.is_dir() else [])], ids=lambda folder: folder.name)
def test_identity_numbers_of_the_list(store, tmp_path, content, folder):
    deliver(store, make_package(folder, tmp_path / "p", owner="US-OFAC"), STEWARD)
    statements = [s for _, _, values in content(STEWARD).values() for s in values]
    counts = Counter((s.form, s.check) for s in statements if s.form and not s.derived)
    for form, (right, fit) in (IN_SAMPLE if folder == SAMPLE else STATES).items():
        assert counts[form, "valid"] >= right, form
        assert counts[form, "valid"] + counts[form, "wellformed"] >= fit, form
    wrong = [s for s in statements if s.check == "wrong"]
    assert all(s.value and s.form for s in wrong)
    births = Counter(s.derived for s in statements if s.prop == "birthDate")
    assert births["mx.curp>birthDate"] > 0 and births[""] > 0


@pytest.mark.parametrize("folder", [SAMPLE, *([WHOLE] if WHOLE.is_dir() else [])], ids=lambda folder: folder.name)
def test_birth_dates_that_numbers_tell_against_those_stated(store, tmp_path, content, folder):
    """CURPs agree with the list's own birth dates, but for a few: these are told, and the stated date holds."""
    deliver(store, make_package(folder, tmp_path / "p", owner="US-OFAC"), STEWARD)
    curps = [
        (s.value, {x.value for x in values if x.prop == "birthDate"})
        for schema, _, values in content(STEWARD).values()
        for s in values
        if s.form == "mx.curp" and s.check == "valid"
    ]
    told = [r for r in store.rejects(1) if r.reason == "readers.reject.disagrees"]
    by_curp = [r for r in told if r.params["rule"] == "mx.curp>birthDate"]
    compared = [(value, dates) for value, dates in curps if dates]
    agreeing = [
        value for value, dates in compared if any(d[2:].replace("-", "") == value[4:10] for d in dates if len(d) == 10)
    ]
    assert len(agreeing) + len(by_curp) >= len(compared) > 0
    if folder is WHOLE:
        assert len(agreeing) >= 330 and len(by_curp) == 5
    assert all(r.column == "remarks" and r.value and r.params["stated"] and not r.whole for r in told)


def test_a_birth_date_that_contradicts_the_list_is_told_and_not_taken(store, tmp_path, content):
    package = make_package(SAMPLE, tmp_path / "p", owner="US-OFAC")
    (package / "sdn.csv").write_text(
        '1,"PAZ, Ana",individual,SDNT,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        "DOB 21 Aug 1931; C.U.R.P. BOXW310820HNERXN09 (Mexico).\n"
        '2,"SOL, Eva",individual,SDNT,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        "DOB 1931; C.U.R.P. BOXW310820HNERXN09 (Mexico); R.F.C. GODE561231GR9 (Mexico).\n"
    )
    for name in ("alt.csv", "add.csv"):
        (package / name).unlink()
    deliver(store, package, STEWARD)
    [told] = list(store.rejects(1))
    assert (told.row, told.value, told.params["stated"]) == (1, "1931-08-20", "1931-08-21")
    births = {
        next(s.value for s in values if s.prop == "name"): sorted(s.value for s in values if s.prop == "birthDate")
        for schema, _, values in content(STEWARD).values()
        if schema == "Person"
    }
    assert births == {"Ana PAZ": ["1931-08-21"], "Eva SOL": ["1931", "1931-08-20"]}
    hits = [s for _, _, values in content(STEWARD).values() for s in values if s.value == "GODE561231GR9"]
    assert [s.check for s in hits] == ["wrong"]


PARTS = [
    ("DOB 31 Jan 1939", "birthDate", "31 Jan 1939", "", ""),
    ("alt. DOB circa 1950.", "birthDate", "circa 1950", "", ""),
    ("POB Culiacan, Sinaloa, Mexico.", "birthPlace", "Culiacan, Sinaloa, Mexico", "", ""),
    ("nationality Mexico", "nationality", "Mexico", "", ""),
    ("alt. citizen Colombia.", "citizenship", "Colombia", "", ""),
    ("Gender Male", "gender", "Male", "", ""),
    ("C.U.R.P. GAMR501027HSLXDG00 (Mexico).", "idNumber", "GAMR501027HSLXDG00", "MX", "mx.curp"),
    ("alt. R.F.C. # ITC-910503 (Mexico)", "taxNumber", "ITC-910503", "MX", "mx.rfc"),
    ("NIT # 890115794-3 (Colombia)", "taxNumber", "890115794-3", "CO", "co.nit"),
    ("RUC # 581123-1-448204-93 (Panama).", "taxNumber", "581123-1-448204-93", "PA", "pa.ruc"),
    ("Cedula No. R-19 4478 (Guatemala)", "idNumber", "R-19 4478", "GT", "gt.cedula"),
    ("Passport AI811078 (Colombia) issued 09 May 2003", "passportNumber", "AI811078", "CO", ""),
    ("Folio Mercantil No. 343997 (Mexico) issued 14 Dec 2005.", "registrationNumber", "343997", "MX", ""),
    ("National ID No. D489833(9) (Hong Kong)", "idNumber", "D489833(9)", "HK", ""),
    ("National ID No. 310 (Cabo Verde.  Previously Cape Verde.)", "idNumber", "310", "CV", ""),
    (
        "Unified Social Credit Code (USCC) 91310115MA1K41CK14 (China).",
        "registrationNumber",
        "91310115MA1K41CK14",
        "CN",
        "",
    ),
    ("SSN 592-29-5509", "socialSecurityNumber", "592-29-5509", "", ""),
    ("Email Address info@example.org", "email", "info@example.org", "", ""),
    ("Website www.example.org.", "website", "www.example.org", "", ""),
    ("a.k.a. 'THE CHESS PLAYER'", "weakAlias", "THE CHESS PLAYER", "", ""),
    ("a.k.a. 'O'NINNO'.", "weakAlias", "O'NINNO", "", ""),
    ("f.k.a. 'GUADALAJARA CARTEL'.", "previousName", "GUADALAJARA CARTEL", "", ""),
    ("Linked To: GRUPO X, S.A. DE C.V.", "link", "GRUPO X, S.A. DE C.V.", "", ""),
    (
        "Digital Currency Address - XBT 1Kuf2Rd8mDyAViwBozGTNYnvWL8uYFrkVo",
        "wallet",
        "1Kuf2Rd8mDyAViwBozGTNYnvWL8uYFrkVo",
        "",
        "XBT",
    ),
    ("Aircraft Tail Number N200VR", "registrationNumber", "N200VR", "", ""),
    (
        "Additional Sanctions Information - Subject to Secondary Sanctions.",
        "note",
        "Additional Sanctions Information - Subject to Secondary Sanctions.",
        "",
        "",
    ),
    ("Passport (Colombia)", "note", "Passport (Colombia)", "", ""),
]


@pytest.mark.parametrize(("text", "kind", "value", "country", "form"), PARTS)
def test_parts_of_remarks(text, kind, value, country, form):
    found = parse(text)
    assert found == Part(kind, value, text, country, form, found.plain)


def test_remarks_are_split_at_semicolons_outside_quotations():
    assert split("DOB 1962; a.k.a. 'A; B'; Gender Male.") == ["DOB 1962", "a.k.a. 'A; B'", "Gender Male."]


def test_rows_that_cannot_be_used_are_rejected(store, tmp_path):
    package = make_package(SAMPLE, tmp_path / "p", owner="US-OFAC")
    (package / "sdn.csv").write_text(
        '1,"PAZ, Ana",individual,SDNT,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,Linked To: NADIE.\n2,x\n'
    )
    (package / "alt.csv").write_text("1,9,aka,ANITA,-0- \n7,9,aka,X,-0- \n")
    (package / "add.csv").write_text('1,9,"Calle 1","Lima","Peru",-0- \n')
    report = deliver(store, package, STEWARD)
    assert (report.rows_read, report.rows_accepted, report.rows_rejected) == (5, 3, 2)
    assert sorted((r.document, r.row, r.reason) for r in store.rejects(1)) == [
        ("alt.csv", 2, "ingest.reject.dangling"),
        ("sdn.csv", 1, "ingest.reject.dangling"),
        ("sdn.csv", 2, "ingest.reject.too_many_cells"),
    ]


def test_a_folder_without_the_list(tmp_path):
    with pytest.raises(PackageError):
        make_package(tmp_path, tmp_path / "p", owner="US-OFAC")
