"""What is new in a flag since somebody read it.

What was read is remembered without content: a keyed digest of each reason and of each side, the score and its parts. A
reason that is new is in the flag as its reader sees it now, and is told whole; one that is gone may be hidden by now,
and is counted only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from analytics.crossborder.flags import Flag, Phrase, Side, plain, say
from graph.i18n import t

if TYPE_CHECKING:
    from graph.ids import Ids

MOVED = 0.05  # of the score: less comes with every delivery, as things grow more or less common
LISTS = ("reasons", "items", "relations", "kinds")  # parameters of a sentence that are lists of grounds


class News(NamedTuple):
    """What changed: grounds and sides that came, how many went, the score before and the certainty in other words."""

    came: tuple[Phrase, ...] = ()
    sides: tuple[Side, ...] = ()
    gone: int = 0
    score: float | None = None
    worded: bool = False

    def __bool__(self) -> bool:
        return bool(self.came or self.sides or self.gone or self.score is not None or self.worded)

    def words(self, lang: str) -> list[str]:
        """One sentence for each kind of change."""
        said = []
        if self.came:
            said.append(t("flag_life.news.came", lang, items=say(list(self.came), lang)))
        if self.sides:
            places = "; ".join(sorted({f"{s.owner} ({s.dataset})" if s.dataset else s.owner for s in self.sides}))
            said.append(t("flag_life.news.sides", lang, places=places))
        if self.gone:
            said.append(t("flag_life.news.gone", lang, count=self.gone))
        if self.worded:
            said.append(t("flag_life.news.worded", lang))
        if self.score is not None:
            said.append(t("flag_life.news.score", lang, percent=round(100 * self.score)))
        return said


def held(ids: Ids, flag: Flag) -> dict[str, Any]:
    """What a flag says now, without content: what :func:`news` compares, and what a verdict is kept with."""
    return {
        "digest": flag.digest,
        "kind": flag.kind,
        "score": flag.score,
        "raw": flag.raw,
        "parts": dict(flag.parts),
        "rule": flag.rule,
        "saying": flag.reason.key,
        "grounds": sorted(_mark(ids, flag, ground) for ground in _grounds(flag)),
        "sides": sorted(_mark(ids, flag, side) for side in flag.sides),
    }


def news(ids: Ids, before: Mapping[str, Any], flag: Flag) -> News:
    """What ``flag`` says that it did not when ``before`` was held."""
    if before.get("digest") == flag.digest:
        return News()
    now = held(ids, flag)
    gone = len(set(before["grounds"]) - set(now["grounds"])) + len(set(before["sides"]) - set(now["sides"]))
    return News(
        tuple(g for g in _grounds(flag) if _mark(ids, flag, g) not in before["grounds"]),
        tuple(s for s in flag.sides if _mark(ids, flag, s) not in before["sides"]),
        gone,
        before["score"] if abs(before["score"] - flag.score) >= MOVED else None,
        before["saying"] != flag.reason.key,
    )


def _grounds(flag: Flag) -> Iterator[Phrase]:
    for name in LISTS:
        found = flag.reason.params.get(name)
        if isinstance(found, (list, tuple)):
            yield from (g for g in found if isinstance(g, Phrase))


def _mark(ids: Ids, flag: Flag, what: Phrase | Side) -> str:
    """A ground without how common it is in the view: that moves with every delivery and is no news."""
    if isinstance(what, Phrase):
        said = plain(Phrase(what.key, {k: v for k, v in what.params.items() if k != "count"}), {})
    else:
        said = [what.owner, what.dataset, list(what.records)]
    return ids.flag(flag.agency, "held", orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode())
