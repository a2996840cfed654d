"""``unmask``: a masked record shown to one receiver, for a term, with a reason and a second person."""

from __future__ import annotations

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared, table
from graph import confirming, unmasking
from graph.i18n import t


@click.command("unmask", help=help_text("unmask"))
@click.argument("record", required=False, default="")
@click.option("--to", default="", help=help_text("option.receiver"))
@click.option("--until", default="", help=help_text("option.until"))
@click.option("--reason", default="", help=help_text("option.reason"))
@click.option("--confirm", default="", metavar="ID", help=help_text("option.confirm"))
@click.option("--refuse", default="", metavar="ID", help=help_text("option.refuse"))
@click.option("--end", default="", metavar="ID", help=help_text("option.end"))
@click.option("--list", "listing", is_flag=True, help=help_text("option.list"))
@json_option
@shared
@pass_session
def unmask(
    session: Session,
    record: str,
    to: str,
    until: str,
    reason: str,
    confirm: str,
    refuse: str,
    end: str,
    listing: bool,
    as_json: bool,
) -> None:
    """Ask for it, confirm, refuse, end, list: one of them at a time."""
    if sum(map(bool, (record, confirm, refuse, end, listing))) != 1 or (record and not (to and until)):
        raise click.UsageError(t("unmask.usage", session.language()))
    store, actor = session.store(), session.actor()
    if record:
        session.say("cli.unmask.asked", id=unmasking.request(store, actor, record, to, until, reason).id)
    elif confirm:
        done = confirming.confirm(store, actor, confirm, unmasking.KIND)
        fields = {name: done.body[name] for name in ("to", "record", "until")}
        session.say("cli.unmask.lifted", id=done.id, **fields)
    elif refuse:
        confirming.refuse(store, actor, refuse, unmasking.KIND)
        session.say("cli.unmask.ended", id=refuse)
    elif end:
        unmasking.end(store, actor, end)
        session.say("cli.unmask.ended", id=end)
    else:
        _list(session, as_json)


def _list(session: Session, as_json: bool) -> None:
    lifts, waiting = unmasking.listed(session.store(), session.actor())
    if as_json:
        emit_json({"lifted": lifts, "waiting": waiting})
        return
    lang = session.language()
    rows = [[x.id, t("unmask.active", lang), x.dataset, x.record, x.to, x.until, x.reason] for x in lifts]
    for p in waiting:
        fields = [str(p.body[name]) for name in ("name", "record", "to", "until", "reason")]
        rows.append([p.id, t("unmask.waiting", lang), *fields])
    if rows:
        table(rows, [""] * 7)
    else:
        session.say("cli.unmask.none")


COMMANDS = (unmask,)
