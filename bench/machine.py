"""The machine that figures were obtained on, and what a stack takes of it."""

import asyncio
import contextlib
import importlib.metadata
import os
import platform
import resource
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PROC = Path("/proc")
ROOT = Path(__file__).resolve().parents[1]
SAMPLE_SECONDS = 2.0


def facts() -> dict[str, object]:
    """Answers what somebody needs to know to obtain the figures again."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _field(PROC / "cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory": _field(PROC / "meminfo", "MemTotal"),
        "python": platform.python_version(),
        "versions": {
            **{name: importlib.metadata.version(name) for name in ("httpx", "websockets")},
            "ministack": _locked("ministack"),
        },
    }


def load() -> list[float]:
    """Answers the load averages of the last 1, 5 and 15 minutes."""
    return [round(average, 2) for average in os.getloadavg()]


def allow_open_files(wanted: int) -> None:
    """Raises this process's limit of open files, and so that of what it starts, if need be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


@dataclass
class Usage:
    """The most that a process and all below it have taken at once."""

    memory_mb: float = 0.0
    processes: int = 0

    def sample(self, pid: int) -> None:
        """Looks once."""
        pids = _family(pid)
        self.memory_mb = max(self.memory_mb, sum(map(_memory_kb, pids)) / 1024)
        self.processes = max(self.processes, len(pids))


@contextlib.asynccontextmanager
async def watched(pid: int | None) -> AsyncIterator[Usage | None]:
    """Samples a process for as long as the block lasts (Linux alone; None elsewhere)."""
    if pid is None or not (PROC / "self" / "smaps_rollup").exists():
        yield None
        return
    usage = Usage()

    async def look() -> None:
        while True:
            await asyncio.to_thread(usage.sample, pid)
            await asyncio.sleep(SAMPLE_SECONDS)

    looking = asyncio.create_task(look())
    try:
        yield usage
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def _family(pid: int) -> list[int]:
    """Answers a process and all its descendants."""
    parents: dict[int, int] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = [pid]
    for member in family:
        family.extend(child for child, parent in parents.items() if parent == member)
    return family


def _memory_kb(pid: int) -> int:
    """Answers a process's proportional share of memory: what it shares is counted once in all."""
    with contextlib.suppress(OSError):
        return int((_field(PROC / str(pid) / "smaps_rollup", "Pss") or "0").split()[0])
    return 0


def _field(file: Path, name: str) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        for line in file.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return None


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 -- git lies in different places
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


def _locked(name: str) -> str:
    for line in (ROOT / "requirements" / f"{name}.lock").read_text().splitlines():
        if line.startswith((f"{name}==", f"{name}[")):
            return line.partition("==")[2].split()[0]
    return "unknown"
