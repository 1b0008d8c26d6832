"""Zips whose bytes depend on nothing but the files' names and contents."""

import hashlib
import io
import stat
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can name."""

FAST = 1
"""The compression level: a local upload gains nothing from a better one."""


def zip_folder(folder: Path) -> bytes:
    """Answers the folder as a zip; the same files always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:
        for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
            if path.is_file():
                archive.writestr(
                    _entry(path, folder), path.read_bytes(), zipfile.ZIP_DEFLATED, FAST
                )
    return buffer.getvalue()


def _entry(path: Path, folder: Path) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
    executable = path.stat().st_mode & stat.S_IXUSR
    entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    entry.create_system = 3  # Unix, wherever it is built
    return entry


def digest(content: bytes) -> str:
    """Answers a name for the content that only equal content has."""
    return hashlib.sha256(content).hexdigest()
