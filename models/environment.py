"""What the environment chose: GONEQUIET_ALERTS__SENDER stands for `sender` in the section `alerts`.

The value of a list or a section is JSON; a list of names may also be written with commas or spaces between. Any
setting may stand in a file that NAME_FILE names: GONEQUIET_ALERTS__PASSWORD_FILE=/run/secrets/smtp.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

PREFIX = "GONEQUIET_"
_NOT_SETTINGS = frozenset({"GONEQUIET_CONFIG", "GONEQUIET_KEY", "GONEQUIET_KEY_FILE", "GONEQUIET_SHARED_DATA"})
_FILE = "_file"


def variables(model: type[BaseModel], environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings of this model that variables give, nested by section."""
    found: dict[str, Any] = {}
    # A section given whole comes before its single settings, which beat it.
    for name, path in sorted(_ours(environment).items(), key=lambda pair: len(pair[1])):
        kind = _kind(model, path)
        if kind is not None:
            _put(found, path, _read(environment[name], kind))
    return found


def secret_files(model: type[BaseModel], environment: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """The settings of this model that stand in files, nested; files that cannot be read are added to the problems."""
    found: dict[str, Any] = {}
    for name, path in _ours(environment).items():
        bare = _without_file(path)
        if bare is None or _kind(model, path) is not None:  # a setting that is itself a file name, such as ca_file
            continue
        kind = _kind(model, bare)
        if kind is None:
            continue
        try:
            text = Path(environment[name]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            problems.append(f"{name}: {e}")
            continue
        _put(found, bare, _read(text, kind))
    return found


def unknown(model: type[BaseModel], environment: Mapping[str, str]) -> list[str]:
    """One problem for each variable that looks like a setting and is none."""
    return [
        f"{name}: is not a setting"
        for name, path in _ours(environment).items()
        if _kind(model, path) is None and _kind(model, _without_file(path) or []) is None
    ]


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two nested choices as one; where both choose, `above` wins."""
    result = dict(below)
    for key, value in above.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result


def _ours(environment: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        name: name.removeprefix(PREFIX).lower().split("__")
        for name in environment
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS
    }


def _without_file(path: list[str]) -> list[str] | None:
    return [*path[:-1], path[-1].removesuffix(_FILE)] if path[-1].endswith(_FILE) else None


def _kind(model: type[BaseModel], path: list[str]) -> Any:
    """The type of the setting at this path; None where there is no such setting."""
    kind: Any = model
    for part in path:
        field = kind.model_fields.get(part) if _is_section(kind) else None
        if field is None:
            return None
        kind = field.annotation
    return kind if path else None


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _read(text: str, kind: Any) -> Any:
    """The value as the settings check it: what cannot be read stays text, and is refused there."""
    if get_origin(kind) is tuple and not text.lstrip().startswith("["):
        # An Apprise address may hold commas: only plain names are told apart by them.
        return text.replace(",", " ").split() if get_args(kind)[0] is str else [text]
    if _is_section(kind) or get_origin(kind) in {tuple, dict}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _put(found: dict[str, Any], path: list[str], value: Any) -> None:
    *sections, name = path
    for section in sections:
        below = found.setdefault(section, {})
        if not isinstance(below, dict):
            return  # the section was given as something else: that is refused first
        found = below
    found[name] = value
