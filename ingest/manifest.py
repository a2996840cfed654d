"""``case.yaml`` → the manifest of a delivery and its sources. All that is wrong with it is said at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from graph.delivery import DocumentRef, Manifest, RecordRule, Release
from graph.errors import PackageError
from ingest.evaluation import evaluation_code, handling_codes
from ingest.options import OPTION_KEYS, read_options
from ingest.problems import PackageProblems, Problem, nearest
from ingest.yamlfile import load_yaml

FILE = "case.yaml"
OWNER = re.compile(r"[A-Z]{2}-[A-Z0-9][A-Z0-9-]{0,30}")
DATASET = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
RECEIVER = re.compile(r"\*|[A-Z]{2}-[A-Z0-9][A-Z0-9-]{0,30}|team:[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
REVISION = re.compile(r"[1-9][0-9]{0,8}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MODES = ("full", "add", "delete")
LEVELS = ("hit", "identity", "full")
TOP = (
    "vinculo", "dataset", "revision", "mode", "title", "owner", "investigation", "contact", "sources", "documents",
    "evaluation", "handling", "release", "records", "retention",
)  # fmt: skip
SOURCE_KEYS = ("file", "mapping", "reader", *OPTION_KEYS)
INVESTIGATION_KEYS = (
    "number", "unit", "offences", "national_offences", "opened", "closed", "stage", "name", "summary",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source that ``case.yaml`` names: its file, and how it is to be read where that is not plain."""

    file: str
    mapping: str = ""
    reader: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


class _Checker:
    """Collects what is wrong while the values are taken out."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, key: str, at: str, **params: Any) -> None:
        self.problems.append(Problem(key, at, **params))

    def keys(self, data: Mapping[Any, Any], known: tuple[str, ...], at: str) -> None:
        for key in data:
            if key not in known:
                where = f"{at}.{key}" if at else str(key)
                self.add("ingest.case.unknown_key", where, near=nearest(str(key), known))

    def text(self, data: Mapping[Any, Any], key: str, at: str = "", pattern: re.Pattern[str] | None = None) -> str:
        """A scalar as text, empty where absent; ``pattern`` must match it whole."""
        value = data.get(key, "")
        where = f"{at}.{key}" if at else key
        if not isinstance(value, str):
            self.add("ingest.case.not_text", where)
            return ""
        found = value.strip()
        if not found:
            return ""
        if pattern and not pattern.fullmatch(found):
            self.add("ingest.case.form", where, value=found[:80])
        return found

    def day(self, data: Mapping[Any, Any], key: str, at: str = "") -> str:
        """A calendar day (ISO), empty where absent."""
        found = self.text(data, key, at)
        if found:
            try:
                date.fromisoformat(found)
            except ValueError:
                self.add("ingest.case.day", f"{at}.{key}" if at else key, value=found[:40])
        return found

    def choice(self, data: Mapping[Any, Any], key: str, known: tuple[str, ...], at: str = "", default: str = "") -> str:
        found = self.text(data, key, at) or default
        if found and found not in known:
            where = f"{at}.{key}" if at else key
            self.add("ingest.case.choice", where, value=found[:40], known=", ".join(known))
        return found

    def table(self, data: Mapping[Any, Any], key: str) -> dict[Any, Any]:
        found = data.get(key) or {}
        if not isinstance(found, dict):
            self.add("ingest.case.not_table", key)
            return {}
        return found

    def tables(self, data: Mapping[Any, Any], key: str) -> list[tuple[str, dict[Any, Any]]]:
        """A list of tables, each with where it stands (counted from 1, as people count)."""
        found = data.get(key) or []
        if not isinstance(found, list):
            self.add("ingest.case.not_list", key)
            return []
        result = []
        for number, entry in enumerate(found, 1):
            if isinstance(entry, dict):
                result.append((f"{key}[{number}]", entry))
            else:
                self.add("ingest.case.not_table", f"{key}[{number}]")
        return result

    def words(self, data: Mapping[Any, Any], key: str, at: str = "") -> list[str]:
        """A list of texts, or one text."""
        found = data.get(key) or []
        entries = found if isinstance(found, list) else [found]
        if not all(isinstance(e, str) for e in entries):
            self.add("ingest.case.not_text", f"{at}.{key}" if at else key)
            return []
        return [e.strip() for e in entries if e.strip()]


def read_manifest(path: Path, digest: str) -> tuple[Manifest, tuple[SourceSpec, ...]]:
    """The manifest and sources of ``case.yaml``. Raises :class:`PackageError` listing all that must be corrected."""
    data = load_yaml(path, FILE, PackageError)
    if not isinstance(data, dict):
        raise PackageError("ingest.case.not_table", file=FILE)
    check = _Checker()
    check.keys(data, TOP, "")
    if (version := check.text(data, "vinculo")) != "1":
        check.add("ingest.case.version", "vinculo", value=version[:20])
    for required in ("dataset", "owner", "revision"):
        if not data.get(required):
            check.add("ingest.case.missing", required)
    revision = check.text(data, "revision")
    if revision and not REVISION.fullmatch(revision):
        check.add("ingest.case.revision", "revision", value=revision[:40])
        revision = ""
    manifest = Manifest(
        owner=check.text(data, "owner", pattern=OWNER),
        dataset=check.text(data, "dataset", pattern=DATASET),
        revision=int(revision or 0),
        mode=check.choice(data, "mode", MODES, default="full"),
        title=check.text(data, "title"),
        investigation=_investigation(check, data),
        contact={str(k): check.text(check.table(data, "contact"), k, "contact") for k in check.table(data, "contact")},
        evaluation=_evaluation(check, data),
        handling=_handling(check, data),
        releases=_releases(check, data),
        documents=_documents(check, data),
        rules=_rules(check, data),
        retention=_retention(check, data),
        digest=digest,
    )
    sources = _sources(check, data)
    if check.problems:
        raise PackageProblems(check.problems, FILE)
    return manifest, sources


def _investigation(check: _Checker, data: Mapping[Any, Any]) -> dict[str, Any]:
    table = check.table(data, "investigation")
    check.keys(table, INVESTIGATION_KEYS, "investigation")
    found: dict[str, Any] = {}
    for key in ("number", "unit", "stage", "name", "summary"):
        if text := check.text(table, key, "investigation"):
            found[key] = text
    for key in ("opened", "closed"):
        if day := check.day(table, key, "investigation"):
            found[key] = day
    for key in ("offences", "national_offences"):
        if words := check.words(table, key, "investigation"):
            found[key] = words
    return found


def _evaluation(check: _Checker, data: Mapping[Any, Any]) -> str:
    table = check.table(data, "evaluation")
    if not table:
        return ""
    check.keys(table, ("scheme", "source", "information"), "evaluation")
    scheme, source, information = (check.text(table, k, "evaluation") for k in ("scheme", "source", "information"))
    code = evaluation_code(scheme or "4x4", source, information)
    if not code:
        check.add("ingest.case.evaluation", "evaluation", value=f"{scheme}:{source}{information}")
    return code


def _handling(check: _Checker, data: Mapping[Any, Any]) -> str:
    words = check.words(data, "handling")
    codes = handling_codes(",".join(words))
    if codes is None:
        check.add("ingest.case.handling", "handling", value=", ".join(words)[:80])
    return codes or ""


def _release(check: _Checker, entry: Mapping[Any, Any], at: str) -> Release:
    for required in ("to", "level"):
        if not entry.get(required):
            check.add("ingest.case.missing", f"{at}.{required}")
    return Release(
        to=check.text(entry, "to", at, RECEIVER),
        level=check.choice(entry, "level", LEVELS, at),
        until=check.day(entry, "until", at),
        purpose=check.text(entry, "purpose", at),
        ground=check.text(entry, "ground", at),
    )


def _releases(check: _Checker, data: Mapping[Any, Any]) -> tuple[Release, ...]:
    found = []
    for at, entry in check.tables(data, "release"):
        check.keys(entry, ("to", "level", "until", "purpose", "ground"), at)
        found.append(_release(check, entry, at))
    return tuple(found)


def _documents(check: _Checker, data: Mapping[Any, Any]) -> tuple[DocumentRef, ...]:
    found = []
    for at, entry in check.tables(data, "documents"):
        check.keys(entry, ("file", "sha256", "title"), at)
        if not entry.get("file"):
            check.add("ingest.case.missing", f"{at}.file")
        sha256 = check.text(entry, "sha256", at).lower()
        if sha256 and not SHA256.fullmatch(sha256):
            check.add("ingest.case.sha256_form", f"{at}.sha256")
        found.append(DocumentRef(check.text(entry, "file", at), sha256, check.text(entry, "title", at)))
    return tuple(found)


def _rules(check: _Checker, data: Mapping[Any, Any]) -> tuple[RecordRule, ...]:
    found: list[RecordRule] = []
    for at, entry in check.tables(data, "records"):
        check.keys(entry, ("key", "withdraw", "mask", "release", "reason"), at)
        key = check.text(entry, "key", at)
        if ":" not in key:
            check.add("ingest.case.record_key", f"{at}.key", value=key[:80])
        reason = check.text(entry, "reason", at)
        actions = [a for a in ("withdraw", "mask", "release") if entry.get(a, "") not in ("", "false", "no")]
        if not actions:
            check.add("ingest.case.record_action", at)
        for action in actions:
            if action != "release":
                if entry[action] not in ("true", "yes"):
                    check.add("ingest.case.record_action", f"{at}.{action}")
                found.append(RecordRule(key, action, reason=reason))
                continue
            single = entry["release"]
            for number, table in enumerate(single if isinstance(single, list) else [single], 1):
                where = f"{at}.release[{number}]"
                if not isinstance(table, dict):
                    check.add("ingest.case.not_table", where)
                    continue
                check.keys(table, ("to", "level", "until", "purpose", "ground"), where)
                r = _release(check, table, where)
                found.append(RecordRule(key, "release", r.to, r.level, r.until, reason))
    return tuple(found)


def _retention(check: _Checker, data: Mapping[Any, Any]) -> str:
    table = check.table(data, "retention")
    check.keys(table, ("until",), "retention")
    return check.day(table, "until", "retention")


def _sources(check: _Checker, data: Mapping[Any, Any]) -> tuple[SourceSpec, ...]:
    found = []
    for at, entry in check.tables(data, "sources"):
        check.keys(entry, SOURCE_KEYS, at)
        if not entry.get("file"):
            check.add("ingest.case.missing", f"{at}.file")
        options, wrong = read_options(entry)
        for key in wrong:
            check.add("ingest.case.form", f"{at}.{key}", value=str(entry[key])[:80])
        name, mapping, reader = (check.text(entry, k, at) for k in ("file", "mapping", "reader"))
        found.append(SourceSpec(name, mapping, reader, options))
    return tuple(found)
