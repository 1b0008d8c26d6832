"""The layer as the local functions get it: a zip that points to a folder.

MiniStack unzips a function's layers anew for every worker that it starts, in its own process: with
the real content that is most of a cold start and holds up every other request meanwhile. The
folder is named by what it was built from, so that a published layer version stays what it was.
"""

import os
import shutil
import tempfile
from pathlib import Path

from local_stack.zips import zip_folder

POINTER = "python/lib/python3/site-packages/orderbus.pth"


class HostLayers:
    """The layers' folders of one state."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "layers"
        self._used: set[str] = set()

    def pointer(self, built: Path, name: str) -> bytes:
        """Answers the zip to publish in place of the built layer, whose content it keeps."""
        self._used.add(name)
        kept = self._folder / name
        if not kept.exists():
            self._keep(built, kept)
        return pointer_zip(kept / "python")

    def _keep(self, built: Path, kept: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=self._folder, prefix="partial-"))
        shutil.copytree(built, partial, copy_function=_link, dirs_exist_ok=True)
        partial.rename(kept)

    def forget_others(self) -> None:
        """Deletes the layers of earlier deployments."""
        for folder in self._folder.iterdir():
            if folder.name not in self._used:
                shutil.rmtree(folder, ignore_errors=True)


def pointer_zip(packages: Path) -> bytes:
    """Answers a layer that puts the folder first on the path of Python.

    A `.pth` line that begins with `import` is run: only so does the folder come before MiniStack's
    own site-packages, as a layer's content does.
    """
    with tempfile.TemporaryDirectory() as folder:
        pointer = Path(folder) / POINTER
        pointer.parent.mkdir(parents=True)
        pointer.write_text(f"import sys; sys.path.insert(0, {str(packages)!r})\n")
        return zip_folder(Path(folder))


def _link(source: str, target: str) -> None:
    """Hard-links a file, or copies it where the file systems differ."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
