"""Signed heads of the logs: number and hash of the last line of each, under an Ed25519 key (RFC 8032) of the store.

A head kept on another machine shows a log that was cut or written anew after it. The key lies in the audit folder,
readable by its owner only, made when first needed, or in the file that ``VINCULO_AUDIT_KEY`` names. Whoever holds the
key and the log can forge both (root on the host, docs/security.md); whoever holds only the log cannot.
"""

from __future__ import annotations

import os
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graph.access import Actor
from graph.audit import Audit, Broken, Head, Log, verify
from graph.errors import AccessDenied, InputError, SettingsError, StoreError
from graph.settings import settings

FORM = 1
HEAD_FILE = "head.json"
MOST = 1 << 16  # bytes that are read of what claims to be a head


def logs_of(audit: Audit) -> dict[str, Log]:
    """Both logs by name."""
    return {"changes": audit.changes, "looks": audit.looks}


LOGS = tuple(logs_of(Audit(Path())))


def _signing_key(audit: Audit) -> Ed25519PrivateKey:
    named = settings().audit_key
    path = Path(named) if named else audit.folder / "signing.key"
    try:
        if not named and not path.exists():
            _make(path)
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        hint = getattr(error, "strerror", None) or "32 bytes, hex"  # never what the file holds
        raise SettingsError("error.setting", name="VINCULO_AUDIT_KEY", value=str(path), hint=hint) from error


def _make(path: Path) -> None:
    """A fresh key (32 bytes as hex), whole or not at all; of two that are made at once one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def public_key(audit: Audit) -> str:
    """The store's public key as hex: note it where the heads are kept. :class:`SettingsError` for a broken key file."""
    return _signing_key(audit).public_key().public_bytes_raw().hex()


def _canonical(body: Mapping[str, Any]) -> bytes:
    return orjson.dumps({k: v for k, v in body.items() if k != "signature"}, option=orjson.OPT_SORT_KEYS)


def signed_head(audit: Audit) -> dict[str, Any]:
    """Where both logs end now, with the time and the public key, signed."""
    key = _signing_key(audit)
    body: dict[str, Any] = {"vinculo_audit": FORM, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    for name, log in logs_of(audit).items():
        body[name] = log.head()._asdict()
    body["key"] = key.public_key().public_bytes_raw().hex()
    return body | {"signature": key.sign(_canonical(body)).hex()}


def check_signature(head: Mapping[str, Any], key: str) -> None:
    """:class:`StoreError` unless ``head`` is signed by the public key ``key`` (hex)."""
    try:
        signature = bytes.fromhex(head["signature"])
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, _canonical(head))
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise StoreError("audit.bad_signature") from error


def export(audit: Audit, actor: Actor, path: Path) -> dict[str, Any]:
    """Write both logs as they are now and their signed head into one new .zip, for an operator; the head.

    The export is written down first. :class:`InputError` where ``path`` is there already or cannot be written.
    """
    if not (actor.everything or actor.has("operator")):
        raise AccessDenied("error.role_needed", role="operator")
    audit.changes.append(what="audit export", actor=actor.id, agency=actor.agency)
    head = signed_head(audit)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(HEAD_FILE, orjson.dumps(head, option=orjson.OPT_INDENT_2))
            for name, log in logs_of(audit).items():
                with archive.open(f"{name}.jsonl", "w", force_zip64=True) as out, log.opened() as lines:
                    for _, line in zip(range(head[name]["number"]), lines, strict=False):
                        out.write(line)
    except OSError as error:
        raise InputError("audit.cannot_write", file=path.name, hint=error.strerror or str(error)) from error
    return head


def read_head(path: Path) -> dict[str, Any]:
    """A head from an export or from a file of its own; :class:`InputError` for anything else."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive, archive.open(HEAD_FILE) as file:
                text = file.read(MOST)
        else:
            with path.open("rb") as plain:
                text = plain.read(MOST)
        head = orjson.loads(text)
        if head["vinculo_audit"] != FORM or any(head[name].keys() != set(Head._fields) for name in LOGS):
            raise KeyError("vinculo_audit")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError("audit.bad_head", file=path.name) from error
    return dict(head)


def check(audit: Audit, head: Mapping[str, Any] | None = None) -> dict[str, Broken]:
    """What of the logs does not hold together, or has not what ``head`` says it had: log → where."""
    found = {name: log.verify(_end(head, name) if head else None) for name, log in logs_of(audit).items()}
    return {name: broken for name, broken in found.items() if broken}


def check_export(path: Path) -> dict[str, Broken]:
    """What of an export does not hold together, without the store it is from; look at its signature first."""
    head, broken = read_head(path), {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in LOGS:
                if archive.getinfo(f"{name}.jsonl").file_size != head[name]["size"]:  # not to be read, however large
                    broken[name] = Broken(head[name]["number"], "head")
                    continue
                with archive.open(f"{name}.jsonl") as lines:
                    if wrong := verify(lines, _end(head, name)):
                        broken[name] = wrong
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError("audit.bad_head", file=path.name) from error
    return broken


def _end(head: Mapping[str, Any], name: str) -> tuple[int, str]:
    return head[name]["number"], head[name]["hash"]
