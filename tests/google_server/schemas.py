"""Google's own discovery documents: which methods there are, what they take, and what their answers look like.

Every answer of the server is checked against the schemas; every request against the parameters and scopes.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import googleapiclient
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
_DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("uint64")
def _uint64(value: object) -> bool:
    return not isinstance(value, str) or (value.isdigit() and int(value) < 1 << 64)


@_FORMATS.checks("int64")
def _int64(value: object) -> bool:
    return not isinstance(value, str) or -(1 << 63) <= int(value) < 1 << 63


@_FORMATS.checks("date-time")
def _date_time(value: object) -> bool:
    return not isinstance(value, str) or _DATE_TIME.match(value) is not None


@dataclass(frozen=True, slots=True)
class Method:
    """One API method of a discovery document."""

    api: str
    id: str
    verb: str
    path: re.Pattern[str]
    parameters: frozenset[str]
    repeated: frozenset[str]
    scopes: frozenset[str]
    answer: str | None


@functools.cache
def document(api: str) -> dict[str, Any]:
    """`gmail.v1`, `calendar.v3` or `admin.directory_v1`."""
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{api}.json").read_text(encoding="utf-8"))
    return found


@functools.cache
def methods() -> tuple[Method, ...]:
    """Every method of the three APIs."""
    found: list[Method] = []
    for api in ("gmail.v1", "calendar.v3", "admin.directory_v1"):
        _collect(api, document(api), document(api)["servicePath"], found)
    return tuple(found)


def _collect(api: str, node: dict[str, Any], base: str, found: list[Method]) -> None:
    for method in node.get("methods", {}).values():
        parameters = method.get("parameters", {})
        pattern = re.sub(r"\{\+?(\w+)\}", r"(?P<\1>[^/]+)", base + method["path"])
        found.append(
            Method(
                api,
                method["id"],
                method["httpMethod"],
                re.compile(f"^/{pattern}$"),
                frozenset(n for n, p in parameters.items() if p["location"] == "query"),
                frozenset(n for n, p in parameters.items() if p.get("repeated")),
                frozenset(method.get("scopes", ())),
                method.get("response", {}).get("$ref"),
            )
        )
    for resource in node.get("resources", {}).values():
        _collect(api, resource, base, found)


def _converted(node: Any) -> Any:
    if isinstance(node, list):
        return [_converted(part) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": f"#/$defs/{node['$ref']}"}
    keep = {k: _converted(v) for k, v in node.items() if k in {"type", "format", "items", "enum", "pattern"}}
    if keep.get("type") == "any":
        del keep["type"]
    if "properties" in node:
        keep["properties"] = {k: _converted(v) for k, v in node["properties"].items()}
        keep["additionalProperties"] = False
    elif isinstance(node.get("additionalProperties"), dict):
        keep["additionalProperties"] = _converted(node["additionalProperties"])
    return keep


@functools.cache
def _validator(api: str, name: str) -> Draft202012Validator:
    definitions = {key: _converted(schema) for key, schema in document(api)["schemas"].items()}
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions}, format_checker=_FORMATS)


def check(api: str, name: str, answer: dict[str, Any]) -> None:
    """AssertionError if the answer does not fit Google's schema of this name."""
    error = next(_validator(api, name).iter_errors(answer), None)
    assert error is None, f"{api} {name}: {error.message} at {list(error.absolute_path)}"


def masked(answer: Any, mask: str) -> Any:
    """The part of an answer that a `fields` mask selects: "a,b(c,d/e)". ValueError for a broken mask."""
    tree, rest = _parse(mask)
    if rest:
        raise ValueError(f"Invalid field selection {rest}")
    return _select(answer, tree)


def _parse(text: str) -> tuple[dict[str, Any], str]:
    tree: dict[str, Any] = {}
    while text and text[0] != ")":
        name = re.match(r"[\w*-]+", text)
        if name is None:
            raise ValueError(f"Invalid field selection {text}")
        text = text[name.end() :]
        branch: dict[str, Any] = {}
        if text.startswith("("):
            branch, text = _parse(text[1:])
            if not text.startswith(")"):
                raise ValueError("Invalid field selection: no )")
            text = text[1:]
        elif text.startswith("/"):
            inner = re.match(r"/([\w*/-]+)", text)
            if inner is None:
                raise ValueError(f"Invalid field selection {text}")
            text = text[inner.end() :]
            for part in reversed(inner.group(1).split("/")):
                branch = {part: branch}
        tree[name.group()] = _merge(tree.get(name.group(), {}), branch)
        text = text.removeprefix(",")
    return tree, text


def _merge(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {key: _merge(one.get(key, {}), other.get(key, {})) for key in one | other}


def _select(answer: Any, tree: dict[str, Any]) -> Any:
    if not tree:
        return answer
    if isinstance(answer, list):
        return [_select(part, tree) for part in answer]
    if not isinstance(answer, dict):
        return answer
    return {key: _select(answer[key], branch) for key, branch in tree.items() if key in answer}
