"""``demo``: fictional case packages of many services, delivered, resolved, flagged and shown."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import click
import yaml

from analytics.jobs import run_flag_job
from dashboard.commands.common import Progress, Session, help_text, pass_session, shared
from dashboard.serve import serve
from graph.access import Actor
from graph.errors import InputError
from graph.federation import load
from graph.i18n import t
from graph.store import Store, open_store
from ingest.load import deliver
from ingest.scenario import SMALLEST, generate


def stewards(store: Store) -> dict[str, Actor]:
    """Agency → one of its stewards."""
    return {a.agency: a for a in reversed(store.actors()) if a.has("steward")}


def make(out: Path, size: int, seed: int, lang: str) -> None:
    """The scenario under ``out``; one of the same size and seed that stands there already is used as it is."""
    truth = out / "truth.json"
    if truth.exists():
        with truth.open("rb") as file:  # may be large, and begins with what is asked here
            head = file.read(4096).decode(errors="replace")
        if not all(re.search(rf'"{name}":\s*{value}\b', head) for name, value in (("size", size), ("seed", seed))):
            raise InputError("cli.demo.other", file=str(out), size=size, seed=seed)
        return
    if out.exists() and any(out.iterdir()):
        raise InputError("cli.demo.not_empty", file=str(out))
    progress = Progress(t("cli.demo.working", lang))
    generate(out, size=size, seed=seed, progress=lambda done, total: progress(t("cli.demo.making", lang), done, total))


def load_all(store: Store, out: Path, lang: str) -> dict[str, int]:
    """Deliver every package under ``out``, each by a steward of its owner, then resolve and flag. Counts of it all."""
    if not store.meta("made_by"):
        if any(d.current for d in store.datasets()):
            raise InputError("cli.demo.real_store", file=store.url)
        store.set_meta("made_by", "demo")
    store.save_federation(*load(out / "federation.yaml"))
    by_agency = stewards(store)
    packages = sorted(p.parent for p in out.glob("*/case.yaml"))
    progress = Progress(t("cli.demo.working", lang))
    total: Counter[str] = Counter()
    for n, package in enumerate(packages, 1):
        report = deliver(store, package, by_agency[owner_of(package)])
        total.update(packages=1, records=report.records, changed=report.added + report.changed + report.removed)
        progress(t("cli.demo.loading", lang), n, len(packages))
    total.update({k: v for k, v in run_flag_job(store, force=True).items() if isinstance(v, int)})
    return dict(total)


def owner_of(package: Path) -> str:
    """The owner that a package of the scenario names."""
    return str(yaml.safe_load((package / "case.yaml").read_text(encoding="utf-8"))["owner"])


@click.command(help=help_text("demo"))
@click.option("--out", default=Path("demo-out"), show_default=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--size", default=600, show_default=True, type=click.IntRange(SMALLEST))
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--no-dashboard", is_flag=True, help=help_text("option.no_dashboard"))
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@shared
@pass_session
def demo(session: Session, out: Path, size: int, seed: int, no_dashboard: bool, port: int) -> None:
    """Everything at once, on fictional data. Without a store named, the store stands in the output folder."""
    make(out, size, seed, session.language())
    if not session.url and not os.environ.get("VINCULO_STORE"):
        session.url = f"sqlite:///{(out / 'vinculo.db').absolute()}"
    store = session.opened = open_store(session.url)
    counts = load_all(store, out, session.language())
    session.say("cli.demo.done", counts=", ".join(f"{k} {v}" for k, v in counts.items()), out=out)
    if not no_dashboard:
        session.say("cli.demo.serving", port=port)
        serve(store.url, port=port)


COMMANDS = (demo,)
