"""Small pieces of HTML for Streamlit's ``st.html``. Whatever comes from data is escaped here, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
<style>
.block-container { padding: 2.4rem 2.2rem 2rem 2.2rem !important; max-width: 1500px; }
[data-testid="stHeading"] h1 { font-size: 1.6rem; padding: 0 0 .25rem 0; letter-spacing: -.01em; }
[data-testid="stHeading"] h2 { font-size: 1.2rem; }
[data-testid="stHeading"] h3 { font-size: 1.05rem; padding: .5rem 0 .3rem 0; }
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] { gap: .7rem; }
.v-meta { color: color-mix(in srgb, currentColor 72%, transparent); font-size: .86rem; line-height: 1.45; }
.v-chip { display: inline-block; padding: .06rem .5rem; margin: 0 .3rem .15rem 0; border-radius: .7rem;
  font-size: .78rem; line-height: 1.25rem; white-space: nowrap;
  border: 1px solid color-mix(in srgb, currentColor 22%, transparent); }
.v-chip.cross { background: #c2410c; border-color: #c2410c; color: #fff; font-weight: 600; }
.v-chip.auto, .v-chip.inferred { border-style: dashed; border-color: #8a1f63; color: #8a1f63; background: #fbf0f7; }
.v-chip.hit { border-color: #0b5c8a; color: #0b5c8a; background: #eaf4fb; }
.v-hit { margin-top: .25rem; }
.v-chip.sure { border-color: #1d7a3e; color: #14602f; background: #eaf7ee; }
.v-chip.handled { border-color: #8a5a00; color: #6b4500; background: #fff8e8; }
.v-chip.wrong { border-color: #b3261e; color: #8c1d18; background: #fdecea; }
.v-chip.masked { border: 1px dashed #3f3f46; color: #3f3f46; background: #f4f4f5; }
.v-say { font-size: .95rem; line-height: 1.5; margin: .2rem 0; }
.v-name { font-weight: 600; font-size: 1.02rem; }
.v-table { width: 100%; border-collapse: collapse; font-size: .86rem; }
.v-table caption { position: absolute; left: -10000px; }
.v-table th { text-align: left; font-weight: 600; padding: .3rem .6rem; font-size: .78rem; white-space: nowrap;
  color: color-mix(in srgb, currentColor 72%, transparent);
  border-bottom: 2px solid color-mix(in srgb, currentColor 18%, transparent); }
.v-table td { vertical-align: top; padding: .3rem .6rem; overflow-wrap: anywhere;
  border-bottom: 1px solid color-mix(in srgb, currentColor 10%, transparent); }
.v-table td:first-child, .v-table th:first-child { padding-left: 0; }
.v-table .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.v-scroll { overflow-x: auto; }
.v-table details, .v-more { font-size: .86rem; }
.v-more summary { cursor: pointer; color: color-mix(in srgb, currentColor 72%, transparent); }
.v-reasons { margin: .2rem 0 .2rem 0; padding-left: 1.1rem; font-size: .88rem; }
.v-legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .8rem; align-items: center; }
.v-legend img { width: 1.25rem; height: 1.25rem; margin-right: .3rem; vertical-align: -5px; }
.v-legend span.ring { display: inline-block; width: .85rem; height: .85rem; border-radius: 50%; margin-right: .3rem;
  vertical-align: -2px; border: 3px solid #c2410c; }
.v-legend span.line { display: inline-block; width: 1.5rem; border-top: 2px solid #5f6b7a; margin-right: .3rem;
  vertical-align: 4px; }
.v-legend span.line.dashed { border-top: 2px dashed color-mix(in srgb, #8a1f63 65%, currentColor); }
</style>
"""


def uploader(button: str, limits: str) -> str:
    """The reader's words in place of the English ones of Streamlit's file uploader, which no option of it changes."""
    area = '[data-testid="stFileUploaderDropzone"]'
    words = {f"{area} button [data-testid='stMarkdownContainer']": ("p", button)}
    words['[data-testid="stFileUploaderDropzoneInstructions"] div'] = ("span", limits)
    rules = "".join(
        f"{place} > {tag} {{ display: none; }} {place}::after {{ content: {_css(text)}; }}"
        for place, (tag, text) in words.items()
    )
    return f"<style>{rules}</style>"


def _css(text: str) -> str:
    """``text`` as a string of a style sheet that nothing in it can end."""
    return '"' + "".join(c if c.isalnum() or c in " .,;:()/•" else f"\\{ord(c):x} " for c in text) + '"'


def chip(text: str, tone: str = "", title: str = "") -> str:
    """A small label. ``tone``: cross | auto | inferred | sure | wrong | masked, empty for neutral."""
    hint = f' title="{escape(title)}"' if title else ""
    return f'<span class="v-chip {escape(tone)}"{hint}>{escape(text)}</span>'


def chips(parts: Iterable[str]) -> str:
    """Several chips, as made by :func:`chip`."""
    return "".join(parts)


def meta(text: str) -> str:
    """A quiet line of explanation."""
    return f'<div class="v-meta">{escape(text)}</div>'


def meta_html(before: str, text: str) -> Html:
    """A quiet line that begins with HTML of ours (chips)."""
    return Html(f'<div class="v-meta">{before}{escape(text)}</div>')


def sentence(text: str) -> str:
    """A sentence of a card."""
    return f'<div class="v-say">{escape(text)}</div>'


def name(text: str) -> str:
    """A thing's caption."""
    return f'<span class="v-name">{escape(text)}</span>'


def hit(title: str, text: str) -> str:
    """That another agency holds something: its kind in a chip, the sentence beside it."""
    return f'<div class="v-meta v-hit">{chip(title, "hit")}{escape(text)}</div>'


class Html(str):
    """HTML made by this module: a table's cell that is not escaped again."""


def cell(content: str) -> str:
    """A table's cell: text escaped, HTML of ours as it is."""
    return content if isinstance(content, Html) else escape(content)


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str,
    numeric: Sequence[int] = (),
    widths: Sequence[int] = (),
) -> str:
    """A table; ``caption`` is read out by screen readers, ``numeric`` are the columns aligned right.

    ``widths`` are the columns' shares in percent; without them the columns are as wide as what they hold.
    """
    columns = "".join(f'<col style="width:{width}%">' for width in widths)
    fixed = ' style="table-layout:fixed"' if widths else ""
    head = "".join(f'<th scope="col"{_class(n in numeric)}>{escape(h)}</th>' for n, h in enumerate(headers))
    body = "".join(
        "<tr>" + "".join(f"<td{_class(n in numeric)}>{cell(c)}</td>" for n, c in enumerate(row)) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="v-scroll"><table class="v-table"{fixed}><caption>{escape(caption)}</caption>'
        f"<colgroup>{columns}</colgroup>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _class(numeric: bool) -> str:
    return ' class="num"' if numeric else ""


def listing(items: Iterable[str], first: int = 0, more: str = "") -> str:
    """A bulleted list of sentences; where ``first`` is given, those after it fold away under the words ``more``."""
    lines = [f"<li>{cell(i)}</li>" for i in items]
    if not first or len(lines) <= first:
        return f'<ul class="v-reasons">{"".join(lines)}</ul>'
    rest = f'<ul class="v-reasons">{"".join(lines[first:])}</ul>'
    folded = f'<details class="v-more"><summary>{escape(more)}</summary>{rest}</details>'
    return f'<ul class="v-reasons">{"".join(lines[:first])}</ul>{folded}'
