"""``bench``: figures of this machine. The measurements themselves stand in ``dashboard/benchmarks``."""

from __future__ import annotations

import click

from dashboard.benchmarks import BENCHMARKS
from dashboard.commands.common import help_text


@click.group(help=help_text("bench"))
def bench() -> None:
    """Measurements on generated data, each in a folder of its own."""


for benchmark in BENCHMARKS:
    bench.add_command(benchmark)

COMMANDS = (bench,)
