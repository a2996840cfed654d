"""Calibration: the curve against an optimiser of somebody else's, and what verdicts change, for their agency alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import casework
import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from analytics.calibrating import Example, shapes, table
from analytics.crossborder import calibration, verdicts
from analytics.crossborder import queue as desk
from analytics.crossborder.calibration import SPREAD, Layer, _logit, calibrated, fit, shape
from analytics.crossborder.reader import flags
from analytics.crossborder.rules import rules, rules_digest, rules_of, with_layers
from analytics.crossborder.run import run
from dashboard.cli import cli
from graph.access import Actor
from graph.delivery import Release
from graph.errors import AccessDenied, SettingsError
from graph.settings import settings
from graph.store import open_store
from graph.store.base import Store

ANA, BIA = casework.ANA, casework.BIA
EVA = Actor("ar:eva", "AR-MPF", frozenset({"coordinator"}))
FULL = (Release("*", "full"),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two services whose people share telephones, each line one flag."""
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    store.set_meta("made_by", "test")
    store.save_federation([], [EVA], [])
    store.clock = lambda: datetime(2026, 11, 25, 12, tzinfo=UTC)
    for actor, dataset in ((ANA, "ar1"), (BIA, "br1")):
        who = [
            casework.record(store, actor.agency, dataset, f"{n}", name=f"{dataset} {n}", phone=f"+54911000000{n:02d}")
            for n in range(30)
        ]
        casework.deliver(store, actor, dataset, who, FULL)
    run(store)
    yield store
    store.close()
    settings.cache_clear()


examples = st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=1, max_size=60)


@given(examples)
def test_the_fit_is_the_posteriors_maximum(found: list[tuple[float, bool]]) -> None:
    layer = fit(found)
    assert layer.examples == len(found) and layer == fit(found[::-1])
    if layer.slope == 0:
        return
    x, y = np.array([_logit(s) for s, _ in found]), np.array([float(r) for _, r in found])

    def loss(theta: np.ndarray) -> float:
        odds = theta[0] + theta[1] * x
        prior = (theta[0] / SPREAD[0]) ** 2 / 2 + ((theta[1] - 1) / SPREAD[1]) ** 2 / 2
        return float((np.logaddexp(0, odds) - y * odds).sum() + prior)

    best = minimize(loss, [0.0, 1.0], method="BFGS")
    assert loss(np.array(layer[:2])) <= best.fun + 1e-6


def test_without_examples_a_layer_changes_nothing_and_a_curve_only_rises() -> None:
    assert fit([]) == Layer()
    for raw in (0.3, 0.5, 0.77, 0.99):
        assert calibrated(raw, {"verdicts": [Layer()]}) == pytest.approx(raw, abs=1e-4)
    layer = fit([(0.5, False)] * 40 + [(0.9, True)] * 40)
    curve = [calibrated(n / 100, {"verdicts": [layer]}) for n in range(1, 100)]
    assert curve == sorted(curve) and curve[49] < 0.2 and curve[89] > 0.8
    assert calibrated(1.0, {"verdicts": [layer]}) == 1.0  # what people confirmed is certain
    assert max(curve) <= 0.99
    upside_down = fit([(0.3, True)] * 50 + [(0.95, False)] * 50)
    assert upside_down.slope == 0 and calibrated(0.3, {"verdicts": [upside_down]}) == pytest.approx(0.5, abs=0.01)


def test_a_large_sample_is_calibrated_by_its_share() -> None:
    rng = Random(7)
    found = [(s, rng.random() < s**3) for s in (rng.uniform(0.3, 0.99) for _ in range(20_000))]
    layer = fit(found)
    for low in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        inside = [r for s, r in found if low <= calibrated(s, {"verdicts": [layer]}) < low + 0.1]
        assert sum(inside) / len(inside) == pytest.approx(low + 0.05, abs=0.06)


def judged(store: Store, wrong: int, right: int) -> list[str]:
    shown = flags(store.view(ANA))
    for n, flag in enumerate(shown[: wrong + right]):
        desk.opened(store, ANA, flag.id)
        desk.step(store, ANA, flag.id, *(("wrong", "common") if n < wrong else ("accepted",)))
    return [f.id for f in shown]


def test_verdicts_change_the_scores_of_their_agency_alone_and_only_when_told_to(store: Store) -> None:
    judged(store, wrong=20, right=2)
    before = {a.id: flags(store.view(a)) for a in (ANA, BIA)}
    found = verdicts.recalibrate(store, ANA)
    (effect,) = found.effects
    assert (effect.kind, effect.verdicts, effect.wrong) == ("shared_identifier", 22, 20)
    assert (effect.before, effect.after, effect.appear, effect.disappear) == (30, 0, 0, 30)
    assert effect.expected_before is not None and effect.expected_before < 0.3 and effect.expected_after is None
    run(store)
    assert {a.id: flags(store.view(a)) for a in (ANA, BIA)} == before  # looked at, not applied
    with pytest.raises(AccessDenied):
        verdicts.put(store, ANA, found.layers)  # an analyst
    stand = rules_digest(store)
    verdicts.put(store, EVA, found.layers)
    assert rules_digest(store) != stand  # the job runs
    run(store)
    assert flags(store.view(ANA)) == [] and flags(store.view(BIA)) == before[BIA.id]
    assert verdicts.recalibrate(store, ANA).effects[0].before == 0
    verdicts.put(store, EVA, {})
    run(store)
    assert [(f.id, f.score) for f in flags(store.view(ANA))] == [(f.id, f.score) for f in before[ANA.id]]
    assert rules_of(store, "AR-MPF") == with_layers({})
    assert [line["what"] for line in store.audit.changes.lines()][-2:] == ["flag calibrate"] * 2


def test_of_several_verdicts_the_last_holds_and_others_verdicts_teach_nothing(store: Store) -> None:
    (first, *_) = judged(store, wrong=1, right=0)
    desk.step(store, ANA, first, "accepted")
    assert [right for _, right in verdicts.examples(store, ANA)["shared_identifier"]] == [True]
    assert verdicts.recalibrate(store, BIA).layers == {}


def test_thresholds_come_from_the_settings(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    stand = rules_digest()
    score = flags(store.view(ANA))[0].score
    for value, left in ((f"shared_identifier={score + 0.001}", 0), (f"hit=0.9, shared_identifier={score}", 30)):
        monkeypatch.setenv("VINCULO_FLAG_THRESHOLDS", value)
        settings.cache_clear()
        run(store)
        assert len(flags(store.view(ANA))) == left and rules_digest() != stand
    for wrong in ("phone=0.5", "hit", "hit=2", "hit=x"):
        monkeypatch.setenv("VINCULO_FLAG_THRESHOLDS", wrong)
        settings.cache_clear()
        with pytest.raises(SettingsError):
            run(store)


def test_the_command_shows_the_effect_and_applies_it_when_told_to(store: Store) -> None:
    judged(store, wrong=20, right=2)

    def vinculo(*words: str, actor: Actor = EVA) -> str:
        call = ["flag", "calibrate", *words, "--store", store.url, "--as", actor.id]
        result = CliRunner().invoke(cli, call)
        assert result.exception is None, result.exception
        return result.output

    assert "Identificador compartido" in vinculo() and rules_of(store, "AR-MPF") == with_layers({})
    shown = json.loads(vinculo("--json"))
    assert shown["effects"][0]["disappear"] == 30
    vinculo("--apply")
    assert rules_of(store, "AR-MPF") != with_layers({})
    vinculo("--reset")
    assert rules_of(store, "AR-MPF") == with_layers({})


def test_the_shipped_shapes_rise_and_held_on_seeds_that_the_fit_has_not_seen() -> None:
    assert set(rules()) == set(shipped()["kinds"])
    for rule in rules().values():
        assert rule["knots"] == sorted(rule["knots"]) and rule["verdicts"] == []
        shares = [y for _, y in rule["knots"]]
        assert shares == sorted(shares) and 0 <= shares[0] and shares[-1] <= 1
    told = [band for band in shipped()["table"] if band["flags"] >= 30]  # fewer are no share
    assert told
    for band in told:
        assert abs(band["mean_score"] - band["right"]) <= 0.1, band


def shipped() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(calibration.__file__).with_name("calibration.yaml").read_text())
    return found


@given(examples)
def test_a_shape_rises_and_little_evidence_makes_no_certainty(found: list[tuple[float, bool]]) -> None:
    knots = shape(found)
    assert list(knots) == sorted(knots) and [y for _, y in knots] == sorted(y for _, y in knots)
    curve = [calibrated(n / 100, {"knots": knots}) for n in range(1, 100)]
    assert curve == sorted(curve) and 0 < curve[-1] <= 0.99
    assert min(y for _, y in shape([(0.55, True)] * 3)) > 0


def test_one_example_makes_no_certainty() -> None:
    knots = dict(shape([(0.5625, True)]))
    assert 0.6 < knots[0.5625] < 0.8  # half example, half prior, levelled with its neighbours so that it rises
    assert calibrated(0.3, {"knots": shape([(0.5625, True)])}) == pytest.approx(0.3, abs=0.01)


def test_a_shape_follows_a_step_where_a_logistic_curve_cannot() -> None:
    rng = Random(3)
    found = [(s, rng.random() < (0.05 if s < 0.5 else 0.97)) for s in (rng.uniform(0.2, 0.95) for _ in range(6000))]
    knots = shape(found)
    assert calibrated(0.4, {"knots": knots}) < 0.1 and calibrated(0.6, {"knots": knots}) > 0.94


def test_judged_flags_of_a_scenario_become_a_table(tmp_path: Path) -> None:
    found = [Example("hit", 0.5 + n / 1000, n % 4 > 0) for n in range(400)]
    (*_, last) = table(found, shapes(found))
    assert sum(b["flags"] or 0 for b in table(found, shapes(found))) == 400
    bands = [b for b in table(found, shapes(found)) if (b["flags"] or 0) >= 30]
    assert (
        all(abs(b["mean_score"] - 0.75) < 0.1 and abs(b["right"] - 0.75) < 0.1 for b in bands) and last["from"] == 0.9
    )
    assert table(found, {})[0]["mean_score"] == pytest.approx(0.55, abs=0.01)  # uncalibrated
