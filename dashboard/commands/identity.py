"""``resolve``, ``review``, ``judge``, ``identities``, ``evaluate``, ``model``: who is the same."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from analytics.evaluate import evaluate as measure
from analytics.evaluate import identities_table
from analytics.identity.model import shipped
from analytics.identity.resolve import resolve as match
from dashboard.commands.common import (
    Progress,
    Session,
    emit_json,
    help_text,
    json_option,
    pass_session,
    shared,
    table,
)
from graph.i18n import t
from graph.judging import VERDICTS, reference, referred, undo
from graph.judging import judge as log_judgement


@click.command(help=help_text("resolve"))
@json_option
@shared
@pass_session
def resolve(session: Session, as_json: bool) -> None:
    """Propose who is the same over the whole store, and keep the pairs."""
    session.actor()
    whole = session.counts()
    report = match(session.store(), progress=Progress(t("cli.resolve.working", session.language())) if whole else None)
    if as_json:
        emit_json(report if whole else {"model": report.model})
    elif whole:
        session.say("cli.resolve.done", **report.saved)
    else:
        session.say("part.resolve.done", model=report.model)


@click.command(help=help_text("review"))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1))
@json_option
@shared
@pass_session
def review(session: Session, limit: int, as_json: bool) -> None:
    """Pairs that wait for a person's judgement, best first, with their reasons."""
    view, lang = session.view(), session.language()
    for p in view.proposals(limit):
        reasons = [t(f"reason.{r.feature}", lang, left=r.left, right=r.right) for r in p.pair.reasons]
        if as_json:
            row = {"left": p.pair.left, "right": p.pair.right, "score": p.pair.score, "reasons": reasons}
            emit_json({**row, "captions": [p.left.caption, p.right.caption], "owners": [p.left.owners, p.right.owners]})
            continue
        click.echo(f"{p.pair.score:.2f}  {p.left.caption} ({', '.join(p.left.owners)})  {p.pair.left}")
        click.echo(f"      {p.right.caption} ({', '.join(p.right.owners)})  {p.pair.right}")
        for reason in reasons:
            click.echo(f"      · {reason}")


@click.command(help=help_text("judge"))
@click.argument("left")
@click.argument("right", required=False, default="")
@click.argument("verdict", required=False, type=click.Choice(VERDICTS))
@click.option("--undo", "undone", is_flag=True, help=help_text("option.undo"))
@shared
@pass_session
def judge(session: Session, left: str, right: str, verdict: str | None, undone: bool) -> None:
    """Say of two records that they are the same, different or unsure; or take judgement LEFT back."""
    store, actor = session.store(), session.actor()
    if undone:
        undo(store, actor, referred(store, actor, left).number)
        session.say("cli.judge.undone", number=left)
        return
    if not right or not verdict:
        raise click.UsageError(t("cli.judge.usage", session.language()))
    made = store.judgement(log_judgement(store, actor, left, right, verdict))
    session.say("cli.judge.done", number=reference(store, made) if made else "")


@click.command(help=help_text("identities"))
@click.option(
    "--csv", "path", required=True, type=click.Path(dir_okay=False, path_type=Path), help=help_text("option.csv")
)
@shared
@pass_session
def identities(session: Session, path: Path) -> None:
    """One line per record and source row: which entity it belongs to, and which group with proposed ones."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["dataset", "document", "row", "schema", "record", "entity", "group", "state"])
        for row in identities_table(session.view()):
            writer.writerow(row)
            count += 1
    session.say("cli.identities.done", count=count, path=path)


@click.command(help=help_text("evaluate"))
@click.option("--truth", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@shared
@pass_session
def evaluate(session: Session, truth: Path, as_json: bool) -> None:
    """Precision and recall of identities and flags, against a scenario's truth."""
    result = measure(session.store(), truth, session.actor())
    if as_json:
        emit_json(result)
        return
    for part, figures in result.items():
        if isinstance(figures, dict):
            click.echo(part)
            for name, value in figures.items():
                click.echo(f"  {name}: {value}")
        else:
            click.echo(f"{part}: {figures}")


@click.group(help=help_text("model"))
def model() -> None:
    """The file that scores pairs."""


@model.command("show", help=help_text("model.show"))
@json_option
@shared
def model_show(as_json: bool) -> None:
    """Version, features and thresholds of the shipped model."""
    model = shipped()
    summary: dict[str, object] = {"version": model.version}
    for family, scorer in (("person", model.person), ("organisation", model.firm)):
        summary[f"{family}.automatic"] = scorer.automatic
        summary[f"{family}.proposed"] = scorer.proposed
        summary[f"{family}.features"] = ", ".join(scorer.features)
    summary |= {f"note.{name}": value for name, value in model.note.items()}
    if as_json:
        emit_json(summary)
    else:
        table([[k, v] for k, v in summary.items()], ["", ""])


COMMANDS = (resolve, review, judge, identities, evaluate, model)
