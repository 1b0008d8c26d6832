from pathlib import Path

import pytest

from local_stack.build import check_wheels, inputs_digest, runs_where_it_ships
from local_stack.errors import BuildError


@pytest.mark.parametrize(
    "tag",
    [
        "py3-none-any",
        "py2.py3-none-any",
        "cp313-cp313-manylinux_2_17_aarch64",
        "cp313-cp313-manylinux2014_aarch64",
        "cp311-abi3-manylinux_2_28_aarch64",
    ],
)
def test_a_wheel_for_arm64_and_its_python_ships(tag: str) -> None:
    assert runs_where_it_ships(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp313-cp313-manylinux_2_17_x86_64",
        "cp39-abi3-macosx_11_0_arm64",
    ],
)
def test_a_wheel_for_another_machine_or_python_does_not_ship(tag: str) -> None:
    assert not runs_where_it_ships(tag)


def test_a_build_with_a_wrong_wheel_is_refused(tmp_path: Path) -> None:
    info = tmp_path / "python" / "pydantic_core-2.dist-info"
    info.mkdir(parents=True)
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\n")

    with pytest.raises(BuildError, match="x86_64"):
        check_wheels(tmp_path)


@pytest.mark.parametrize("name", ["a.py", "a.json"])
def test_a_changed_source_is_built_again(tmp_path: Path, name: str) -> None:
    (tmp_path / "Makefile").touch()
    source = tmp_path / name
    source.write_text("1")
    before = inputs_digest(tmp_path)
    source.write_text("2")

    assert inputs_digest(tmp_path) != before
