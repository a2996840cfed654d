"""Every command stands in all three READMEs, answers --help, and takes the options that all take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dashboard.cli import cli

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.es.md", "README.pt.md")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands(cli))


@pytest.mark.parametrize("file", READMES)
def test_every_command_is_in_the_readme(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert [path[0] for path, _ in ALL if f"vinculo {path[0]}" not in text] == []


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_help_and_shared_options(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0, result.output
    for option in ("--store", "--as", "--lang"):
        assert option in result.output


def test_the_readmes_are_in_step() -> None:
    sizes = [len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in READMES]
    assert max(sizes) - min(sizes) <= 4
