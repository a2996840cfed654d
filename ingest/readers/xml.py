"""XML without its dangers: no document type, no entities, nothing fetched, and no tree larger than one element.

Billion laughs, quadratic blow-up and external entities all need a document type, which is refused; elements are
given one at a time and forgotten, so that memory does not grow with the file. See docs/decisions/0021.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # noqa: S405  (types only: parsing goes through defusedxml)

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from graph.errors import ReaderError
from ingest.limits import Limits
from ingest.readers.base import check_whole

DEPTH = 64  # elements inside each other; charts and reports have fewer than twenty


def elements(path: Path, name: str, limits: Limits, root: str, wanted: frozenset[str]) -> Iterator[Element]:
    """Whole elements whose tag (without namespace) is in ``wanted``, in the order in which they end.

    Raises :class:`ReaderError` where the file is no XML, declares a document type, has another root element than
    ``root``, or is nested deeper than any honest file.
    """
    check_whole(path, name, limits)
    try:
        with path.open("rb") as source:
            yield from _walk(iterparse(source, ("start", "end"), forbid_dtd=True), name, root, wanted)
    except DefusedXmlException:
        raise ReaderError("readers.xml.dtd", file=name) from None
    except (ParseError, ValueError, LookupError, OSError) as broken:
        raise ReaderError("readers.xml.broken", file=name, detail=str(broken)[:100]) from None


def _walk(events: Any, name: str, root: str, wanted: frozenset[str]) -> Iterator[Element]:
    open_elements: list[Element] = []
    inside = 0
    for event, element in events:
        if event == "start":
            if not open_elements and local(element) != root:
                raise ReaderError("readers.xml.root", file=name, value=local(element)[:40], wanted=root)
            open_elements.append(element)
            inside += local(element) in wanted
            if len(open_elements) > DEPTH:
                raise ReaderError("readers.xml.deep", file=name, limit=DEPTH)
            continue
        open_elements.pop()
        if local(element) in wanted:
            inside -= 1
            yield element
        if not inside:
            element.clear()
            if open_elements:
                open_elements[-1].remove(element)


def local(element: Element) -> str:
    """An element's tag without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, *path: str) -> Iterator[Element]:
    """Descendants by the names of ``path``, whatever their namespaces."""
    if not path:
        yield element
        return
    for child in element:
        if local(child) == path[0]:
            yield from children(child, *path[1:])


def first(element: Element, *path: str) -> Element | None:
    """The first of :func:`children`, None where there is none."""
    return next(children(element, *path), None)
