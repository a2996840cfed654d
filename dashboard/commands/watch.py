"""``watch``: entities and numbers of which a person is told when something comes into them; and where it is told."""

from __future__ import annotations

import click

from analytics import notices
from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared
from graph import watching
from graph.i18n import t
from graph.packing import identifier_kinds
from graph.watching import Watched
from graph.words import relation_name, schema_name


@click.group(help=help_text("watch"))
def watch() -> None:
    """What a person watches."""


@watch.command("add", help=help_text("watch.add"))
@click.argument("kind", type=click.Choice([watching.ENTITY, *identifier_kinds()]))
@click.argument("value")
@click.option("--urgent", is_flag=True, help=help_text("option.urgent"))
@json_option
@shared
@pass_session
def watch_add(session: Session, kind: str, value: str, urgent: bool, as_json: bool) -> None:
    """Begin to watch an entity, by its id, or a number."""
    made = watching.watch(session.store(), session.actor(), kind, value, urgent)
    if as_json:
        emit_json({"id": made.id})
    else:
        session.say("watch.added", id=made.id)


@watch.command("list", help=help_text("watch.list"))
@json_option
@shared
@pass_session
def watch_list(session: Session, as_json: bool) -> None:
    """The asker's watches, with what is new on each."""
    lang = session.language()
    for found in watching.news(session.store(), session.actor()):
        if as_json:
            emit_json(_plain(found, lang))
            continue
        click.echo(f"{found.watch.id}  {title(found, lang)}")
        for said in fresh(found, lang):
            click.echo(f"    {said}")


def title(found: Watched, lang: str) -> str:
    """What is watched, in words."""
    kind, value = found.watch.kind, found.watch.value
    if kind != watching.ENTITY:
        return t("watch.identifier", lang, kind=t(f"schema.{kind}", lang), value=value)
    return found.about[0].caption if found.about else t("watch.unseen", lang)


def fresh(found: Watched, lang: str) -> list[str]:
    """What is new on a watch, one sentence each."""
    said = []
    for new in found.fresh:
        fields = {"name": new.entity.caption or schema_name(new.entity.schema, lang), "owners": ", ".join(new.owners)}
        if new.relation:
            said.append(t("watch.fresh.link", lang, relation=relation_name(new.relation, lang), **fields))
        else:
            said.append(t("watch.fresh.record", lang, **fields))
    return said


def _plain(found: Watched, lang: str) -> dict[str, object]:
    w = found.watch
    new = [{"entity": f.entity.id, "relation": f.relation, "owners": f.owners} for f in found.fresh]
    about = [e.id for e in found.about]
    return {"id": w.id, "kind": w.kind, "value": w.value, "since": w.since, "urgent": w.urgent, "about": about,
            "fresh": new, "words": fresh(found, lang)}  # fmt: skip


@watch.command("note", help=help_text("watch.note"))
@click.argument("watch_id")
@shared
@pass_session
def watch_note(session: Session, watch_id: str) -> None:
    """Take note of what is new on a watch."""
    watching.note(session.store(), session.actor(), watch_id)
    session.say("watch.noted")


@watch.command("end", help=help_text("watch.end"))
@click.argument("watch_id")
@shared
@pass_session
def watch_end(session: Session, watch_id: str) -> None:
    """End a watch."""
    watching.unwatch(session.store(), session.actor(), watch_id)
    session.say("watch.ended")


@watch.command("mail", help=help_text("watch.mail"))
@click.argument("address", required=False, default="")
@shared
@pass_session
def watch_mail(session: Session, address: str) -> None:
    """Where the asker is told by e-mail that there is something to read; nowhere without an address."""
    notices.set_address(session.store(), session.actor(), address, session.language())
    session.say("notice.set" if address else "notice.unset", address=address)


COMMANDS = (watch,)
