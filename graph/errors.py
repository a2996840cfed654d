"""The one error tree of Vínculo.

    VinculoError
    ├── SettingsError          a VINCULO_* setting or federation.yaml cannot be used
    ├── InputError             what somebody delivered cannot be used: file, row, column, value, hint
    │   ├── PackageError       case package: archive, case.yaml, owner, revision
    │   ├── ReaderError        a file's bytes
    │   └── MappingError       mapping.yml
    ├── AccessDenied           the actor may not do this (says nothing of what exists)
    ├── NotFound               no such thing in this actor's view
    ├── LimitExceeded          answer or refuse: the answer would be larger than the limit
    ├── StoreError             the store cannot do it
    │   ├── StoreUnavailable   it does not answer; may be tried again
    │   └── StoreBusy          another load or job holds the lock
    └── ExportError            a chart cannot be written in this form

An error carries a catalogue key and the values of the sentence, never a finished sentence, so that the surface that
shows it can say it in the reader's language. ``str(error)`` is the English text, for logs and tests.
"""

from __future__ import annotations

from typing import Any

from graph.i18n import t

LONGEST = 300  # characters of a value that a sentence repeats


def cut(params: dict[str, Any]) -> dict[str, Any]:
    """A sentence's values, each no longer than a sentence bears: what is wrong may be a whole file."""
    return {k: f"{v[:LONGEST]}…" if isinstance(v, str) and len(v) > LONGEST else v for k, v in params.items()}


class VinculoError(Exception):
    """Base of all errors raised on purpose. ``key`` names a sentence of the catalogue, ``params`` fill it."""

    exit_code = 1

    def __init__(self, key: str, **params: Any) -> None:
        self.key = key
        self.params = params
        super().__init__(key)

    def __reduce__(self) -> tuple[Any, ...]:
        """An error of another process comes over as it is, whatever its class is made with."""
        return _again, (type(self), self.args, self.__dict__)

    def text(self, lang: str) -> str:
        """The sentence in ``lang`` (es, pt or en)."""
        return t(self.key, lang, **cut(self.params))

    def __str__(self) -> str:
        return self.text("en")


def _again(kind: type[VinculoError], args: tuple[Any, ...], state: dict[str, Any]) -> VinculoError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class SettingsError(VinculoError):
    """A setting cannot be used."""

    exit_code = 2


class InputError(VinculoError):
    """A delivered thing cannot be used; ``file``, ``row`` (a person's line number), ``column``, ``value`` say where."""

    exit_code = 3

    def __init__(
        self,
        key: str,
        *,
        file: str = "",
        row: int = 0,
        column: str = "",
        value: str = "",
        **params: Any,
    ) -> None:
        self.file, self.row, self.column, self.value = file, row, column, value[:200]
        super().__init__(key, file=file, row=row, column=column, value=self.value, **params)

    def text(self, lang: str) -> str:
        where = [self.file] if self.file else []
        if self.row:
            where.append(t("error.at_row", lang, row=self.row))
        if self.column:
            where.append(t("error.at_column", lang, column=self.column))
        sentence = super().text(lang)
        return f"{', '.join(where)}: {sentence}" if where else sentence


class PackageError(InputError):
    """A case package is refused as a whole; the store stays as it was."""


class ReaderError(InputError):
    """A file's bytes cannot be read in the form it claims."""


class MappingError(InputError):
    """A mapping cannot be used with this file or this model."""


class AccessDenied(VinculoError):
    """Refused. The sentence never tells whether the thing exists."""

    exit_code = 4


class NotFound(VinculoError):
    """Nothing of that name in this actor's view: hidden and absent are the same."""

    exit_code = 5


class LimitExceeded(VinculoError):
    """The whole answer would be larger than the limit; nothing partial is given instead."""

    exit_code = 6


class StoreError(VinculoError):
    """The store cannot do what was asked."""

    exit_code = 7


class StoreUnavailable(StoreError):
    """The store does not answer; the same call may go through later."""


class StoreBusy(StoreError):
    """Another load or job holds the lock."""


class ExportError(VinculoError):
    """A chart cannot be written in this form."""

    exit_code = 8
