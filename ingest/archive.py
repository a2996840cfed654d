"""The files of a case package, folder or zip, made safe to open before a byte of them is interpreted.

A zip is unpacked into a private temporary folder under names of our own: a member's name is data and never a path.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from graph.errors import PackageError
from ingest.limits import Limits

CHUNK = 1 << 20
NESTED = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package: its name inside, where its bytes are now, their count and SHA-256."""

    name: str
    path: Path
    size: int
    sha256: str


def _junk(name: str) -> bool:
    return name.startswith(JUNK[0]) or PurePosixPath(name).name in JUNK[1:]


def _checked_name(name: str) -> str:
    """``name`` with forward slashes; refused where it could leave the package or hide what it is."""
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or ".." in parts or ":" in parts[0] or any(ord(c) < 32 for c in plain):
        raise PackageError("ingest.package.unsafe_name", file=name)
    plain = "/".join(p for p in parts if p not in ("", "."))
    if plain.lower().endswith(NESTED):
        raise PackageError("ingest.package.nested", file=name)
    return plain


def _common_root(names: list[str]) -> str:
    """The single top folder that a zip made of a folder has; empty where case.yaml stands at the top."""
    if "case.yaml" in names:
        return ""
    tops = {n.split("/", 1)[0] for n in names if "/" in n}
    top = next(iter(tops)) if len(tops) == 1 and all("/" in n for n in names) else ""
    return f"{top}/" if top and f"{top}/case.yaml" in names else ""


def open_zip(path: Path, target: Path, limits: Limits) -> Mapping[str, Member]:
    """Unpack the zip ``path`` into ``target``. Raises :class:`PackageError` for anything that is no honest package.

    What the archive declares is checked before reading, what it streams while reading: a lie in either is refused.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir() and not _junk(i.filename)]
            names = _check_declared(infos, limits)
            root = _common_root(names)
            members: dict[str, Member] = {}
            total = 0
            for number, (info, name) in enumerate(zip(infos, names, strict=True)):
                member = _unpack(archive, info, name.removeprefix(root), target / str(number), limits.total - total)
                total += member.size
                members[member.name] = member
            return members
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as broken:
        raise PackageError("ingest.package.broken_zip", file=path.name, detail=str(broken)) from broken


def _check_declared(infos: list[zipfile.ZipInfo], limits: Limits) -> list[str]:
    if len(infos) > limits.members:
        raise PackageError("ingest.package.members", count=len(infos), limit=limits.members)
    names = [_checked_name(i.filename) for i in infos]
    if len({n.casefold() for n in names}) != len(names):
        twice = next(n for n in names if [m.casefold() for m in names].count(n.casefold()) > 1)
        raise PackageError("ingest.package.twice", file=twice)
    for info, name in zip(infos, names, strict=True):
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind and kind != stat.S_IFREG:
            raise PackageError("ingest.package.not_a_file", file=name)
        if info.flag_bits & 0x1:
            raise PackageError("ingest.package.encrypted", file=name)
        if info.file_size > limits.member:
            raise PackageError("ingest.package.large", file=name, size=info.file_size, limit=limits.member)
        if info.file_size > CHUNK and info.file_size > limits.ratio * max(info.compress_size, 1):
            raise PackageError("ingest.package.ratio", file=name, limit=limits.ratio)
    total = sum(i.file_size for i in infos)
    if total > limits.total:
        raise PackageError("ingest.package.total", size=total, limit=limits.total)
    return names


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, path: Path, room: int) -> Member:
    digest = hashlib.sha256()
    size = 0
    with archive.open(info) as source, path.open("xb") as target:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > min(info.file_size, room):
                raise PackageError("ingest.package.lies", file=name)
            digest.update(chunk)
            target.write(chunk)
    if size != info.file_size:
        raise PackageError("ingest.package.lies", file=name)
    return Member(name, path, size, digest.hexdigest())


def open_folder(folder: Path, limits: Limits) -> Mapping[str, Member]:
    """The files of a package that is a folder. Links are refused: they would lead out of it."""
    members: dict[str, Member] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _junk(name):
            continue
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            raise PackageError("ingest.package.not_a_file", file=name)
        name = _checked_name(name)
        size = path.stat().st_size
        total += size
        if len(members) >= limits.members:
            raise PackageError("ingest.package.members", count=len(members) + 1, limit=limits.members)
        if size > limits.member:
            raise PackageError("ingest.package.large", file=name, size=size, limit=limits.member)
        if total > limits.total:
            raise PackageError("ingest.package.total", size=total, limit=limits.total)
        with path.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        members[name] = Member(name, path, size, digest)
    return members
