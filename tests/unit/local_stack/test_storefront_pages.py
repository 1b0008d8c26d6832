"""The storefront's pages as they are served: whole, and within their own security policy."""

import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from local_stack import project
from local_stack.storefront_files import StorefrontFiles

PAGE = project.ROOT / "storefront"
FILES = StorefrontFiles(page=PAGE, client=project.ROOT / "clients" / "js")
PAGES = sorted(PAGE.glob("*.html"))
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")
CSS_URL = re.compile(r"""url\(\s*["']?(?!["']?data:)([^"')]+)""")


class Page(HTMLParser):
    """What a page refers to, and what of it the policy would forbid."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.references: list[str] = []
        self.forbidden: list[str] = []
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self.forbidden.append(tag)
        self.forbidden += [name for name in attributes if name == "style" or name.startswith("on")]
        self.references += [value for name, value in attrs if name in {"src", "href"} and value]


def _resolved(path: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), reference.partition("#")[0]))


def _missing(paths: list[str]) -> list[str]:
    return [path for path in paths if FILES.find(path) is None]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_a_page_needs_nothing_inline_and_nothing_from_elsewhere(file: Path) -> None:
    page = Page(file)

    assert page.forbidden == []
    assert [reference for reference in page.references if ":" in reference] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_whatever_a_page_refers_to_is_served(file: Path) -> None:
    paths = [_resolved("/", ref) for ref in Page(file).references if not ref.startswith("#")]

    assert len(paths) > 5
    assert _missing(paths) == []


def test_whatever_the_scripts_import_is_served_down_to_the_client() -> None:
    seen: set[str] = set()
    found = [f"/scripts/{file.name}" for file in PAGE.glob("scripts/*.js")]
    while found:
        path = found.pop()
        content = FILES.find(path)
        assert content is not None, path
        seen.add(path)
        imported = {_resolved(path, ref) for ref in IMPORT.findall(content.body.decode())}
        found += imported - seen - set(found)

    assert "/client/index.js" in seen
    assert any(path.startswith("/client/src/") for path in seen)


def test_whatever_the_style_sheets_and_pictures_name_is_served() -> None:
    named = [
        _resolved(f"/style/{file.name}", reference)
        for file in PAGE.glob("style/*.css")
        for reference in CSS_URL.findall(file.read_text())
    ]
    art = re.findall(r'"([a-z]+)",\n', (PAGE / "scripts" / "art.js").read_text())

    assert len(art) > 5
    assert _missing(named + [f"/art/{name}.svg" for name in [*art, "parcel"]]) == []


def test_every_text_that_a_page_names_is_there_to_translate() -> None:
    texts = (PAGE / "scripts" / "texts.js").read_text()
    named = {
        key
        for file in PAGES
        for key in re.findall(r'data-(?:text|label)="[\w.]*?(\w+)"', file.read_text())
    }

    assert {key for key in named if not re.search(rf"\b{key}:\s", texts)} == set()
