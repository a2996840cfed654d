"""``jobs``: what runs on a schedule."""

from __future__ import annotations

import click

from analytics.jobs import JOB, NOTICES, notify, run_flag_job, start
from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared, table
from graph.settings import settings


@click.group(help=help_text("jobs"))
def jobs() -> None:
    """What runs on a schedule."""


@jobs.command("start", help=help_text("jobs.start"))
@click.option("--interval", type=click.IntRange(1), default=None, help=help_text("option.interval"))
@shared
@pass_session
def jobs_start(session: Session, interval: int | None) -> None:
    """Run the flag job now and then every interval, until interrupted."""
    store = session.store()
    session.say("cli.jobs.started", seconds=interval or settings().job_interval)
    start(store, interval or settings().job_interval)


@jobs.command("run", help=help_text("jobs.run"))
@json_option
@shared
@pass_session
def jobs_run(session: Session, as_json: bool) -> None:
    """Run the flag job once."""
    whole = session.counts()
    counts = run_flag_job(session.store())
    counts.update({f"notices_{key}": value for key, value in notify(session.store()).items()})
    if as_json:
        emit_json(counts if whole else {})
    elif whole:
        session.say("cli.jobs.ran", counts=", ".join(f"{k} {v}" for k, v in counts.items()))
    else:
        session.say("part.jobs.ran")


@jobs.command("history", help=help_text("jobs.history"))
@click.option("--job", default=JOB, show_default=True, type=click.Choice((JOB, NOTICES)), help=help_text("option.job"))
@click.option("--limit", default=20, type=click.IntRange(1))
@json_option
@shared
@pass_session
def jobs_history(session: Session, job: str, limit: int, as_json: bool) -> None:
    """The latest runs, without case content."""
    whole = session.counts()
    rows = [r if whole else {**r, "counts": ""} for r in session.store().job_history(job, limit)]
    if as_json:
        for row in rows:
            emit_json(row)
    else:
        table([list(r.values()) for r in rows], ["started", "ended", "outcome", "counts"])


COMMANDS = (jobs,)
