"""YAML of a stranger: plain data only. Tags, aliases and repeated keys are refused, size and depth bounded.

Every scalar is text: YAML 1.1 would read the column ``NO`` as false, the number ``0123`` as 83 and ``12:30`` as 750.
Only the parser of PyYAML is used, none of its constructors: nothing that a file says can make an object.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from graph.errors import InputError
from ingest.limits import LIMITS

DEPTH = 50
_PARSER = getattr(yaml, "CLoader", yaml.Loader)  # libyaml where PyYAML has it: ten times as fast


class _Refused(yaml.YAMLError):
    def __init__(self, key: str, event: Any, **params: str) -> None:
        self.key, self.line, self.params = key, event.start_mark.line + 1, params
        super().__init__(key)


def load_yaml(path: Path, name: str, error: type[InputError], limit: int = LIMITS.yaml) -> Any:
    """The data of the YAML file ``path``, called ``name`` in the ``error`` raised when it cannot be used: texts, lists
    and tables of texts; an empty file is an empty text."""
    if path.stat().st_size > limit:
        raise error("ingest.yaml.large", file=name, limit=limit)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _document(event for event in yaml.parse(text, Loader=_PARSER))
    except _Refused as refused:
        raise error(refused.key, file=name, row=refused.line, **refused.params) from None
    except UnicodeDecodeError:
        raise error("ingest.yaml.encoding", file=name) from None
    except (yaml.YAMLError, ValueError, RecursionError) as broken:
        mark = getattr(broken, "problem_mark", None)
        detail = getattr(broken, "problem", None) or type(broken).__name__
        raise error("ingest.yaml.syntax", file=name, row=mark.line + 1 if mark else 0, detail=str(detail)) from None


def _document(events: Iterator[Any]) -> Any:
    """The only document of a stream."""
    found: Any = ""
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Refused("ingest.yaml.documents", event)
        elif isinstance(event, yaml.NodeEvent):
            found = _value(event, events, 0)
    return found


def _value(event: Any, events: Iterator[Any], depth: int) -> Any:
    if isinstance(event, yaml.AliasEvent):
        raise _Refused("ingest.yaml.alias", event)
    if event.tag:
        raise _Refused("ingest.yaml.tag", event, tag=str(event.tag))
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    if depth >= DEPTH:
        raise _Refused("ingest.yaml.deep", event)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            items.append(_value(inner, events, depth + 1))
        return items
    table: dict[str, Any] = {}
    while not isinstance(inner := next(events), yaml.MappingEndEvent):
        key = _value(inner, events, depth + 1)
        if not isinstance(key, str):
            raise _Refused("ingest.yaml.key", inner)
        if key in table:
            raise _Refused("ingest.yaml.twice", inner, name=key)
        table[key] = _value(next(events), events, depth + 1)
    return table
