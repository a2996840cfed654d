"""``admin account | login | token``: how an actor logs in. What is secret is read from a prompt or standard input."""

from __future__ import annotations

import sys

import click

from dashboard.commands.administer import proposed
from dashboard.commands.common import Session, help_text, pass_session, shared
from graph import accounts, logins, tokens


@click.command("account", help=help_text("admin.account"))
@click.argument("actor_id", metavar="ACTOR")
@click.option("--end", is_flag=True, help=help_text("admin.option.end"))
@shared
@pass_session
def account(session: Session, actor_id: str, end: bool) -> None:
    """Set an actor's password: asked for twice at a terminal, else the first line of standard input."""
    store, by = session.store(), session.actor()
    if end:
        accounts.drop_account(store, by, actor_id)
        session.say("login.account_ended", actor=actor_id)
        return
    accounts.may_manage(store, by, store.actor(actor_id))
    if sys.stdin.isatty():
        password = click.prompt(help_text("admin.password"), hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if waits := accounts.set_password(store, by, actor_id, password):
        proposed(session, waits)
    else:
        session.say("login.account_set", actor=actor_id)


@click.command("login", help=help_text("admin.login"))
@click.argument("actor_id", metavar="ACTOR")
@click.option("--issuer", default="", help=help_text("admin.option.issuer"))
@click.option("--subject", default="", help=help_text("admin.option.subject"))
@click.option("--email", default="", help=help_text("admin.option.email"))
@click.option("--end", is_flag=True, help=help_text("admin.option.end"))
@shared
@pass_session
def login(session: Session, actor_id: str, issuer: str, subject: str, email: str, end: bool) -> None:
    """Say which person of an OpenID Connect provider an actor is."""
    store, by = session.store(), session.actor()
    if end:
        session.say("login.logins_ended", actor=actor_id, count=logins.end(store, by, actor_id))
        return
    if waits := logins.add(store, by, actor_id, issuer, subject, email):
        proposed(session, waits)
    else:
        session.say("login.login_set", actor=actor_id, issuer=issuer)


@click.command("token", help=help_text("admin.token"))
@click.argument("actor_id", metavar="ACTOR")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, tokens.LONGEST))
@click.option("--end", is_flag=True, help=help_text("admin.option.end"))
@shared
@pass_session
def token(session: Session, actor_id: str, days: int, end: bool) -> None:
    """Give out a token for a program: told once, to standard output alone."""
    store, by = session.store(), session.actor()
    if end:
        session.say("login.tokens_ended", actor=actor_id, count=tokens.end(store, by, actor_id))
        return
    token, waits = tokens.issue(store, by, actor_id, days)
    click.echo(token)
    if waits:
        proposed(session, waits, err=True)


UNDER_ADMIN = (account, login, token)
