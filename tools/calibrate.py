"""Fit the shipped calibration of flags on generated truth and write analytics/crossborder/calibration.yaml.

    python tools/calibrate.py --train 101 102 103 --test 201 202 203 --size 5000 --folder FOLDER

Makes a demonstration scenario of each seed in FOLDER (once), delivers and resolves it in its own store, finds every
agency's flags with thresholds open and judges them by the scenario's truth; fits one shape per kind on the training
seeds and prints the calibration table on the seeds of the test, none of which the fit has seen.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ["VINCULO_HITS_PER_DAY"] = "1000000"  # the whole scenario on its first day

import yaml

from analytics.calibrating import Example, examples, shapes, table
from analytics.identity.resolve import resolve
from graph import federation
from graph.session import DEV_ACTOR
from graph.store import open_store
from ingest.load import deliver
from ingest.scenario import generate

TARGET = Path(__file__).resolve().parent.parent / "analytics" / "crossborder" / "calibration.yaml"
HEAD = """\
# How raw scores of flags become shares: kind -> knots [raw score, share], linear between them
# (analytics/crossborder/calibration.py). Written by tools/calibrate.py on demonstration scenarios of {size} records,
# seeds {train}; the table below is measured on seeds {test}, which the fit has not seen. Change a weight
# in settings.yaml and fit anew.
"""


def judged(folder: Path, seed: int, size: int) -> list[Example]:
    """The judged flags of one scenario."""
    place, done = folder / str(seed), folder / f"{seed}.done"
    if not done.exists():
        _made(place, seed, size)
        done.touch()
    store = open_store(f"sqlite:///{place / 'store.db'}")
    found = examples(store, place / "scenario" / "truth.json", DEV_ACTOR)
    store.close()
    print(f"seed {seed}: {len(found)} flags, {sum(e.right for e in found)} right", flush=True)
    return found


def _made(place: Path, seed: int, size: int) -> None:
    """Generate, deliver and resolve a scenario."""
    made = generate(place / "scenario", size=size, seed=seed)
    store = open_store(f"sqlite:///{place / 'store.db'}")
    store.set_meta("made_by", "demo")
    store.save_federation(*federation.load(made.federation))
    stewards = {a.agency: a for a in store.actors() if a.has("steward")}
    for package in made.packages:
        owner = yaml.safe_load((package / "case.yaml").read_text(encoding="utf-8"))["owner"]
        deliver(store, package, stewards[owner])
    resolve(store)
    store.close()


def main() -> None:
    """Fit, write, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", nargs="+", type=int, required=True)
    parser.add_argument("--test", nargs="+", type=int, required=True)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    train = [e for seed in chosen.train for e in judged(chosen.folder, seed, chosen.size)]
    test = [e for seed in chosen.test for e in judged(chosen.folder, seed, chosen.size)]
    made = shapes(train)
    bands = table(test, made)
    seeds = {name: ", ".join(map(str, getattr(chosen, name))) for name in ("train", "test")}
    kinds = {k: {"examples": m["examples"], "knots": [list(knot) for knot in m["knots"]]} for k, m in made.items()}
    body = {"kinds": kinds, "table": bands}
    text = HEAD.format(size=chosen.size, **seeds)
    text += yaml.safe_dump(body, sort_keys=False, default_flow_style=None, width=118)
    TARGET.write_text(text, encoding="utf-8")
    for band in bands:
        print(band)


if __name__ == "__main__":
    main()
