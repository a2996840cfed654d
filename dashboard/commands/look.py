"""``search``, ``path``, ``analyse``, ``export``: look at the graph as the asking actor sees it."""

from __future__ import annotations

from pathlib import Path

import click

from analytics.communities import communities
from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared
from graph.export import FORMATS, export_chart
from graph.i18n import t
from graph.words import schema_name


@click.command(help=help_text("search"))
@click.argument("words", nargs=-1, required=True)
@click.option("--schema", "schemata", multiple=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--offset", default=0, type=click.IntRange(0))
@json_option
@shared
@pass_session
def search(
    session: Session, words: tuple[str, ...], schemata: tuple[str, ...], limit: int, offset: int, as_json: bool
) -> None:
    """Entities whose names or numbers hold every word, accents folded, in any order."""
    page = session.view().search(" ".join(words), schemata, limit, offset)
    lang = session.language()
    if as_json:
        items = [
            {"id": i.entity.id, "schema": i.entity.schema, "caption": i.entity.caption, "owners": i.entity.owners,
             "countries": i.entity.countries, "score": i.score} for i in page.items
        ]  # fmt: skip
        emit_json({"total": page.total, "items": items})
        return
    session.say("cli.search.total", total=page.total, shown=len(page.items))
    for item in page.items:
        e = item.entity
        click.echo(f"{e.id}  {schema_name(e.schema, lang)}  {e.caption}  ({', '.join(e.owners)})")


@click.command(help=help_text("path"))
@click.argument("source")
@click.argument("target")
@click.option("--max-length", default=6, show_default=True, type=click.IntRange(1, 12))
@json_option
@shared
@pass_session
def path(session: Session, source: str, target: str, max_length: int, as_json: bool) -> None:
    """Shortest paths between two entities through what the actor may see."""
    found = session.view().paths(source, target, max_length)
    if as_json:
        emit_json([{"nodes": p.nodes, "links": p.links} for p in found])
        return
    session.say("cli.path.total", total=len(found))
    for p in found:
        click.echo(" – ".join(n.caption or n.id for n in p.nodes))


@click.group(help=help_text("analyse"))
def analyse() -> None:
    """What is computed on a view."""


@analyse.command("communities", help=help_text("analyse.communities"))
@click.option("--seed", default=1, type=int)
@click.option("--resolution", default=1.0, type=float)
@click.option("--crossing/--all", default=True, help=help_text("option.crossing"))
@json_option
@shared
@pass_session
def analyse_communities(session: Session, seed: int, resolution: float, crossing: bool, as_json: bool) -> None:
    """Communities and the jurisdictions they span."""
    view = session.view()
    found = communities(view, seed=seed, resolution=resolution)
    shown = [c for c in found.communities if not crossing or c.crosses]
    if as_json:
        emit_json({"stamp": found.stamp, "modularity": found.modularity, "alone": found.alone, "communities": shown})
        return
    session.say("cli.communities.total", total=len(found.communities), shown=len(shown))
    names = view.entities([bridge.member for c in shown for bridge in c.bridges[:3]])
    for c in shown:
        who = ", ".join(names[b.member].caption for b in c.bridges[:3] if b.member in names)
        click.echo(f"{len(c.members):5d}  {', '.join(sorted(c.mix))}  {who}")


@click.command(help=help_text("export"))
@click.option("--entity", "entities", multiple=True, required=True, help=help_text("option.entity"))
@click.option("--depth", default=2, show_default=True, type=click.IntRange(0, 6))
@click.option("--cap", default=300, show_default=True, type=click.IntRange(1, 50_000))
@click.option("--format", "form", required=True, type=click.Choice(FORMATS))
@click.option("--for", "receiver", default="self", show_default=True, help=help_text("option.for"))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help=help_text("option.output"))
@json_option
@shared
@pass_session
def export(
    session: Session,
    entities: tuple[str, ...],
    depth: int,
    cap: int,
    form: str,
    receiver: str,
    output: Path,
    as_json: bool,
) -> None:
    """Write a chart of what the sender and every member of the receiver may see."""
    store, actor, lang = session.store(), session.actor(), session.language()
    report = export_chart(
        store, actor, entities, depth=depth, cap=cap, form=form, receiver=receiver, out=output, lang=lang
    )
    if as_json:
        emit_json(report)
    else:
        click.echo(t("cli.export.done", lang, nodes=report.nodes, links=report.links, path=output))
        if report.left_out:
            click.echo(t("cli.export.left_out", lang, count=sum(report.left_out.values())))


COMMANDS = (search, path, analyse, export)
