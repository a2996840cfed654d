"""A bare file of FollowTheMoney entities as a delivery: its owner is the steward's agency, its name the dataset's."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from graph.access import Actor
from graph.delivery import Manifest
from graph.errors import PackageError
from graph.store.base import Store
from ingest.archive import Member
from ingest.limits import LIMITS, Limits
from ingest.manifest import SourceSpec
from ingest.normalise.text import fold
from ingest.package import Package, package_digest


def is_ftm(path: Path) -> bool:
    """Whether a file begins like an entity: it is no package then, but a list of entities."""
    with path.open("rb") as source:
        return source.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def dataset_name(path: Path) -> str:
    """A dataset's name made of a file's: ``Zala Entities.ftm.json`` → ``zala-entities``."""
    stem = path.name.removesuffix(".json").removesuffix(".jsonl").removesuffix(".ftm")
    return re.sub(r"[^a-z0-9]+", "-", fold(stem)).strip("-") or "ftm"


def ftm_package(store: Store, path: Path, actor: Actor, limits: Limits = LIMITS, dataset: str = "") -> Package:
    """A package that holds one file of entities, a revision above the dataset's current one.

    Nobody but its owner sees it until the owner releases it. Raises :class:`PackageError` where the file is too large.
    """
    size = path.stat().st_size
    if size > limits.member:
        raise PackageError("ingest.package.large", file=path.name, size=size, limit=limits.member)
    name = dataset or dataset_name(path)
    current = max((d.revision for d in store.datasets() if (d.owner, d.name) == (actor.agency, name)), default=0)
    with path.open("rb") as source:
        member = Member(path.name, path, size, hashlib.file_digest(source, "sha256").hexdigest())
    members = {member.name: member}
    manifest = Manifest(actor.agency, name, current + 1, title=path.name, digest=package_digest(members))
    return Package(manifest, (SourceSpec(member.name, reader="ftm"),), members, manifest.digest, limits)
