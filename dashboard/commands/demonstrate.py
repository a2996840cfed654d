"""``demo``: fictional case packages of many services, delivered, resolved, flagged and shown."""

from __future__ import annotations

from pathlib import Path

import click

from analytics.jobs import run_flag_job
from dashboard.commands.common import Progress, Session, help_text, pass_session, shared
from dashboard.serve import serve
from graph.access import Actor
from graph.federation import load
from graph.i18n import t
from graph.store import Store, open_store
from ingest.load import deliver
from ingest.scenario import generate


def stewards(store: Store) -> dict[str, Actor]:
    """Agency → one of its stewards."""
    return {a.agency: a for a in reversed(store.actors()) if a.has("steward")}


def build(store: Store, out: Path, size: int, seed: int, lang: str) -> dict[str, int]:
    """Make the scenario under ``out`` and load it: each package by a steward of its owner. Counts of what came of it."""
    progress = Progress(t("cli.demo.working", lang))
    generate(out, size=size, seed=seed, progress=lambda done, total: progress(t("cli.demo.making", lang), done, total))
    if not store.meta("made_by"):
        store.set_meta("made_by", "demo")
    store.save_federation(*load(out / "federation.yaml"))
    by_agency = stewards(store)
    packages = sorted(p.parent for p in out.glob("*/case.yaml"))
    records = 0
    for n, package in enumerate(packages, 1):
        owner = owner_of(package)
        report = deliver(store, package, by_agency[owner])
        records += report.records
        progress(t("cli.demo.loading", lang), n, len(packages))
    counts = run_flag_job(store, force=True)
    return {"packages": len(packages), "records": records, **{k: v for k, v in counts.items() if isinstance(v, int)}}


def owner_of(package: Path) -> str:
    """The owner a package names."""
    import yaml

    return str(yaml.safe_load((package / "case.yaml").read_text(encoding="utf-8"))["owner"])


@click.command(help=help_text("demo"))
@click.option("--out", default=Path("demo-out"), show_default=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--size", default=600, show_default=True, type=click.IntRange(50))
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--no-dashboard", is_flag=True, help=help_text("option.no_dashboard"))
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@shared
@pass_session
def demo(session: Session, out: Path, size: int, seed: int, no_dashboard: bool, port: int) -> None:
    """Everything at once, on fictional data. Without a store named, the store stands in the output folder."""
    import os

    if not session.url and not os.environ.get("VINCULO_STORE"):
        out.mkdir(parents=True, exist_ok=True)
        session.url = f"sqlite:///{(out / 'demo.db').absolute()}"
    store = session.opened = open_store(session.url)
    counts = build(store, out, size, seed, session.language())
    session.say("cli.demo.done", counts=", ".join(f"{k} {v}" for k, v in counts.items()), out=out)
    if not no_dashboard:
        session.say("cli.demo.serving", port=port)
        serve(store.url, port=port)


COMMANDS = (demo,)
