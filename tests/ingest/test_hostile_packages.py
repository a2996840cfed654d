"""Hostile and broken packages give one clear error each and leave the store as it was."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from graph.access import Actor
from graph.errors import AccessDenied, InputError, MappingError, PackageError, ReaderError
from graph.i18n import LANGUAGES
from ingest.limits import Limits
from ingest.load import deliver

MAPPING = "csv_url: {url}\nentities:\n  p: {{schema: Person, keys: [ID], properties: {{name: {{column: NOMBRE}}}}}}\n"


def refused(store, path, actor, error, key, **options):
    """Deliver, expect ``error`` with ``key`` (or a problem of that key), and an untouched store."""
    before = (store.version(), store.datasets(), store.ledger("AR-MPF"))
    with pytest.raises(error) as caught:
        deliver(store, path, actor, **options)
    assert (store.version(), store.datasets(), store.ledger("AR-MPF")) == before
    told = caught.value
    if isinstance(told, InputError):
        assert key in {told.key, *(p.key for p in getattr(told, "problems", ()))}
        for lang in LANGUAGES:
            assert told.text(lang).strip() and "{" not in told.text(lang)
    return told


def write_zip(path: Path, members: dict[str, bytes], **infos: zipfile.ZipInfo) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(infos.get(name, zipfile.ZipInfo(name)), data, zipfile.ZIP_DEFLATED)
    return path


def test_a_zip_bomb_is_refused_by_its_ratio(store, actor, tmp_path):
    path = write_zip(tmp_path / "bomb.zip", {"case.yaml": b"x", "data.csv": bytes(60 << 20)})
    assert path.stat().st_size < 1 << 20
    told = refused(store, path, actor, PackageError, "ingest.package.ratio")
    assert told.file == "data.csv"


def test_a_member_that_declares_two_gigabytes_is_refused_without_reading(store, actor, tmp_path):
    path = write_zip(tmp_path / "big.zip", {"case.yaml": b"vinculo: 1\n", "data.csv": b"ID\n1\n"})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")  # the last central entry is data.csv's
    struct.pack_into("<I", data, at + 24, 2 << 30)
    path.write_bytes(data)
    told = refused(store, path, actor, PackageError, "ingest.package.large")
    assert told.params["size"] == 2 << 30


def test_a_member_longer_than_declared_is_refused(store, actor, tmp_path):
    path = write_zip(tmp_path / "lies.zip", {"case.yaml": b"vinculo: 1\n", "data.csv": b"ID\n" + b"1\n" * 4000})
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 24, 10)
    path.write_bytes(data)
    with pytest.raises(PackageError):
        deliver(store, path, actor)
    assert store.datasets() == []


@pytest.mark.parametrize("name", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "C:\\x.csv", "..\\x.csv", "a\x01b.csv"])
def test_names_that_lead_out_are_refused(store, actor, tmp_path, name):
    path = write_zip(tmp_path / "slip.zip", {"case.yaml": b"vinculo: 1\n", name: b"ID\n"})
    refused(store, path, actor, PackageError, "ingest.package.unsafe_name")
    assert not list(tmp_path.parent.glob("x.csv"))


def test_a_link_in_a_zip_is_refused(store, actor, tmp_path):
    info = zipfile.ZipInfo("data.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("case.yaml", "vinculo: 1\n")
        archive.writestr(info, "/etc/passwd")
    refused(store, path, actor, PackageError, "ingest.package.not_a_file")


def test_a_link_in_a_folder_is_refused(store, actor, package):
    folder = package()
    (folder / "data" / "otros.csv").symlink_to("/etc/passwd")
    refused(store, folder, actor, PackageError, "ingest.package.not_a_file")


@pytest.mark.parametrize(
    ("members", "key"),
    [
        ({"case.yaml": b"", "x.zip": b"PK"}, "ingest.package.nested"),
        ({"case.yaml": b"", "A.csv": b"", "a.csv": b""}, "ingest.package.twice"),
        ({"other.yaml": b""}, "ingest.package.no_case"),
        ({f"{n}.csv": b"" for n in range(200)}, "ingest.package.members"),
    ],
)
def test_archives_that_are_no_package(store, actor, tmp_path, members, key):
    refused(store, write_zip(tmp_path / "p.zip", members), actor, PackageError, key)


def test_totals_are_bounded(store, actor, tmp_path, package, zipped):
    folder = package({"documents/a.txt": "x" * 4000, "documents/b.txt": "y" * 4000})
    small = Limits(total=6000)
    refused(store, folder, actor, PackageError, "ingest.package.total", limits=small)
    refused(store, zipped(folder), actor, PackageError, "ingest.package.total", limits=small)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip at all", b"\x00" * 100, b"case.yaml"])
def test_a_file_that_is_no_zip(store, actor, tmp_path, data):
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    key = "ingest.package.broken_zip" if data else "ingest.package.empty"
    refused(store, path, actor, PackageError, key)


def test_an_encrypted_member_is_refused(store, actor, tmp_path):
    path = write_zip(tmp_path / "p.zip", {"case.yaml": b"vinculo: 1\n"})
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    refused(store, path, actor, PackageError, "ingest.package.encrypted")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/x.csv",
        "file:///etc/passwd",
        "/etc/passwd",
        "../personas.csv",
        "~/x.csv",
        "data/../../x",
        "C:\\x",
    ],
)
def test_csv_url_reads_files_of_the_package_only(store, actor, package, url):
    folder = package({"mapping.yml": MAPPING.format(url=url)})
    told = refused(store, folder, actor, MappingError, "ingest.package.outside")
    assert url in str(told)


def test_csv_url_expands_no_variables(store, actor, package, monkeypatch):
    monkeypatch.setenv("CASE_FILE", "data/personas.csv")
    folder = package({"mapping.yml": MAPPING.format(url="$CASE_FILE")})
    refused(store, folder, actor, MappingError, "ingest.package.no_file")


def test_a_database_is_never_asked(store, actor, package):
    mapping = "database: sqlite:////etc/passwd\n" + MAPPING.format(url="data/personas.csv")
    refused(store, package({"mapping.yml": mapping}), actor, MappingError, "ingest.mapping.database")


def test_a_file_that_is_not_there_is_named_with_the_nearest(store, actor, package):
    told = refused(
        store, package({"mapping.yml": MAPPING.format(url="data/persona.csv")}), actor, MappingError,
        "ingest.package.no_file_near",
    )  # fmt: skip
    assert "data/personas.csv" in str(told)


def test_missing_columns_are_all_listed_with_a_suggestion(store, actor, package):
    folder = package({"data/personas.csv": "ID;NOMBRES;FECHA NACIMIENTO\n1;Ana;\n"})
    told = refused(store, folder, actor, MappingError, "ingest.mapping.no_column")
    assert {p.params["value"] for p in told.problems} == {"NOMBRE", "DNI", "NACIMIENTO"}
    assert "NOMBRES" in str(told)


@pytest.mark.parametrize(
    ("files", "error", "key"),
    [
        ({"data/personas.csv": ""}, ReaderError, "ingest.reader.empty"),
        ({"data/personas.csv": "\n\n \n"}, ReaderError, "ingest.reader.no_header"),
        ({"data/personas.csv": b"PK\x03\x04 not a workbook"}, ReaderError, "ingest.reader.broken"),
        ({"mapping.yml": ""}, MappingError, "ingest.mapping.not_table"),
        ({"mapping.yml": None}, PackageError, "ingest.case.no_mapping"),
        ({"case.yaml": ""}, PackageError, "ingest.case.not_table"),
        (
            {"case.yaml": "vinculo: 1\nowner: !!python/object/apply:os.system ['true']\n"},
            PackageError,
            "ingest.yaml.tag",
        ),
        ({"case.yaml": "vinculo: 1\nowner: !boom x\n"}, PackageError, "ingest.yaml.tag"),
        ({"case.yaml": "a: &a [1,2]\nb: [*a, *a]\n"}, PackageError, "ingest.yaml.alias"),
        ({"case.yaml": "vinculo: 1\nvinculo: 1\n"}, PackageError, "ingest.yaml.twice"),
        ({"case.yaml": "vinculo: [1\n"}, PackageError, "ingest.yaml.syntax"),
        ({"case.yaml": "[" * 5000}, PackageError, "ingest.yaml.syntax"),
        ({"case.yaml": "[" * 60 + "]" * 60}, PackageError, "ingest.yaml.deep"),
        ({"case.yaml": "a: 1\n---\nb: 2\n"}, PackageError, "ingest.yaml.documents"),
        ({"case.yaml": "? [a]\n: b\n"}, PackageError, "ingest.yaml.key"),
        ({"case.yaml": "a: \x01\n"}, PackageError, "ingest.yaml.syntax"),
        ({"case.yaml": "vinculo: ñ".encode("latin-1")}, PackageError, "ingest.yaml.encoding"),
        ({"case.yaml": "x" * (1 << 21)}, PackageError, "ingest.yaml.large"),
    ],
)
def test_broken_files(store, actor, package, files, error, key):
    refused(store, package(files), actor, error, key)


def test_a_declared_encoding_that_is_not_the_files(store, actor, package):
    mapping = "encoding: utf-8\n" + MAPPING.format(url="data/personas.csv")
    folder = package({"mapping.yml": mapping, "data/personas.csv": "ID;NOMBRE\n1;Muñoz\n".encode("latin-1")})
    refused(store, folder, actor, ReaderError, "ingest.reader.encoding")


@pytest.mark.parametrize("encoding", ["no-such", "base64", "zlib"])
def test_an_encoding_that_is_none(store, actor, package, encoding):
    mapping = f"encoding: {encoding}\n" + MAPPING.format(url="data/personas.csv")
    refused(store, package({"mapping.yml": mapping}), actor, ReaderError, "ingest.reader.encoding_unknown")


def test_another_agencys_name(store, actor, package):
    folder = package(owner="BR-MPF", dataset="br-mpf-1")
    refused(store, folder, actor, AccessDenied, "error.owner_taken")


def test_an_analyst_may_not_deliver(store, package):
    refused(store, package(), Actor("ar:x", "AR-MPF", frozenset({"analyst"})), AccessDenied, "")


def test_an_old_revision_is_refused(store, actor, package):
    deliver(store, package(revision=3), actor)
    refused(store, package(revision=2), actor, PackageError, "error.revision_old")


def test_a_document_that_was_changed(store, actor, package):
    documents = f"[{{file: documents/acta.txt, sha256: {'0' * 64}}}, {{file: documents/falta.txt}}]"
    told = refused(
        store, package({"documents/acta.txt": "x"}, documents=documents), actor, PackageError, "ingest.case.sha256"
    )
    assert [p.key for p in told.problems] == ["ingest.case.sha256", "ingest.case.no_document"]


def test_a_load_that_fails_half_way_leaves_nothing(store, actor, package):
    folder = package({"data/personas.csv": b"ID;NOMBRE;DNI;NACIMIENTO\n" + b"1;Ana;1;\n" * 10})
    small = Limits(line=20)
    refused(store, folder, actor, ReaderError, "ingest.reader.line", limits=small)
    assert deliver(store, folder, actor).state == "current"


def test_nothing_unpacked_is_left_behind(store, actor, package, zipped, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    deliver(store, zipped(package()), actor)
    with pytest.raises(PackageError):
        deliver(store, zipped(package(owner="nobody")), actor)
    assert list((tmp_path / "tmp").iterdir()) == []
