"""A case package put together from tables that were handed over one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from ingest.limits import LIMITS, Limits
from ingest.package import Package, open_package


@contextmanager
def composed(
    case: Mapping[str, Any], mapping: str, files: Mapping[str, bytes], limits: Limits = LIMITS
) -> Iterator[Package]:
    """The package of ``case`` (the content of ``case.yaml``), the text of a mapping and its files, opened and checked;
    it is gone at the end. Raises :class:`PackageError` with all that is wrong with it."""
    with TemporaryDirectory(prefix="vinculo-") as name:
        folder = Path(name)
        (folder / "case.yaml").write_text(
            yaml.safe_dump(dict(case), allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        with open_package(folder, limits) as package:
            yield package


@contextmanager
def received(content: bytes, limits: Limits = LIMITS) -> Iterator[Package]:
    """A package that was handed over as a zip, opened and checked; what was unpacked is gone at the end."""
    with TemporaryDirectory(prefix="vinculo-") as name:
        path = Path(name, "package.zip")
        path.write_bytes(content)
        with open_package(path, limits) as package:
            yield package
