"""The stamp as every export carries it: what the picture rests on, who took it out, when, under which handling."""

from __future__ import annotations

from graph.export.contents import Contents
from graph.i18n import t
from graph.words import handling_text, identifier_name, schema_name


def stamp_rows(contents: Contents, lang: str) -> list[tuple[str, str, str]]:
    """(key, label in ``lang``, value) of every part of the stamp, in order. Keys are for programs and never change."""
    chart, stamp = contents.chart, contents.chart.stamp
    rows = [
        ("title", chart.title),
        ("view", stamp.view),
        ("actor", stamp.actor),
        ("at", stamp.at),
        ("datasets", "; ".join(called(f"{owner}/{name}", revision) for owner, name, revision in stamp.datasets)),
        ("identities", t(f"export.identities.{stamp.identities}", lang)),
        ("parameters", "; ".join(f"{k}={v}" for k, v in sorted(stamp.parameters.items()))),
        ("seed", str(stamp.seed)),
        ("code", f"Vínculo {stamp.code}"),
        ("model", stamp.model),
        ("nodes", str(len(contents.items))),
        ("links", str(len(contents.lines))),
        ("statements", str(contents.statements)),
        ("protected", str(contents.protected)),
        ("handling", ", ".join(contents.handling)),
        ("hidden", hidden_text(contents, lang)),
    ]
    return [(key, t(f"export.stamp.{key}", lang), value) for key, value in rows if value]


def called(dataset: str, revision: int) -> str:
    """A dataset with its revision, where the reader may know that."""
    return f"{dataset} r{revision}" if revision else dataset


def handling_rows(contents: Contents, lang: str) -> list[tuple[str, str]]:
    """(code, what it asks for) of every handling code in the export."""
    return [(code, handling_text(code, lang)) for code in contents.handling]


def hidden_text(contents: Contents, lang: str) -> str:
    """What is linked to the things drawn and not drawn itself, by kind: "3 Persona, 2 Teléfono"."""
    parts = []
    for name, count in sorted(contents.chart.hidden.items(), key=lambda pair: (-pair[1], pair[0])):
        label = schema_name(name, lang) if name[:1].isupper() else identifier_name(name, lang)
        parts.append(f"{count} {label}")
    return ", ".join(parts)
