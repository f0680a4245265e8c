"""A regulation file in YAML, with the line of everything in it."""

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import yaml

from ranham.plan.findings import Finding, PlanRefused, accept
from ranham.plan.references import Path
from ranham.plan.schemas import PlanFile


class _Loader(yaml.SafeLoader):
    """Dates stay text until the schema reads them: YAML's own reader stops at 30 February without saying where."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: FilePath) -> PlanFile:
    try:
        root, raw = _parse(path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlanRefused([Finding(f"{path.name}, line {line}", error.problem or "no YAML", "YAML")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise PlanRefused([Finding(path.name, str(error), "YAML in UTF-8")]) from error
    if root is None:
        raise PlanRefused([Finding(path.name, "an empty file", "a regulation file")])
    if repeated := list(_repeated_keys(root, path.name)):
        raise PlanRefused(repeated)
    return accept(raw, lambda at: _place(root, at, path.name))


def _parse(path: FilePath) -> tuple[Any, Any]:
    loader = _Loader(path.read_bytes())
    try:
        root = loader.get_single_node()
        return root, loader.construct_document(root) if root is not None else None
    finally:
        loader.dispose()


def _repeated_keys(root: yaml.Node, name: str) -> Iterator[Finding]:
    """YAML lets the last of two equal keys win in silence; here that would drop half a year."""
    todo, met = [root], set()
    while todo:
        node = todo.pop()
        if id(node) in met:  # an alias leads to the same node again
            continue
        met.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            todo.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            for index, (key, value) in enumerate(node.value):
                if key.value in keys[:index]:
                    yield Finding(f"{name}, line {key.start_mark.line + 1}", f"{key.value} again", "each key only once")
                todo.append(value)


def _place(root: yaml.Node, at: Path, name: str) -> str:
    node = root
    line = root.start_mark.line
    for part in at:
        child = _child(node, part)
        if child is None:  # the field is missing: its record is the nearest place
            break
        line, node = child
    dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).removeprefix(".")
    return f"{name}, line {line + 1}, {dotted}" if dotted else f"{name}, line {line + 1}"


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child.start_mark.line, child
    return None
