"""Builds the layer and every function by the same `build-<LogicalId>` targets that SAM calls.

For this host the layer's dependencies are installed for MiniStack's interpreter, for shipping as
arm64 wheels of CPython 3.13; both come from requirements/layer.lock.
"""

import compileall
import fcntl
import hashlib
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from local_stack import project, templates
from local_stack.errors import BuildError


class Target(StrEnum):
    """Whom an artefact is for."""

    HOST = "host"
    SHIPPING = "shipping"


@dataclass(frozen=True)
class Artefact:
    """One built folder, ready to be zipped."""

    stack: str
    logical_id: str
    folder: Path
    built_from: str

    @property
    def is_layer(self) -> bool:
        """Says whether this is a layer, by the folder that a layer's Python must be in."""
        return (self.folder / "python").is_dir()


def build(target: Target, stacks: tuple[str, ...] = project.STACKS) -> list[Artefact]:
    """Builds everything that the templates of the stacks name, side by side.

    Two who build at once in one checkout wait for each other: the second finds it all built.
    """
    wanted = [
        (stack, logical_id, project.stack_folder(stack) / path)
        for stack in stacks
        for logical_id, path in templates.code_paths(template_of(stack)).items()
    ]
    with _alone(), ThreadPoolExecutor() as pool:
        return list(pool.map(lambda item: _build_one(target, *item), wanted))


@contextmanager
def _alone() -> Iterator[None]:
    project.BUILD.mkdir(exist_ok=True)
    with (project.BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def template_of(stack: str) -> templates.Template:
    """Answers a stack's template as written."""
    return templates.load(project.stack_folder(stack) / "template.yaml")


def _build_one(target: Target, stack: str, logical_id: str, source: Path) -> Artefact:
    folder = project.BUILD / target / stack / logical_id
    note, inputs = folder.with_suffix(".inputs"), inputs_digest(source)
    artefact = Artefact(stack, logical_id, folder, inputs)
    if note.exists() and note.read_text() == inputs and folder.exists():
        return artefact
    note.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _make(target, logical_id, source, folder)
    if target is Target.SHIPPING:
        check_wheels(folder)
    elif (folder / "python").exists():
        _compile(folder / "python")
    note.write_text(inputs)
    return artefact


def inputs_digest(source: Path) -> str:
    """Answers a name for all that a build reads: the sources, the lock and the interpreter."""
    hasher = hashlib.sha256(f"{sys.version_info}".encode())
    sources = sorted(path for kind in ("*.py", "*.json") for path in source.rglob(kind))
    for path in [project.LAYER_LOCK, source / "Makefile", *sources]:
        hasher.update(f"{path}\0".encode() + path.read_bytes() + b"\0")
    return hasher.hexdigest()


def _make(target: Target, logical_id: str, source: Path, folder: Path) -> None:
    host_python = project.ministack_python() if target is Target.HOST else ""
    made = subprocess.run(  # noqa: S603 -- our own Makefiles
        [  # noqa: S607 -- make started us, or the user's path knows it
            "make",
            "--no-print-directory",
            f"build-{logical_id}",
            f"ARTIFACTS_DIR={folder}",
            f"UV={project.uv()}",
            f"BUILD_FOR={target}",
            f"HOST_PYTHON={host_python}",
        ],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise BuildError(f"Building {logical_id} in {source} failed:\n{made.stdout}{made.stderr}")


def _compile(folder: Path) -> None:
    """Compiles the layer once, so that no worker of MiniStack does it again at its cold start.

    Bytecode checked against nothing stays valid whenever and wherever it is unzipped.
    """
    compileall.compile_dir(
        folder, quiet=2, workers=0, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )


def check_wheels(folder: Path) -> None:
    """Raises unless every wheel in the folder runs on CPython 3.13 on arm64."""
    for tag in wheel_tags(folder):
        if not runs_where_it_ships(tag):
            raise BuildError(f"{folder.name} holds a wheel for {tag}, not for arm64, CPython 3.13")


def runs_where_it_ships(tag: str) -> bool:
    """Says whether a wheel of this tag runs on CPython 3.13 on arm64 Linux."""
    python, abi, machine = tag.split("-")
    pythons = set(python.split("."))
    fits_python = abi == "abi3" or bool(pythons & {"cp313", "py3"})
    return fits_python and (machine == "any" or machine.endswith("_aarch64"))


def wheel_tags(folder: Path) -> Iterator[str]:
    """Answers the tags of every wheel installed under the folder."""
    for path in sorted(folder.rglob("*.dist-info/WHEEL")):
        for line in path.read_text().splitlines():
            if line.startswith("Tag: "):
                yield line.removeprefix("Tag: ").strip()
