"""Mappings for real, public data: networks of research, public exports, exchange files. Kept as working examples.

A sample is a folder with ``case.yaml`` (a template: owner and revision are filled in) and, where its files need one,
``mapping.yml``. The data is not part of the program: :func:`make_sample` puts both together. docs/ingest-samples.md
lists what each sample reads, and the counts.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import yaml

from graph.errors import PackageError

SAMPLES = ("montagna", "caviar", "matrix", "crimenet", "exports", "anx", "stix", "entities", "moreno", "madrid")
MAPPING = "mapping.yml"


def make_sample(
    name: str, folder: Path, out: Path, *, owner: str, revision: int = 1, files: Mapping[str, str] | None = None
) -> Path:
    """Write the package of the sample ``name`` to the folder ``out`` and return it.

    ``folder`` holds the data; ``files`` says what a file of the sample is called there, where it is called otherwise.
    Raises :class:`PackageError` where a file is missing.
    """
    base = resources.files("ingest.samples").joinpath(name)
    case = base.joinpath("case.yaml").read_text(encoding="utf-8")
    case = case.replace("{owner}", owner).replace("{revision}", str(revision))
    out.mkdir(parents=True, exist_ok=True)
    (out / "case.yaml").write_text(case, encoding="utf-8")
    if base.joinpath(MAPPING).is_file():
        (out / MAPPING).write_text(base.joinpath(MAPPING).read_text(encoding="utf-8"), encoding="utf-8")
    said = yaml.safe_load(case)
    for source in [*said["sources"], *said.get("documents", ())]:
        wanted = source["file"]
        given = folder / (files or {}).get(wanted, wanted)
        if not given.is_file():
            raise PackageError("ingest.package.no_file", file=str(folder), value=given.name)
        shutil.copyfile(given, out / wanted)
    return out
