"""YAML of a stranger: plain data only. Tags, anchors and repeated keys are refused, size and depth bounded.

Every scalar is text: YAML 1.1 would read the column ``NO`` as false, the number ``0123`` as 83 and ``12:30`` as 750.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from graph.errors import InputError
from ingest.limits import LIMITS


class _Refused(yaml.YAMLError):
    def __init__(self, key: str, line: int, **params: str) -> None:
        self.key, self.line, self.params = key, line, params
        super().__init__(key)


class _Loader(yaml.SafeLoader):
    """``SafeLoader`` without typed scalars that further refuses aliases (an expansion bomb) and a key that stands
    twice."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise _Refused("ingest.yaml.alias", event.start_mark.line + 1)
        if tag := getattr(event, "tag", None):
            raise _Refused("ingest.yaml.tag", event.start_mark.line + 1, tag=str(tag))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Refused("ingest.yaml.key", key.start_mark.line + 1)
            if key.value in seen:
                raise _Refused("ingest.yaml.twice", key.start_mark.line + 1, name=key.value)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def load_yaml(path: Path, name: str, error: type[InputError], limit: int = LIMITS.yaml) -> Any:
    """The data of the YAML file ``path``, called ``name`` in the ``error`` raised when it cannot be used."""
    if path.stat().st_size > limit:
        raise error("ingest.yaml.large", file=name, limit=limit)
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), _Loader)  # noqa: S506 - a SafeLoader, narrowed
    except _Refused as refused:
        raise error(refused.key, file=name, row=refused.line, **refused.params) from None
    except UnicodeDecodeError:
        raise error("ingest.yaml.encoding", file=name) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as broken:
        mark = getattr(broken, "problem_mark", None)
        detail = getattr(broken, "problem", None) or type(broken).__name__
        raise error("ingest.yaml.syntax", file=name, row=mark.line + 1 if mark else 0, detail=str(detail)) from None
