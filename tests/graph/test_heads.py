"""Signed heads and exports of the logs: what was cut, written anew or signed by somebody else shows."""

from __future__ import annotations

import json
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import casework
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph import heads
from graph.audit import Audit, Broken, chain
from graph.errors import AccessDenied, InputError, SettingsError, StoreError
from graph.settings import settings


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made = Audit(tmp_path / "audit")
    for n in range(4):
        made.changes.append(what="release", actor="ar:ana", agency="AR-MPF", dataset=f"d{n}")
        made.looks.append(what="search", actor="br:bia", agency="BR-MPF", records=[f"r{n}"], results=1)
    return made


def test_a_head_says_where_both_logs_end_and_is_signed(audit: Audit) -> None:
    head = heads.signed_head(audit)
    assert (head["changes"]["number"], head["looks"]["hash"]) == (4, audit.looks.head().hash)
    heads.check_signature(head, heads.public_key(audit))
    for change in (
        {"at": "2020-01-01T00:00:00+00:00"},
        {"looks": {**head["looks"], "number": 3}},
        {"signature": "00" * 64},
        {"signature": 1},
        {"more": 1},
    ):
        with pytest.raises(StoreError):
            heads.check_signature({**head, **change}, heads.public_key(audit))
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    for key in (other, "", "xyz", "00"):
        with pytest.raises(StoreError):
            heads.check_signature(head, key)


def test_a_cut_or_rewritten_log_shows_against_a_head(audit: Audit) -> None:
    head = heads.signed_head(audit)
    audit.looks.append(what="search", actor="br:bia", agency="BR-MPF", records=[], results=0)
    assert heads.check(audit, head) == {}
    lines = audit.looks.path.read_bytes().splitlines(keepends=True)
    audit.looks.path.write_bytes(b"".join(lines[:3]))
    assert heads.check(audit) == {} and heads.check(audit, head) == {"looks": Broken(3, "head")}
    bodies = [{k: v for k, v in orjson.loads(x).items() if k not in ("n", "hash")} for x in lines if b'"r1"' not in x]
    audit.looks.path.write_bytes(b"".join(chain(bodies)))
    assert heads.check(audit) == {} and heads.check(audit, head) == {"looks": Broken(4, "head")}
    audit.changes.path.unlink()
    assert heads.check(audit, head)["changes"] == Broken(0, "head")


def test_the_key_is_made_once_for_its_owner_only(audit: Audit) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(heads.public_key(audit))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    key = audit.folder / "signing.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert {p.name for p in audit.folder.iterdir()} == {"changes.jsonl", "looks.jsonl", "signing.key"}


def test_a_key_of_ones_own_is_used_and_a_broken_one_is_refused(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(settings.cache_clear)
    own = Ed25519PrivateKey.generate()
    (tmp_path / "key").write_text(own.private_bytes_raw().hex())
    monkeypatch.setenv("VINCULO_AUDIT_KEY", str(tmp_path / "key"))
    settings.cache_clear()
    assert heads.public_key(audit) == own.public_key().public_bytes_raw().hex()
    assert not (audit.folder / "signing.key").exists()
    for text in ("", "00", "secret words"):
        (tmp_path / "key").write_text(text)
        with pytest.raises(SettingsError) as caught:
            heads.public_key(audit)
        assert not text or text not in str(caught.value).replace(str(tmp_path), "")
    (tmp_path / "key").unlink()
    with pytest.raises(SettingsError):
        heads.public_key(audit)


def test_an_export_is_checked_by_itself(audit: Audit, tmp_path: Path) -> None:
    out = tmp_path / "logs.zip"
    head = heads.export(audit, casework.OPERATOR, out)
    assert head["changes"]["number"] == 5  # the export itself is written down in it
    assert heads.read_head(out) == head and heads.check_export(out) == {}
    assert heads.check(audit, heads.read_head(out)) == {}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with pytest.raises(InputError):
        heads.export(audit, casework.OPERATOR, out)  # never over what is there
    with pytest.raises(AccessDenied):
        heads.export(audit, casework.ANA, tmp_path / "other.zip")
    assert not (tmp_path / "other.zip").exists()


def rezipped(source: Path, target: Path, change: Callable[[str, bytes], bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_a_changed_export_shows(audit: Audit, tmp_path: Path) -> None:
    out, key = tmp_path / "logs.zip", heads.public_key(audit)
    heads.export(audit, casework.OPERATOR, out)
    edited = rezipped(out, tmp_path / "edited.zip", lambda _, b: b.replace(b'"r1"', b'"r9"'))
    assert heads.check_export(edited) == {"looks": Broken(2, "hash")}
    cut = rezipped(out, tmp_path / "cut.zip", lambda n, b: b[:-300] if n == "looks.jsonl" else b)
    assert heads.check_export(cut)["looks"].why == "head"
    with pytest.raises(StoreError):
        forged = rezipped(out, tmp_path / "forged.zip", lambda n, b: b.replace(b'"number": 4', b'"number": 3'))
        heads.check_signature(heads.read_head(forged), key)
    text = bytearray(out.read_bytes())
    text[len(text) // 2] ^= 255
    (tmp_path / "damaged.zip").write_bytes(bytes(text))
    try:
        assert heads.check_export(tmp_path / "damaged.zip") != {}
    except InputError as error:
        assert error.key == "audit.bad_head"


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b"PK\x03\x04", b'{"vinculo_audit": 2}', b"\xff" * 9])
def test_what_is_no_head_is_refused(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "head.json").write_bytes(text)
    with pytest.raises(InputError):
        heads.read_head(tmp_path / "head.json")


def test_a_head_with_parts_missing_is_refused(audit: Audit, tmp_path: Path) -> None:
    head = heads.signed_head(audit)
    for broken in (
        {**head, "looks": {"number": 1}},
        {**head, "looks": 1},
        {k: v for k, v in head.items() if k != "looks"},
    ):
        (tmp_path / "head.json").write_text(json.dumps(broken))
        with pytest.raises(InputError):
            heads.read_head(tmp_path / "head.json")
