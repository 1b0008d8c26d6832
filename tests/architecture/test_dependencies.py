"""What is installed is pinned, hashed, and fetched from wherever the machine is told to."""

import json
import re
from pathlib import Path

import pytest
from project import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def test_every_set_of_requirements_is_locked() -> None:
    wanted = {path.stem for path in (ROOT / "requirements").glob("*.in")}
    assert {path.stem for path in LOCKS} == wanted


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_pins_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--index" not in text
    pinned = re.findall(r"^[a-zA-Z0-9._-]+(?:\[[^\]]*\])?==", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-zA-Z]", text, re.MULTILINE)) > 0
    assert text.count("--hash=sha256:") >= len(pinned)


def test_what_comes_from_npm_is_locked_by_hash_and_names_no_address() -> None:
    folder = ROOT / "tests" / "npm"
    lock = json.loads((folder / "package-lock.json").read_text())
    wanted = json.loads((folder / "package.json").read_text())["devDependencies"]
    installed = {path: package for path, package in lock["packages"].items() if path}
    assert {f"node_modules/{name}" for name in wanted} <= set(installed)
    for package in installed.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


def test_the_layer_ships_what_the_tests_ran_with() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / f"{name}.lock").read_text()
        return dict(re.findall(r"^([a-zA-Z0-9._-]+)==([^ \\;]+)", text, re.MULTILINE))

    layer, dev = versions("layer"), versions("dev")
    assert layer
    assert {name: dev.get(name) for name in layer} == layer
    assert not {"boto3", "botocore"} & set(layer)
