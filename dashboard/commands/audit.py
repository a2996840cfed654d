"""``audit``: who looked at what, and whether the logs are whole."""

from __future__ import annotations

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared
from graph.access import require
from graph.errors import StoreError
from graph.i18n import t


@click.group(help=help_text("audit"))
def audit() -> None:
    """The logs of changes and looks."""


@audit.command("verify", help=help_text("audit.verify"))
@json_option
@shared
@pass_session
def audit_verify(session: Session, as_json: bool) -> None:
    """Check every line of both logs against the one before it."""
    logs, whole = session.store().audit, session.counts()
    found = {name: log.verify() for name, log in (("changes", logs.changes), ("looks", logs.looks))}
    heads = {name: log.head() for name, log in (("changes", logs.changes), ("looks", logs.looks))}
    if as_json:
        broken_at = {k: v if whole else v._replace(line=0) for k, v in found.items() if v}
        emit_json({"broken": broken_at, "heads": heads} if whole else {"broken": broken_at})
    for name, broken in found.items():
        if broken:
            raise StoreError("cli.audit.broken", log=name, line=broken.line if whole else "–", why=broken.why)
    if not as_json and not whole:
        session.say("part.audit.whole")
    elif not as_json:
        click.echo(t("cli.audit.whole", session.language(), changes=heads["changes"][0], looks=heads["looks"][0]))


@audit.command("show", help=help_text("audit.show"))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@json_option
@shared
@pass_session
def audit_show(session: Session, limit: int, as_json: bool) -> None:
    """Looks at the own agency's records by others, and the own agency's changes."""
    store, actor = session.store(), session.actor()
    require(actor, "steward", actor.agency)
    lines = [line for line in store.audit.changes.lines() if line["agency"] == actor.agency or actor.everything]
    looks = [line for line in store.audit.looks.lines() if line["records"]]
    owners = store.owners_of(sorted({r for line in looks for r in line["records"]}))
    for line in looks:
        ours = [r for r in line["records"] if owners.get(r) == actor.agency or actor.everything]
        if ours and (line["agency"] != actor.agency or actor.everything):
            lines.append({**line, "records": ours, "results": len(ours)})
    for line in sorted(lines, key=lambda x: str(x["at"]))[-limit:]:
        shown = {k: v for k, v in line.items() if k not in ("n", "hash")}
        if as_json:
            emit_json(shown)
        else:
            click.echo(
                f"{line['at']}  {line['agency']}  {line['actor']}  {line['what']}  {len(line.get('records', ()))}"
            )


COMMANDS = (audit,)
