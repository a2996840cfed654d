"""What every command shares: the store, the actor, the language, JSON or words, progress."""

from __future__ import annotations

import dataclasses
import getpass
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import click
import orjson

from graph.access import Actor
from graph.errors import AccessDenied
from graph.i18n import harmless, t
from graph.session import actor_for, denied
from graph.settings import settings
from graph.store import Store, open_store
from graph.view import View

F = TypeVar("F", bound=Callable[..., Any])
PATIENCE = 2.0  # seconds of silence after which progress is shown


@dataclass(slots=True)
class Session:
    """One call of the program: options given before or after the command's name."""

    url: str = ""
    as_actor: str = ""
    lang: str = ""
    opened: Store | None = None

    def store(self) -> Store:
        """The store, opened once."""
        if self.opened is None:
            self.opened = open_store(self.url)
        return self.opened

    def actor(self) -> Actor:
        """Who asks; refused where nobody is known, and that is written down."""
        try:
            return actor_for(self.store(), self.as_actor)
        except AccessDenied as refusal:
            denied(self.store(), refusal.key, actor=self.as_actor, via="command line", user=getpass.getuser())
            raise

    def counts(self) -> bool:
        """Whether counts over everybody's data may be shown: to nobody but the operator and the development actor.

        They tell others that something hidden changed. Whoever is not known (a health check) gets none.
        """
        try:
            actor = actor_for(self.store(), self.as_actor)
        except AccessDenied:
            return False
        return actor.everything or actor.has("operator")

    def view(self, purpose: str = "") -> View:
        """The graph as the asking actor sees it."""
        return self.store().view(self.actor(), purpose)

    def say(self, key: str, **params: Any) -> None:
        """A sentence of the catalogue, to standard output."""
        click.echo(t(key, self.language(), **params))

    def language(self) -> str:
        """The reader's language."""
        return self.lang or settings().language


pass_session = click.make_pass_decorator(Session, ensure=True)


def help_text(key: str) -> str:
    """Help of a command or option in the language of the settings."""
    return t(f"cli.{key}", settings().language)


def _keep(field: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def callback(context: click.Context, _: click.Parameter, value: str | None) -> None:
        if value:
            setattr(context.ensure_object(Session), field, value)

    return callback


def shared(command: F) -> F:
    """Options that every command takes: ``--store URL``, ``--as ACTOR``, ``--lang``."""
    for name, field, choices in (
        ("--lang", "lang", ("es", "pt", "en")),
        ("--as", "as_actor", ()),
        ("--store", "url", ()),
    ):
        option = click.option(
            name,
            f"_{field}",
            type=click.Choice(choices) if choices else str,
            expose_value=False,
            callback=_keep(field),
            is_eager=True,
            help=help_text(f"option.{field}"),
        )
        command = option(command)
    return command


def json_option(command: F) -> F:
    """``--json``: for programs."""
    return click.option("--json", "as_json", is_flag=True, help=help_text("option.json"))(command)


def plain(value: Any) -> Any:
    """Something orjson can write, from dataclasses and named tuples too."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {k: plain(v) for k, v in value._asdict().items()}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (dict, MappingProxyType)):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    return value


def emit_json(value: Any) -> None:
    """One JSON document, or one line of it, to standard output."""
    click.echo(orjson.dumps(plain(value), option=orjson.OPT_SORT_KEYS).decode())


def table(rows: Sequence[Sequence[Any]], heads: Iterable[str]) -> None:
    """Rows under heads, columns as wide as they need."""
    lines = [[" ".join(harmless(str(cell)).splitlines()) for cell in row] for row in ([*heads], *rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


class Progress:
    """Says on standard error how far a long work is, once it takes longer than :data:`PATIENCE`."""

    def __init__(self, label: str) -> None:
        self._label, self._began, self._said = label, time.monotonic(), 0.0

    def __call__(self, stage: str, done: int, total: int = 0) -> None:
        """``done`` of ``total`` (0: unknown) in ``stage``."""
        now = time.monotonic()
        if now - self._began < PATIENCE or now - self._said < 0.5:
            return
        self._said = now
        share = f" / {total}" if total else ""
        end = "\r" if sys.stderr.isatty() else "\n"
        click.echo(f"{self._label}: {stage} {done}{share} · {now - self._began:.0f} s{end}", err=True, nl=False)
