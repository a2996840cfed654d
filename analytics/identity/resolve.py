"""Match everything in a store and keep the pairs: what ``vinculo resolve`` and the jobs run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from analytics.identity.match import match
from analytics.identity.model import Model, shipped
from analytics.identity.reading import schemata
from graph.statement import Record
from graph.store.base import Store


@dataclass(frozen=True)
class ResolveReport:
    """What a run did: the model's version, the matcher's counts, and what changed among the stored pairs."""

    model: str
    counts: dict[str, int]
    saved: dict[str, int] = field(default_factory=dict)


def resolve(
    store: Store, progress: Callable[[str, int], None] | None = None, model: Model | None = None
) -> ResolveReport:
    """Compare every unmasked record of the store at identity level and replace the stored pairs by what is found.

    ``progress`` is told (step, records so far). Running it again on the same records changes nothing. Raises
    :class:`~graph.errors.LimitExceeded` where the model does not fit the records, and what the store raises.
    """
    chosen = model or shipped()
    view = store.matching()

    def read() -> Iterator[list[Record]]:
        total = 0
        for chunk in view.scan(schemata()):
            total += len(chunk)
            if progress:
                progress("read", total)
            yield chunk

    settings = {code: agency.automatic for code, agency in view.agencies().items()}
    matching = match(read(), chosen, settings)
    if progress:
        progress("match", matching.counts["records"])
    saved = store.save_pairs(matching.pairs, chosen.version)
    if progress:
        progress("save", len(matching.pairs))
    return ResolveReport(chosen.version, matching.counts, dict(saved))
