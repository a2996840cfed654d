"""Benchmarks run, say what they rest on, and touch no store and no log but their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.benchmarks import BENCHMARKS
from dashboard.cli import cli
from graph.settings import settings

# The smallest size of each, as options of the command line.
# The layout of splink's fake_1000 with people that were made up.
PUBLISHED = Path(__file__).parents[1] / "data" / "identity" / "published"
TINY = {
    "audit": ["--size", "40", "--queries", "4", "--lines", "50"],
    "identity": ["--size", "300", "--no-opponents"],
    "ingest": ["--size", "150"],
    "published": ["--data", str(PUBLISHED), "--set", "fake_1000", "--no-opponents"],
}


@pytest.mark.parametrize("name", sorted(c.name or "" for c in BENCHMARKS))
def test_a_benchmark_gives_its_figures_and_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, logs = tmp_path / "here", tmp_path / "logs"
    monkeypatch.setenv("VINCULO_AUDIT", str(logs))
    monkeypatch.setenv("VINCULO_STORE", f"sqlite:///{tmp_path / 'in-use.db'}")
    settings.cache_clear()
    result = CliRunner().invoke(cli, ["bench", name, "--json", "--folder", str(place), *TINY[name]])
    settings.cache_clear()
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output)
    assert figures["benchmark"] == name and {"cores", "python", "code", "date"} < figures.keys()
    assert list(place.iterdir()) == [] and not logs.exists() and not (tmp_path / "in-use.db").exists()


def test_the_cost_of_the_log_is_a_ratio_of_one_run() -> None:
    result = CliRunner().invoke(cli, ["bench", "audit", "--json", *TINY["audit"]])
    figures = json.loads(result.output)
    assert figures["ratio"] == pytest.approx(figures["with_log_ms"] / figures["without_log_ms"], rel=0.01)
    assert figures["nodes_per_answer"] > 1 and figures["verify_s"] >= 0
