"""Make a case package of the SDN list as the Treasury publishes it, so that ``vinculo ingest`` can load it."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from graph.errors import PackageError

FILES = ("sdn.csv", "alt.csv", "add.csv")


def make_package(folder: Path, out: Path, *, owner: str, dataset: str = "ofac-sdn", revision: int = 1) -> Path:
    """Write a package of the list in ``folder`` to the folder ``out`` and return it.

    ``owner`` is the agency that answers for the delivery, the list being nobody's case. Raises :class:`PackageError`
    where ``folder`` has no ``sdn.csv``.
    """
    if not (folder / FILES[0]).is_file():
        raise PackageError("ingest.package.no_file", file=str(folder), value=FILES[0])
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)
    template = resources.files("ingest.ofac").joinpath("case.yaml").read_text(encoding="utf-8")
    case = template.format(owner=owner, dataset=dataset, revision=revision)
    (out / "case.yaml").write_text(case, encoding="utf-8")
    return out
