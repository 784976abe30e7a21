"""What the image, compose.yaml, prefect.yaml and the systemd unit name is what is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from cli.main import main
from models.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_image_holds_every_room_and_nothing_else_of_ours() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {line.split()[1] for line in lines if re.fullmatch(r"COPY (\w+) \1", line)}
    rooms = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]

    assert copied == {room.rstrip("*.") for room in rooms}


def test_every_command_of_the_containers_is_one_of_ours() -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    commands = [each["command"] for each in services.values() if str(each.get("command", "")).startswith("serve")]

    assert len(commands) == 2
    for command in commands:
        options = [word for word in command.split() if word.startswith("--")]
        shown = CliRunner().invoke(main, [command.split()[0], "--help"]).output
        assert all(option in shown for option in options)


def test_compose_refers_only_to_what_it_declares() -> None:
    whole: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    for service in whole["services"].values():
        assert set(service.get("depends_on", {})) <= set(whole["services"])
        assert set(service.get("secrets", [])) <= set(whole["secrets"])
        named = [volume.partition(":")[0] for volume in service.get("volumes", [])]
        assert {name for name in named if not name.startswith(".")} <= set(whole["volumes"])


@pytest.mark.parametrize("name", ["GONEQUIET_DATABASE_FILE", "GONEQUIET_SERVE__AT_ONCE"])
def test_the_environment_of_the_containers_names_settings(name: str) -> None:
    path = name.removeprefix("GONEQUIET_").removesuffix("_FILE").lower().split("__")
    field: Any = Settings
    for part in path:
        field = (field if isinstance(field, type) else field.annotation).model_fields[part]

    environment = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["worker"]["environment"]
    assert name in environment


def test_every_flow_of_prefect_yaml_is_there() -> None:
    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]:
        path, _, function = deployment["entrypoint"].partition(":")

        assert f"def {function}(" in (ROOT / path).read_text()


def test_the_unit_starts_the_service_and_gives_it_time_to_stop() -> None:
    unit = re.search(r"```ini\n(.*?)```", (ROOT / "docs/deploy.md").read_text(), re.DOTALL)

    assert unit is not None
    said = dict(line.split("=", 1) for line in unit.group(1).splitlines() if "=" in line)
    assert said["ExecStart"].endswith("gonequiet serve")
    assert int(said["TimeoutStopSec"]) >= 60
    assert said["StateDirectory"] in said["Environment"]
