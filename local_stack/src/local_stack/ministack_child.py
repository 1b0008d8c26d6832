"""Runs MiniStack in this process and ends it when the parent goes away.

Started by `local_stack.emulator` with MiniStack's own interpreter, which knows nothing of this
project: only the standard library and MiniStack are imported here. Standard input is a pipe that
nobody writes to; its end of file means that the parent is gone, however it died.
"""

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """Asks this process to save its state and stop once the parent is gone."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def end_own_workers() -> None:
    """Ends the function workers, which share this process group."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, name="parent-watch", daemon=True).start()
    sys.argv = ["ministack"]
    from ministack.app import main  # type: ignore[import-not-found]

    try:
        main()
    finally:
        end_own_workers()
