"""A case package opened: its manifest, its files, its mappings' sources, nothing outside it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.delivery import Manifest
from graph.errors import InputError, PackageError
from ingest.archive import Member, open_folder, open_zip
from ingest.limits import LIMITS, Limits
from ingest.manifest import FILE, SourceSpec, read_manifest
from ingest.problems import PackageProblems, Problem, nearest


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose limits, ``case.yaml`` and document digests were checked. Lives inside :func:`open_package`."""

    manifest: Manifest
    sources: tuple[SourceSpec, ...]
    members: Mapping[str, Member]
    digest: str
    limits: Limits = LIMITS

    def member(self, name: str, error: type[InputError] = PackageError, at: str = FILE) -> Member:
        """The file ``name`` of this package. ``error`` (naming ``at``) where it would lead out of it or is not
        there."""
        plain = name.replace("\\", "/").removeprefix("./")
        parts = plain.split("/")
        if "://" in name or plain.startswith("/") or ".." in parts or ":" in parts[0] or plain.startswith("~"):
            raise error("ingest.package.outside", file=at, value=name)
        if plain not in self.members:
            near = nearest(plain, self.members)
            key = "ingest.package.no_file_near" if near else "ingest.package.no_file"
            raise error(key, file=at, value=name, near=near)
        return self.members[plain]


def package_digest(members: Mapping[str, Member]) -> str:
    """SHA-256 over names and digests of all files, whatever their order, times or compression."""
    digest = hashlib.sha256()
    for name in sorted(members):
        digest.update(f"{members[name].sha256}  {name}\n".encode())
    return digest.hexdigest()


@contextmanager
def open_package(path: Path, limits: Limits = LIMITS) -> Iterator[Package]:
    """Open the folder or zip at ``path``. Raises :class:`PackageError`; whatever was unpacked is gone at the end."""
    if path.is_dir():
        yield _checked(open_folder(path, limits), limits)
        return
    if not path.is_file():
        raise PackageError("ingest.package.none", file=str(path))
    if path.stat().st_size == 0:
        raise PackageError("ingest.package.empty", file=path.name)
    with tempfile.TemporaryDirectory(prefix="vinculo-") as folder:
        yield _checked(open_zip(path, Path(folder), limits), limits)


def _checked(members: Mapping[str, Member], limits: Limits) -> Package:
    if FILE not in members:
        raise PackageError("ingest.package.no_case", file=FILE)
    digest = package_digest(members)
    manifest, sources = read_manifest(members[FILE].path, digest)
    package = Package(manifest, sources, members, digest, limits)
    problems = []
    for number, document in enumerate(manifest.documents, 1):
        at = f"documents[{number}]"
        if document.file not in members:
            near = nearest(document.file, members)
            problems.append(Problem("ingest.case.no_document", at, value=document.file, near=near))
        elif document.sha256 and members[document.file].sha256 != document.sha256:
            problems.append(Problem("ingest.case.sha256", at, value=document.file))
    for number, source in enumerate(sources, 1):
        for name in filter(None, (source.file, source.mapping)):
            try:
                package.member(name)
            except PackageError as wrong:
                problems.append(Problem(wrong.key.removesuffix("_near"), f"sources[{number}]", **_own(wrong)))
    if problems:
        raise PackageProblems(problems, FILE)
    return package


def _own(error: InputError) -> dict[str, object]:
    return {k: v for k, v in error.params.items() if k not in ("file", "row", "column")}
