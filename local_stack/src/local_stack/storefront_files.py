"""Which file an address of the storefront names: of the page, or of what the client publishes."""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
}
"""What is served at all; a file of another kind (a README) is not part of the page."""

INDEX = "index.html"


@dataclass(frozen=True)
class Content:
    """What is answered for an address."""

    body: bytes
    content_type: str


@dataclass(frozen=True)
class StorefrontFiles:
    """The page's folder, with the client's published files under `/client/`."""

    page: Path
    client: Path

    def find(self, path: str) -> Content | None:
        """Answers the content at an address's path; None where there is nothing to be had."""
        parts = _parts(path)
        if parts is None:
            return None
        root = self.page
        if parts[0] == "client":
            root, parts = self.client, parts[1:]
            if not _is_published(self.client, parts):
                return None
        return _read(root, parts)


def _parts(path: str) -> tuple[str, ...] | None:
    """Answers the names in a path; None for one that leaves the folder or names what is hidden."""
    decoded = unquote(path, errors="replace")
    names = (decoded + INDEX if decoded == "/" else decoded).removeprefix("/").split("/")
    if any(not name or name.startswith(".") for name in names):
        return None
    if any(character in decoded for character in "\\\0"):
        return None
    return tuple(names)


def _is_published(client: Path, parts: tuple[str, ...]) -> bool:
    """Whether npm would publish the file: the `files` of package.json, as names or patterns."""
    manifest = client / "package.json"
    if not parts or not manifest.is_file():
        return False
    published: list[str] = json.loads(manifest.read_text(encoding="utf-8")).get("files", [])
    file = PurePosixPath(*parts)
    folders_and_itself = [PurePosixPath(*parts[: end + 1]) for end in range(len(parts))]
    patterns = [pattern.removeprefix("./").removesuffix("/**").rstrip("/") for pattern in published]
    # A name stands for a whole folder; a pattern with wildcards only for what it matches.
    return any(
        PurePosixPath(pattern) in folders_and_itself or _matches(file, pattern)
        for pattern in patterns
    )


def _matches(file: PurePosixPath, pattern: str) -> bool:
    wanted = PurePosixPath(pattern)
    return len(file.parts) == len(wanted.parts) and file.match(pattern)


def _read(root: Path, parts: tuple[str, ...]) -> Content | None:
    file = root.joinpath(*parts)
    content_type = CONTENT_TYPES.get(file.suffix)
    # A link that leads out of the folder is no part of it.
    if content_type is None or not file.resolve().is_relative_to(root.resolve()):
        return None
    try:
        return Content(file.read_bytes(), content_type)
    except OSError:  # absent, a folder, a name that no file system takes
        return None
