"""The flag job: match everybody's records, then bring every agency's flags up to date; once, or on a schedule.

One runner at a time: a lock in the store, held for ``LEASE`` and renewed as the job goes on, so that a runner that was
killed, here or on another machine, stops nobody for long. What is logged and kept of a run holds no case content.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from analytics import notices
from analytics.crossborder import standing
from analytics.crossborder.picture import job_actor
from analytics.crossborder.rules import rules_digest
from analytics.crossborder.run import run
from graph import hits
from graph.access import FOREVER
from graph.errors import StoreBusy, VinculoError
from graph.process import holder

if TYPE_CHECKING:
    from graph.store.base import Store

JOB, NOTICES = "flags", "notices"
LEASE = timedelta(minutes=10)
RENEW = timedelta(seconds=30)
STATE = "job:flags"  # the store's own note of what the last run rested on
log = logging.getLogger("vinculo.jobs")
_here: dict[tuple[str, str], threading.Lock] = {}  # the lock in the store tells processes apart, not threads of one


class Stopped(Exception):  # noqa: N818 (not an error: somebody asked the runner to end)
    """The runner was asked to end; what was saved so far is whole."""


def run_flag_job(store: Store, *, force: bool = False, stop: threading.Event | None = None) -> dict[str, int]:
    """Resolve and flag; counts of both. Where nothing changed since the last run, ``{"skipped": 1}`` and no work.

    ``force`` runs anyway. Raises :class:`StoreBusy` while another runner has the job, :class:`Stopped` when ``stop`` is
    set, and whatever the run raises, after noting it in the job's history.
    """
    with _lock(store, JOB) as renew:
        before = _basis(store)
        if not force and _unchanged(store, before):
            return {"skipped": 1}
        started = _now(store)

        def step() -> None:
            if stop is not None and stop.is_set():
                raise Stopped
            renew()

        try:
            counts = _work(store, step, before, force)
        except BaseException as error:
            told = error.key if isinstance(error, VinculoError) else ""
            failure = {"error": type(error).__name__, **({"key": told} if told else {})}
            outcome = "stopped" if isinstance(error, (Stopped, KeyboardInterrupt)) else "failed"
            store.log_job(JOB, started, _now(store), outcome, orjson.dumps(failure).decode())
            raise
        store.log_job(JOB, started, _now(store), "ok", orjson.dumps(counts).decode())
        return counts


def _work(store: Store, step: Callable[[], None], before: dict[str, Any], force: bool) -> dict[str, int]:
    counts: Counter[str] = Counter()
    saved = _resolve(store, step)
    counts.update({f"pairs_{key}": value for key, value in saved.items()})
    # what the matcher itself changed is no news; anything else that came meanwhile wants another run
    ours = int(any(saved[key] for key in ("added", "changed", "removed") if key in saved))
    known = before["version"] + ours if store.version() == before["version"] + ours else before["version"]
    for agency in store.open_agencies():
        step()
        digest = standing.due(store, agency.code)
        if not digest and not force:
            counts["agencies_unchanged"] += 1
            continue
        counts.update(run(store, [agency.code]))
        if digest:
            standing.keep(store, agency.code, digest)
    # what the limit of a day keeps waiting is looked up on the next, though nothing else changes
    expires = min(datetime.fromisoformat(before["expires"]), hits.due(store)).isoformat()
    store.set_meta(STATE, orjson.dumps({**before, "version": known, "expires": expires}).decode())
    return dict(counts)


def _resolve(store: Store, step: Callable[[], None]) -> dict[str, int]:
    from analytics.identity.resolve import resolve

    return resolve(store, progress=lambda _step, _count: step()).saved


# --- whether there is anything to do ------------------------------------------------------------------------------


def _basis(store: Store) -> dict[str, Any]:
    """What the flags made now rest on: the store's version, the rules, and until when the clock changes no scope."""
    version = store.version()
    now = store.clock()
    expires = min((store.scope(job_actor(a.code)).expires for a in store.open_agencies()), default=FOREVER)
    return {"version": version, "rules": rules_digest(store), "at": now.isoformat(), "expires": expires.isoformat()}


def _unchanged(store: Store, now: dict[str, Any]) -> bool:
    last = orjson.loads(store.meta(STATE) or "{}")
    if not last or any(last.get(key) != now[key] for key in ("version", "rules")):
        return False
    # a term that ended, or a clock set back before one that had: the scopes are others
    moment = store.clock()
    return datetime.fromisoformat(last["at"]) <= moment < datetime.fromisoformat(last["expires"])


# --- one at a time ------------------------------------------------------------------------------------------------


@contextmanager
def _lock(store: Store, job: str) -> Iterator[Callable[[], None]]:
    here = _here.setdefault((store.url, job), threading.Lock())
    if not here.acquire(blocking=False):
        raise StoreBusy("error.job_busy", job=job)
    try:
        taken = [_take(store, job)]

        def renew() -> None:
            if store.clock() - taken[0] >= RENEW or store.clock() < taken[0]:
                taken[0] = _take(store, job)

        try:
            yield renew
        finally:
            store.drop_lock(job, holder())
    finally:
        here.release()


def _take(store: Store, job: str) -> datetime:
    now = store.clock()
    if not store.take_lock(job, holder(), (now + LEASE).isoformat(), now.isoformat()):
        raise StoreBusy("error.job_busy", job=job)
    return now


def _now(store: Store) -> str:
    return store.clock().isoformat(timespec="seconds")


# --- on a schedule ------------------------------------------------------------------------------------------------


def tick(store: Store, stop: threading.Event | None = None) -> None:
    """One turn of the schedule: run the job, say in the log what came of it."""
    try:
        counts = run_flag_job(store, stop=stop)
    except StoreBusy:
        log.info("another runner has the job")
    except Stopped:
        log.info("stopped")
    else:
        if "skipped" not in counts:
            log.info("done: %s", ", ".join(f"{key} {value}" for key, value in sorted(counts.items())))
    finally:
        notify(store)


def notify(store: Store) -> dict[str, int]:
    """Send the notices that are due; counts. A failure is told in the log and the history, and tried again next time.

    The job's own failure keeps nobody from being told of what there is.
    """
    try:
        with _lock(store, NOTICES):
            started = _now(store)
            counts = dict(notices.send(store))
    except StoreBusy:  # another runner tells
        return {}
    if counts:
        outcome = "failed" if counts.get("failed") else "ok"
        store.log_job(
            NOTICES, started, _now(store), outcome, orjson.dumps(counts, option=orjson.OPT_SORT_KEYS).decode()
        )
        say = log.error if outcome == "failed" else log.info
        say("notices: %s", ", ".join(f"{key} {value}" for key, value in sorted(counts.items())))
    return counts


def schedule(store: Store, interval: float, scheduler: BaseScheduler, stop: threading.Event) -> None:
    """Put the job on a scheduler that is not started: now, then every ``interval`` seconds; missed turns become one."""
    # its own log prints tracebacks, and with them values of the case
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    scheduler.add_executor(ThreadPoolExecutor(1))
    scheduler.add_listener(_told, EVENT_JOB_ERROR)
    turn = {"seconds": interval, "coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(tick, "interval", [store, stop], id=JOB, next_run_time=datetime.now(UTC), **turn)


def _told(event: JobExecutionEvent) -> None:
    error = event.exception
    log.error("failed: %s %s", type(error).__name__, error.key if isinstance(error, VinculoError) else "")


def background(store: Store, interval: float) -> Callable[[], None]:
    """Run the schedule in a thread of this process; gives the function that ends it and waits for a job under way."""
    stop, scheduler = threading.Event(), BackgroundScheduler(timezone=UTC)
    schedule(store, interval, scheduler, stop)
    scheduler.start()

    def end() -> None:
        stop.set()
        scheduler.shutdown(wait=True)

    return end


def start(store: Store, interval: float, once: bool = False) -> None:
    """Run the job now and then every ``interval`` seconds until SIGTERM or Ctrl-C; only now with ``once``.

    A failed run is told in the log and the next one comes in its turn. When asked to end, a run under way ends at its
    next step; every write is whole, so the store is as consistent as after a full run.
    """
    if once:
        tick(store)
        return
    stop, scheduler = threading.Event(), BlockingScheduler(timezone=UTC)
    schedule(store, interval, scheduler, stop)

    def end(_number: int, _frame: object) -> None:
        stop.set()
        scheduler.shutdown(wait=False)

    former = {s: signal.signal(s, end) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        scheduler.start()
        for job in (JOB, NOTICES):  # a run under way has it until its end
            with _here.setdefault((store.url, job), threading.Lock()):
                pass
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
