"""``ingest``, ``draft``: deliver case packages."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from dashboard.commands.common import Progress, Session, emit_json, help_text, json_option, pass_session, shared, table
from graph.access import Actor
from graph.delivery import DeliveryReport
from graph.errors import InputError
from graph.federation import load
from graph.i18n import t
from graph.stewardship import accept, drop, listed
from graph.store.base import Store
from ingest.load import Progress as Stage
from ingest.load import deliver
from ingest.ofac.package import make_package
from ingest.several import Task, deliver_several

COUNTS = ("rows_read", "rows_accepted", "rows_rejected", "values_rejected", "added", "changed", "unchanged", "removed")


@contextmanager
def as_package(path: Path, owner: str) -> Iterator[Path]:
    """The package at ``path``; a folder with the SDN list as the Treasury publishes it is made one of ``owner``."""
    if not (path / "sdn.csv").is_file() or (path / "case.yaml").exists():
        yield path
        return
    if not owner:
        raise InputError("cli.ingest.owner", file=str(path))
    with tempfile.TemporaryDirectory() as folder:
        yield make_package(path, Path(folder), owner=owner)


def _told(name: str) -> Callable[[Stage], None]:
    told = Progress(name)
    return lambda stage: told(f"{stage.stage} {stage.file}".strip(), stage.done)


@click.command(help=help_text("ingest"))
@click.argument("packages", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--draft", is_flag=True, help=help_text("option.draft"))
@click.option("--federation", type=click.Path(exists=True, path_type=Path), help=help_text("option.federation"))
@click.option("--owner", default="", help=help_text("option.owner"))
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 64), help=help_text("option.jobs"))
@json_option
@shared
@pass_session
def ingest(
    session: Session,
    packages: tuple[Path, ...],
    draft: bool,
    federation: Path | None,
    owner: str,
    jobs: int,
    as_json: bool,
) -> None:
    """Deliver each package in its own transaction; the first that is refused stops the run."""
    store = session.store()
    if federation:
        actor = session.actor()
        store.save_federation(*load(federation))
        store.audit.changes.append(what="federation", actor=actor.id, agency=actor.agency)
    actor = session.actor()
    reports: dict[int, DeliveryReport] = {}
    with ExitStack() as made:
        ready = [made.enter_context(as_package(package, owner)) for package in packages]
        for number, report in _delivered(store, ready, packages, actor, draft, jobs):
            reports[number] = report
            if as_json:
                emit_json(report)
    if not as_json:
        heads = [t(f"cli.count.{name}", session.language()) for name in COUNTS]
        rows = [
            [r.owner, r.dataset, r.revision, *(getattr(r, name) for name in COUNTS)]
            for r in (reports[number] for number in sorted(reports))
        ]
        table(
            rows, [*(t(f"cli.count.{name}", session.language()) for name in ("owner", "dataset", "revision")), *heads]
        )


def _delivered(
    store: Store, ready: list[Path], packages: Sequence[Path], actor: Actor, draft: bool, jobs: int
) -> Iterator[tuple[int, DeliveryReport]]:
    """(Place among the packages, its report) as each is done: one after the other, or several at a time."""
    if jobs == 1 or len(ready) == 1:
        for number, path in enumerate(ready):
            yield number, deliver(store, path, actor, draft=draft, progress=_told(packages[number].name))
        return
    told = Progress("ingest")
    for count, done in enumerate(deliver_several(store.url, [Task(p, actor) for p in ready], jobs, draft=draft), 1):
        told(packages[done.number].name, count, len(ready))
        yield done.number, done.report


@click.group(help=help_text("draft"))
def draft() -> None:
    """Deliveries that nobody else sees yet."""


@draft.command("list", help=help_text("draft.list"))
@json_option
@shared
@pass_session
def draft_list(session: Session, as_json: bool) -> None:
    """Drafts of the actor's agency."""
    rows = listed(session.store(), session.actor())
    if as_json:
        emit_json([{"dataset": name, "draft": number} for name, number in rows])
    else:
        table(rows, [t("cli.count.dataset", session.language()), t("cli.count.draft", session.language())])


@draft.command("show", help=help_text("draft.show"))
@click.argument("dataset")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, help=help_text("option.draft_limit"))
@json_option
@shared
@pass_session
def draft_show(session: Session, dataset: str, limit: int, as_json: bool) -> None:
    """What a draft would connect to in what its own agency may see."""
    from dashboard.commands import drafts  # it brings the matcher along

    drafts.show(session, dataset, limit, as_json)


@draft.command("accept", help=help_text("draft.accept"))
@click.argument("dataset")
@shared
@pass_session
def draft_accept(session: Session, dataset: str) -> None:
    """Make a draft current."""
    accept(session.store(), session.actor(), dataset)
    session.say("cli.draft.accepted", dataset=dataset)


@draft.command("drop", help=help_text("draft.drop"))
@click.argument("dataset")
@shared
@pass_session
def draft_drop(session: Session, dataset: str) -> None:
    """Throw a draft away."""
    drop(session.store(), session.actor(), dataset)
    session.say("cli.draft.dropped", dataset=dataset)


COMMANDS = (ingest, draft)
