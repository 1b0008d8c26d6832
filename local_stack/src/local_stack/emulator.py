"""MiniStack as a child process: started, watched and stopped so that its state is written."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from local_stack import ministack_child, project
from local_stack.errors import EmulatorError, StateInUseError
from local_stack.gateway_port import HOST

START_SECONDS = 30.0
STOP_SECONDS = 60.0
LOG_TAIL_LINES = 15
WORKER_MARK = "ministack-lambda-"
"""What the folder of a function worker is called, which its command line names."""

# What of the caller's environment the emulator, and through it every function, may see. No
# AWS_*, PYTHON* or proxy setting of the developer's reaches a function.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "TZ")


class Emulator:
    """One MiniStack on one port over one folder of state."""

    def __init__(self, port: int, state: Path) -> None:
        self.port = port
        self.state = state
        self.endpoint_url = f"http://{HOST}:{port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._held = contextlib.ExitStack()

    @property
    def pid(self) -> int:
        """The emulator's process id while it runs."""
        if self._process is None:
            raise EmulatorError("MiniStack is not running.")
        return self._process.pid

    @property
    def log_file(self) -> Path:
        """What MiniStack prints."""
        return self.state / "ministack.log"

    def start(self) -> None:
        """Returns when MiniStack answers, with the state of the last run restored."""
        self.state.mkdir(parents=True, exist_ok=True)
        self._held.enter_context(_only_run_on(self.state))
        _fresh_folder(self.state / "tmp")
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and file
                [str(project.ministack_python()), str(Path(ministack_child.__file__))],
                env=environment(self.port, self.state),
                cwd=self.state,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop it in good order
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise EmulatorError(f"MiniStack ended at once:\n{self.log_tail()}")
            if answers(self.endpoint_url):
                return
            time.sleep(0.05)
        raise EmulatorError(f"MiniStack does not answer on {self.endpoint_url}: {self.log_file}")

    def wait(self) -> None:
        """Raises once MiniStack ends by itself, which it should not."""
        if self._process is not None:
            status = self._process.wait()
            raise EmulatorError(f"MiniStack ended by itself ({status}):\n{self.log_tail()}")

    def stop(self) -> None:
        """Returns when the state is written and nothing that was started is left."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        shutil.rmtree(self.state / "tmp", ignore_errors=True)
        self._held.close()

    def kill(self) -> None:
        """Ends it as a power cut does: what changed since the start is not written."""
        process, self._process = self._process, None
        if process is not None:
            _end_group(process.pid)
            _reap(process)
        self._held.close()

    def workers(self) -> list[int]:
        """Answers the process ids of the function workers that run now."""
        return _workers_of(self.pid)

    def log_tail(self) -> str:
        """Answers the last lines that MiniStack printed."""
        lines = self.log_file.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])


def environment(port: int, state: Path) -> dict[str, str]:
    """Answers the whole environment of MiniStack, and so of every function.

    EDGE_PORT rather than GATEWAY_PORT: MiniStack keys its queues by an address made of the
    latter, so that data of a run on one port would be lost to a run on another.
    """
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return inherited | {
        "EDGE_PORT": str(port),
        "BIND_HOST": HOST,
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(state / "tmp"),
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def _only_run_on(state: Path) -> Iterator[None]:
    """Holds the state's lock: two emulators on one folder would overwrite each other."""
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateInUseError(
                f"Orderbus already runs on {state}. Stop it with Ctrl-C where it runs, "
                "or give this run a folder of its own: make run STATE=.local-2"
            ) from error
        yield


def _fresh_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def answers(endpoint_url: str) -> bool:
    """Says whether a MiniStack answers there."""
    url = f"{endpoint_url}/_ministack/health"
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 -- our own http
            return bool(response.status == 200)  # noqa: PLR2004 -- HTTP's OK
    except (urllib.error.URLError, OSError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends MiniStack in good order; whatever remains of its group is killed."""
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=STOP_SECONDS)
    _end_group(process.pid)
    _reap(process)


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _end_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _workers_of(pid: int) -> list[int]:
    """Answers the children of MiniStack that run functions (Linux and macOS have `ps`)."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="],  # noqa: S607 -- ps lies in different places
        capture_output=True,
        text=True,
        check=True,
    )
    rows = (line.split(maxsplit=2) for line in listed.stdout.splitlines())
    return [
        int(row[0])
        for row in rows
        if len(row) == 3 and int(row[1]) == pid and WORKER_MARK in row[2]  # noqa: PLR2004
    ]
