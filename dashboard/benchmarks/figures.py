"""What every benchmark shares: its options, and how its figures are told."""

from __future__ import annotations

import functools
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared, table
from graph.view import code_version

Figures = Mapping[str, Any]


def machine() -> dict[str, Any]:
    """What figures rest on besides the program: cores this process may use, interpreter, version, day."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "code": code_version(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def benchmark(name: str) -> Callable[[Callable[..., Figures]], click.Command]:
    """Make a command of a function that gives figures; its help is the catalogue's ``cli.bench.NAME``.

    The function gets, as ``folder``, an empty folder that is removed afterwards, in ``--folder`` where that is given (a
    measure of forced writes depends on the disk), and whatever options it declares of its own.
    """

    def made(function: Callable[..., Figures]) -> click.Command:
        @click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help=help_text("option.folder"))
        @json_option
        @shared
        @pass_session
        @functools.wraps(function)
        def command(session: Session, /, folder: Path | None, as_json: bool, **options: Any) -> None:
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="vinculo-bench-", dir=folder) as place:
                figures = {"benchmark": name, **machine(), **options, **function(folder=Path(place), **options)}
            if as_json:
                emit_json(figures)
            else:
                table([[k, v] for k, v in figures.items()], ["", ""])

        return click.command(name, help=help_text(f"bench.{name}"))(command)

    return made
