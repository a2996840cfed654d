"""Deliver a case package: file → digest, limits → rows → mapping → records → store, in bounded memory, counts adding
up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from graph.access import Actor
from graph.collecting import rare_collections
from graph.delivery import Delivery, DeliveryReport, Manifest, RecordRule, Reject
from graph.store.base import Store
from ingest.addition import former_records
from ingest.assemble import Assembler
from ingest.context import Context, Outcome
from ingest.ftm import ftm_package, is_ftm
from ingest.limits import LIMITS, Limits
from ingest.package import Package, open_package
from ingest.plan import Source, plan_sources
from ingest.problems import PackageProblems, Problem, nearest
from ingest.quality import Quality
from ingest.rehearsal import Rehearsal
from ingest.rejected import find_rows
from ingest.stages import CHUNK, UNWATCHED, Stages, batched

BATCH = 4000
REJECTS = 1000


class Progress(NamedTuple):
    """How far a load is: which ``stage`` (``read``, ``store``), the file, and how many rows or records are done."""

    stage: str
    file: str
    done: int


Report = Callable[[Progress], None]


@dataclass(slots=True)
class _Counts:
    read: int = 0
    accepted: int = 0
    rejects: list[Reject] = field(default_factory=list)
    quality: Quality = field(default_factory=Quality)


@rare_collections()
def deliver(
    store: Store,
    path: Path | str,
    actor: Actor,
    *,
    draft: bool = False,
    progress: Report | None = None,
    limits: Limits = LIMITS,
    stages: Stages = UNWATCHED,
) -> DeliveryReport:
    """Deliver the package at ``path`` (a folder or a zip; or a file of FollowTheMoney entities) as ``actor``.

    Raises :class:`PackageError`, :class:`ReaderError` or :class:`MappingError` where the package cannot be used, and
    :class:`AccessDenied` where the actor is no steward of its owner; the store then stays as it was. ``stages`` is told
    where the time goes.
    """
    path = Path(path)
    if path.is_file() and is_ftm(path):
        package = ftm_package(store, path, actor, limits)
        return deliver_package(store, package, actor, draft=draft, progress=progress, stages=stages)
    with stages("open"), open_package(path, limits) as package:
        return deliver_package(store, package, actor, draft=draft, progress=progress, stages=stages)


@rare_collections()
def deliver_package(
    store: Store,
    package: Package,
    actor: Actor,
    *,
    draft: bool = False,
    progress: Report | None = None,
    stages: Stages = UNWATCHED,
) -> DeliveryReport:
    """Deliver a package that is open already."""
    return _through(store, package, actor, lambda m: store.deliver(actor, m, draft=draft), progress, stages)


@rare_collections()
def rehearse_package(store: Store, package: Package, actor: Actor, *, progress: Report | None = None) -> Rehearsal:
    """Do all that delivering a package does and write nothing; raises what delivering it would."""
    rehearsals: list[Rehearsal] = []

    def opened(manifest: Manifest) -> Rehearsal:
        rehearsals.append(Rehearsal(store, actor, manifest))
        return rehearsals[-1]

    _through(store, package, actor, opened, progress, UNWATCHED)
    return rehearsals[0]


def _through(
    store: Store,
    package: Package,
    actor: Actor,
    opened: Callable[[Manifest], Delivery],
    progress: Report | None,
    stages: Stages,
) -> DeliveryReport:
    context = Context(store.ids, package.manifest, stages)
    with stages("open"):
        sources = plan_sources(package, context)
    manifest = replace(package.manifest, rules=_with_records(package.manifest, sources, context))
    forced = {r.record: "protected" for r in manifest.rules if r.action == "mask"}
    with opened(manifest) as delivery:
        former = former_records(store, actor, manifest) if manifest.mode == "add" else None
        opening = str(manifest.investigation.get("opened", ""))
        with Assembler(opening, former, forced, complete=manifest.mode != "delete") as assembler:
            return _load(delivery, sources, context, assembler, progress or _silent)


def _silent(progress: Progress) -> None:
    """Nobody watches."""


def _load(
    delivery: Delivery, sources: Sequence[Source], context: Context, assembler: Assembler, progress: Report
) -> DeliveryReport:
    counts, stages, told = _Counts(), context.stages, 0
    withdrawn = {r.record for r in delivery.manifest.rules if r.action == "withdraw"}
    if context.manifest.mode != "delete":
        assembler.add([context.investigation_record()])
    for source in sources:
        for outcomes in batched(source.outcomes(), CHUNK):
            with stages("assemble"):
                for outcome in outcomes:
                    _take(_without(outcome, withdrawn), assembler, counts)
            if counts.read - told >= BATCH:
                progress(Progress("read", source.name, counts.read))
                told = counts.read
            if len(counts.rejects) >= REJECTS:
                with stages("store"):
                    delivery.reject(counts.rejects)
                counts.rejects = []
        progress(Progress("read", source.name, counts.read))
    done = 0
    for batch in stages.chunks("assemble", assembler.records(), BATCH):
        with stages("store"):
            delivery.add(batch)
        with stages("quality"):
            counts.quality.records(batch)
        done += len(batch)
        progress(Progress("store", "", done))
    with stages("quality"):
        late = find_rows(assembler.lost.rejects, sources)
        counts.quality.rejects(late)
        delivery.report.quality = counts.quality.report({s.name: s.notes for s in sources})
        delivery.report.files = {s.name: list(s.columns) for s in sources if s.columns}
    accepted = counts.accepted - assembler.lost.rows
    with stages("store"):
        delivery.reject([*counts.rejects, *late])
        return delivery.publish(rows_read=counts.read, rows_accepted=accepted, rows_rejected=counts.read - accepted)


def _without(outcome: Outcome, withdrawn: set[str]) -> Outcome:
    """A row without the records that ``case.yaml`` withdraws; each of them is told as a reject."""
    if not withdrawn:
        return outcome
    gone = [f for f in outcome.fragments if f.id in withdrawn]
    if not gone:
        return outcome
    kept = [f for f in outcome.fragments if f.id not in withdrawn]
    text = "; ".join(dict.fromkeys(s.original or s.value for f in gone for s in f.statements))
    document = gone[0].statements[0].document if gone[0].statements else ""
    reject = Reject(document, outcome.row, "", text, "ingest.reject.withdrawn", {}, not kept)
    return Outcome(outcome.row, kept, [*outcome.rejects, reject])


def _take(outcome: Outcome, assembler: Assembler, counts: _Counts) -> None:
    counts.read += 1
    if outcome.rejects:
        counts.rejects.extend(outcome.rejects)
        counts.quality.rejects(outcome.rejects)
    if outcome.fragments:
        counts.quality.said(outcome.fragments)
        counts.accepted += 1
        assembler.add(outcome.fragments)


def _with_records(manifest: Manifest, sources: Sequence[Source], context: Context) -> tuple[RecordRule, ...]:
    """Record rules with the id of the record that each names as ``entity:key values`` (several values: ``a|b``)."""
    prefixes: dict[str, tuple[str, ...]] = {}
    for source in sources:
        prefixes.update(source.keys)
    problems = []
    rules = []
    for number, rule in enumerate(manifest.rules, 1):
        name, _, values = rule.key.partition(":")
        if name not in prefixes:
            near = nearest(name, prefixes)
            problems.append(Problem("ingest.case.record_entity", f"records[{number}].key", value=name, near=near))
            continue
        key = [" ".join(v.split()) for v in values.split("|")]
        rules.append(replace(rule, record=context.record(*prefixes[name], *key)))
    if problems:
        raise PackageProblems(problems, "case.yaml")
    return tuple(rules)


__all__ = ["Progress", "deliver", "deliver_package", "rehearse_package"]
