"""``flag``: an agency's cross-border connections, and what its people do with each."""

from __future__ import annotations

from dataclasses import fields

import click

from analytics.crossborder import queue as desk
from analytics.crossborder import verdicts
from analytics.crossborder.queue import Item
from analytics.crossborder.reader import flags
from analytics.crossborder.rerun import rerun
from analytics.crossborder.run import run as run_flags
from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, plain, shared, table
from graph import flagging, hits
from graph.access import READING_ROLES, Actor
from graph.i18n import t
from graph.settings import settings


@click.group(invoke_without_command=True, help=help_text("flag"))
@click.option("--agency", "agencies", multiple=True, help=help_text("option.agency"))
@click.option("--run/--no-run", "run", default=True, help=help_text("option.run"))
@click.option("--rerun", "again", default="", metavar="ID", help=help_text("option.rerun"))
@json_option
@shared
@click.pass_context
def flag(context: click.Context, agencies: tuple[str, ...], run: bool, again: str, as_json: bool) -> None:
    """Bring the flags up to date, then give those of the actor's agency (the development actor: of every agency)."""
    if context.invoked_subcommand:
        return
    session = context.ensure_object(Session)
    store, actor, lang = session.store(), session.actor(), session.language()
    if again:
        _rerun(session, again, as_json)
        return
    if run:
        run_flags(store)
    if left := hits.waiting(store, actor):
        click.echo(t("hits.waiting", lang, waiting=left, limit=settings().hits_per_day), err=True)
    codes = [a.code for a in store.open_agencies()] if actor.everything else [actor.agency]
    for code in sorted(set(codes) & set(agencies) if agencies else codes):
        reader = Actor(actor.id, code, READING_ROLES) if actor.everything else actor
        for found in flags(store.view(reader)):
            if as_json:
                emit_json(found.as_json(lang))
            else:
                click.echo(f"{code}  {found.score:.2f}  {t(f'flag.kind.{found.kind}', lang)}: {found.words(lang)}")


def _rerun(session: Session, again: str, as_json: bool) -> None:
    """The same digest, or what changed."""
    found, lang = rerun(session.store(), session.actor(), again), session.language()
    if as_json:
        emit_json({**plain(found), "words": [change.words(lang) for change in found.changes]})
        return
    session.say(f"flag_life.rerun.{found.outcome}", flag=again, digest=found.digest[:16])
    for change in found.changes:
        click.echo(f"- {change.words(lang)}")


@flag.command("queue", help=help_text("flag.queue"))
@click.option("--step", "steps", multiple=True, type=click.Choice(list(flagging.STEPS)), help=help_text("option.step"))
@click.option("--mine", is_flag=True, help=help_text("option.mine"))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help=help_text("option.limit"))
@json_option
@shared
@pass_session
def flag_queue(session: Session, steps: tuple[str, ...], mine: bool, limit: int, as_json: bool) -> None:
    """The flags in the order in which to read them, after those withdrawn since the asker read them."""
    store, actor, lang = session.store(), session.actor(), session.language()
    items = [i for i in desk.queue(store, actor) if (i.life.step in steps if steps else i.open)]
    items = [i for i in items if not mine or i.life.assignee == actor.id]
    gone = [] if actor.everything else flagging.withdrawn(store, actor)
    if as_json:
        emit_json(
            {"withdrawn": gone, "total": len(items), "flags": [item.as_json(lang) for item in items[:limit]]},
        )
        return
    for told in gone:
        kind = t(f"flag.kind.{told.kind}", lang)
        session.say("flag_life.withdrawn", flag=told.flag, kind=kind, read=told.read[:10], at=told.at[:10])
    session.say("flag_life.queue", total=len(items), shown=min(limit, len(items)))
    for item in items[:limit]:
        _line(item, lang)


def _line(item: Item, lang: str) -> None:
    about = [t(f"flag_life.step.{item.life.step}", lang), item.life.assignee, item.life.due]
    about += [t("flag_life.overdue", lang)] * item.overdue + [t("flag_life.news", lang)] * bool(item.news)
    click.echo(f"{item.flag.id}  {item.worth:.2f}  {' · '.join(a for a in about if a)}")
    click.echo(f"    {item.flag.title(lang)}: {item.flag.words(lang)}")
    for said in item.news.words(lang):
        click.echo(f"    {said}")


@flag.command("show", help=help_text("flag.show"))
@click.argument("flag_id")
@json_option
@shared
@pass_session
def flag_show(session: Session, flag_id: str, as_json: bool) -> None:
    """One flag with its life; it is known to be read from now on."""
    lang = session.language()
    item = desk.opened(session.store(), session.actor(), flag_id)
    if as_json:
        emit_json({**item.as_json(lang), "history": item.life.history, "allowed": item.life.allowed})
        return
    _line(item, lang)
    allowed = ", ".join(t(f"flag_life.step.{s}", lang) for s in item.life.allowed)
    if allowed:
        session.say("flag_life.allowed", steps=allowed)
    rows = [[e.at, e.actor, told(e, lang), e.text] for e in item.life.history]
    table(rows, [t(f"flag_life.head.{name}", lang) for name in ("at", "actor", "what", "text")])


def told(event: flagging.Event, lang: str) -> str:
    """What somebody did, in words."""
    said = t(f"flag_life.event.{event.what}", lang, value=event.value or "–", step=_step(event.step, lang))
    if event.reason:
        said += f" ({t(f'flag_life.reason.{event.reason}', lang)})"
    return said + (f" – {t('flag_life.ignored', lang)}" if event.ignored else "")


def _step(name: str, lang: str) -> str:
    return t(f"flag_life.step.{name}", lang) if name else ""


@flag.command("step", help=help_text("flag.step"))
@click.argument("flag_id")
@click.argument("to", type=click.Choice(list(flagging.STEPS)[1:]))
@click.option("--reason", type=click.Choice(flagging.REASONS), help=help_text("option.wrong"))
@click.option("--text", default="", help=help_text("option.comment"))
@shared
@pass_session
def flag_step(session: Session, flag_id: str, to: str, reason: str | None, text: str) -> None:
    """Take a flag one step on."""
    life = desk.step(session.store(), session.actor(), flag_id, to, reason or "", text)
    session.say("flag_life.stands", step=_step(life.step, session.language()))


@flag.command("assign", help=help_text("flag.assign"))
@click.argument("flag_id")
@click.argument("to", required=False, default="")
@shared
@pass_session
def flag_assign(session: Session, flag_id: str, to: str) -> None:
    """Give a flag to a person of the agency, or to nobody."""
    who, _ = desk.found(session.store(), session.actor(), flag_id)
    flagging.assign(session.store(), who, flag_id, to)
    session.say("flag_life.event.assign", value=to or "–", step="")


@flag.command("due", help=help_text("flag.due"))
@click.argument("flag_id")
@click.argument("day", required=False, default="")
@shared
@pass_session
def flag_due(session: Session, flag_id: str, day: str) -> None:
    """Set the date by which a flag is to be dealt with, or none."""
    who, _ = desk.found(session.store(), session.actor(), flag_id)
    flagging.due(session.store(), who, flag_id, day)
    session.say("flag_life.event.due", value=day or "–", step="")


@flag.command("comment", help=help_text("flag.comment"))
@click.argument("flag_id")
@click.argument("text")
@shared
@pass_session
def flag_comment(session: Session, flag_id: str, text: str) -> None:
    """Say something of a flag to one's own agency."""
    who, _ = desk.found(session.store(), session.actor(), flag_id)
    flagging.comment(session.store(), who, flag_id, text)
    session.say("flag_life.commented")


@flag.command("note", help=help_text("flag.note"))
@click.argument("flag_id")
@shared
@pass_session
def flag_note(session: Session, flag_id: str) -> None:
    """Take note that a flag was withdrawn."""
    flagging.note(session.store(), session.actor(), flag_id)
    session.say("flag_life.noted")


@flag.command("pairs", help=help_text("flag.pairs"))
@json_option
@shared
@pass_session
def flag_pairs(session: Session, as_json: bool) -> None:
    """How many flags there are for each pair of services."""
    lang = session.language()
    rows = desk.service_pairs(desk.queue(session.store(), session.actor()))
    if as_json:
        for ours, other, counts in rows:
            emit_json({"agency": ours, "other": other, **counts})
        return
    heads = [t(f"flag_life.head.{name}", lang) for name in ("agency", "other", "all", "open", "unread")]
    table([[ours, other, c["all"], c["open"], c["unread"]] for ours, other, c in rows], heads)


@flag.command("calibrate", help=help_text("flag.calibrate"))
@click.option("--apply", "apply", is_flag=True, help=help_text("option.apply"))
@click.option("--reset", is_flag=True, help=help_text("option.reset"))
@json_option
@shared
@pass_session
def flag_calibrate(session: Session, apply: bool, reset: bool, as_json: bool) -> None:
    """What the agency's verdicts would make of its scores; in force only when told so."""
    store, actor, lang = session.store(), session.actor(), session.language()
    if reset:
        verdicts.put(store, actor, {})
        session.say("flag_life.calibration.reset")
        return
    found = verdicts.recalibrate(store, actor)
    if as_json:
        emit_json(found)
    else:
        names = [f.name for f in fields(verdicts.Effect)]
        rows = [[t(f"flag.kind.{e.kind}", lang), *(_cell(getattr(e, n)) for n in names[1:])] for e in found.effects]
        table(rows, [t(f"flag_life.effect.{n}", lang) for n in names])
    if apply:
        verdicts.put(store, actor, found.layers)
    if not as_json:
        session.say("flag_life.calibration.applied" if apply else "flag_life.calibration.shown")


def _cell(value: float | int | None) -> str:
    return "–" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


COMMANDS = (flag,)
