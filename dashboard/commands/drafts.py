"""What a draft would connect to, and what changed between two revisions, in words or as JSON."""

from __future__ import annotations

import click

from analytics.drafts import alike
from dashboard.commands.common import Session, emit_json, table
from dashboard.texts import Speaker
from graph import words
from graph.drafts import open_draft
from graph.model import caption
from graph.revisions import RecordChange, difference
from graph.statement import Record


def show(session: Session, dataset: str, limit: int, as_json: bool) -> None:
    """Say what an open draft of the actor's agency shares with its view, and who may be the same."""
    draft, say = open_draft(session.store(), session.actor(), dataset), Speaker(session.language())
    shared, more_shared = draft.shared(limit)
    pairs, more_pairs = alike(draft, limit=limit)
    reasons = [[say(f"reason.{r.feature}", left=r.left, right=r.right) for r in p.pair.reasons] for p in pairs]
    if as_json:
        people = [
            {
                "record": {"id": p.draft.id, "caption": _caption(p.draft)},
                "other": {
                    "id": p.other.id,
                    "owner": p.other.owner,
                    "dataset": p.other.dataset,
                    "caption": _caption(p.other),
                },
                "score": p.pair.score,
                "reasons": why,
            }
            for p, why in zip(pairs, reasons, strict=True)
        ]
        emit_json({"shared": shared, "shared_more": more_shared, "maybe_same": people, "maybe_same_more": more_pairs})
        return
    if not shared and not pairs:
        session.say("draft.show.nothing")
    if shared:
        click.echo(say("draft.show.shared"))
        heads = [say(f"draft.show.{part}") for part in ("kind", "value", "records", "others")]
        rows = []
        for s in shared:
            others = [f"{o.caption} ({o.owner} · {o.dataset})" for o in s.others]
            others += [say("draft.show.more", count=s.hidden)] if s.hidden else []
            rows.append([words.identifier_name(s.kind, say.lang), s.value, "; ".join(s.records), "; ".join(others)])
        table(rows, heads)
        if more_shared:
            session.say("draft.show.more", count=more_shared)
    if pairs:
        click.echo(f"\n{say('draft.show.people')}")
        for p, why in zip(pairs, reasons, strict=True):
            other = f"{_caption(p.other)} ({p.other.owner} · {p.other.dataset})"
            click.echo(f"{p.pair.score:.3f}  {_caption(p.draft)}  ?=  {other}")
            for reason in why:
                click.echo(f"      · {reason}")
        if more_pairs:
            session.say("draft.show.more", count=more_pairs)
    session.say("draft.show.bounds")


def differ(session: Session, dataset: str, before: int, after: int, as_json: bool) -> None:
    """Say what changed in an own dataset between two revisions."""
    found, say = difference(session.store(), session.actor(), dataset, before, after), Speaker(session.language())
    if as_json:
        emit_json(found)
        return
    click.echo(say("diff.of", dataset=dataset, before=str(found.before), after=str(found.after)))
    if not found.counts:
        session.say("diff.nothing")
        return
    table(
        [
            [say(f"diff.{what}"), found.counts[what]]
            for what in ("added", "changed", "removed", "source")
            if what in found.counts
        ],
        [say("quality.head.what"), say("quality.head.count")],
    )
    click.echo()
    heads = [say(f"diff.head.{part}") for part in ("what", "kind", "record", "property", "before", "after")]
    table([row for change in found.records for row in _rows(change, say)], heads)
    if found.hidden:
        session.say("draft.show.more", count=found.hidden)


def _rows(change: RecordChange, say: Speaker) -> list[list[str]]:
    head = [say(f"diff.{change.what}"), say.schema(change.schema), change.caption or change.id]
    changes = [[say.prop(p.prop), "; ".join(p.before), "; ".join(p.after)] for p in change.props]
    return [[*head, *part] for part in changes or [["", "", ""]]]


def _caption(record: Record) -> str:
    values: dict[str, list[str]] = {}
    for s in record.statements:
        values.setdefault(s.prop, []).append(s.value)
    return caption(record.schema, values) or record.id
