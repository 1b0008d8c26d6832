"""Real requests to the server of the storefront's page."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_stack import gateway_port
from local_stack.storefront_files import StorefrontFiles
from local_stack.storefront_server import StorefrontServer

API = "http://127.0.0.1:4600/_aws/execute-api/abc/$default"
WEBSOCKET = "ws://127.0.0.1:4601/_aws/execute-api/def/live"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page, client = tmp_path / "page", tmp_path / "client"
    written = {
        page / "index.html": "<!doctype html>",
        page / "scripts" / "shop.js": "export {};",
        page / "style" / "shop.css": "body {}",
        page / "art" / "tea.svg": "<svg/>",
        page / "README.md": "# For developers",
        page / "biome.json": "{}",
        page / ".editor" / "notes.css": "{}",
        client / "package.json": json.dumps({"files": ["index.js", "./src/", "*.map"]}),
        client / "index.js": "export {};",
        client / "index.js.map": "{}",
        client / "src" / "deep" / "tracking.js": "export {};",
        client / "tests" / "index.js": "unpublished",
        client / "node_modules" / "other" / "index.js": "unpublished",
        client / "build.js": "unpublished",
        tmp_path / "secret.txt": "secret",
    }
    for file, text in written.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[StorefrontServer]:
    files = StorefrontFiles(page=folder / "page", client=folder / "client")
    server = StorefrontServer(gateway_port.any_free_port(), files)
    server.start(API, WEBSOCKET)
    yield server
    server.stop()


def _ask(
    server: StorefrontServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://").rstrip("/"))
    try:
        # As it stands: a client that tidies the address would hide a traversal.
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, names, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/index.html?from=mail", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/scripts/shop.js", "text/javascript; charset=utf-8", b"export {};"),
        ("/style/shop.css", "text/css; charset=utf-8", b"body {}"),
        ("/art/tea.svg", "image/svg+xml", b"<svg/>"),
        ("/client/index.js", "text/javascript; charset=utf-8", b"export {};"),
        ("/client/index.js.map", "application/json", b"{}"),
        ("/client/src/deep/tracking.js", "text/javascript; charset=utf-8", b"export {};"),
    ],
)
def test_a_file_comes_with_its_type(
    server: StorefrontServer, path: str, content_type: str, body: bytes
) -> None:
    status, headers, answered = _ask(server, path)

    assert (status, headers["content-type"], answered) == (200, content_type, body)
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/scripts/..%2f..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/client/../page/index.html",
        "/client/src/../../secret.txt",
        "//secret.txt",
        "/secret.txt%00.js",
        "/" + "a" * 5000 + ".js",
        "*",
    ],
)
def test_no_address_leads_out_of_the_folder(server: StorefrontServer, path: str) -> None:
    assert _ask(server, path)[0] == 404


def test_no_link_leads_out_of_the_folder(server: StorefrontServer, folder: Path) -> None:
    (folder / "page" / "linked.txt").symlink_to(folder / "secret.txt")

    assert _ask(server, "/linked.txt")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/scripts",
        "/scripts/",
        "/README.md",
        "/.editor/notes.css",
        "/biome.json",
        "/absent.js",
        "/client",
        "/client/",
    ],
)
def test_folders_notes_settings_and_hidden_files_are_no_part_of_the_page(
    server: StorefrontServer, path: str
) -> None:
    assert _ask(server, path)[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/client/package.json",
        "/client/build.js",
        "/client/tests/index.js",
        "/client/tests/index.js.map",
        "/client/node_modules/other/index.js",
    ],
)
def test_what_the_client_does_not_publish_is_not_served(
    server: StorefrontServer, path: str
) -> None:
    assert _ask(server, path)[0] == 404


def test_without_the_client_the_page_is_still_served(
    server: StorefrontServer, folder: Path
) -> None:
    (folder / "client" / "package.json").unlink()

    assert _ask(server, "/client/index.js")[0] == 404
    assert _ask(server, "/")[0] == 200


def test_the_page_is_told_where_the_api_is(server: StorefrontServer) -> None:
    status, headers, body = _ask(server, "/config.json")

    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"api_url": API, "websocket_url": WEBSOCKET}


@pytest.mark.parametrize("path", ["/", "/config.json", "/absent"])
def test_every_answer_confines_the_page_to_what_is_ours_and_the_api(
    server: StorefrontServer, path: str
) -> None:
    headers = _ask(server, path, Origin="http://elsewhere.example")[1]

    policy = dict(
        directive.split(" ", 1) for directive in headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' http://127.0.0.1:4600 ws://127.0.0.1:4601"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_a_browser_asks_again_each_time_and_gets_only_what_is_new(
    server: StorefrontServer, folder: Path
) -> None:
    _, headers, _ = _ask(server, "/scripts/shop.js")
    tag = headers["etag"]
    assert headers["cache-control"] == "no-cache"

    again = _ask(server, "/scripts/shop.js", If_None_Match=f'"other", W/{tag}')
    assert (again[0], again[1]["etag"], again[2]) == (304, tag, b"")

    (folder / "page" / "scripts" / "shop.js").write_text("export default 1;")
    changed = _ask(server, "/scripts/shop.js", If_None_Match=tag)
    assert (changed[0], changed[2]) == (200, b"export default 1;")
    assert changed[1]["etag"] != tag


def test_a_head_request_gets_the_headers_alone(server: StorefrontServer) -> None:
    _, of_get, body = _ask(server, "/")
    status, of_head, nothing = _ask(server, "/", "HEAD")

    assert (status, nothing) == (200, b"")
    assert of_head["content-length"] == of_get["content-length"] == str(len(body))
    assert of_head["etag"] == of_get["etag"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_written(server: StorefrontServer, method: str) -> None:
    status, headers, _ = _ask(server, "/index.html", method)

    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_it_takes_the_port_next_to_the_gateways() -> None:
    port = _two_free_ports()
    server = StorefrontServer(port)
    server.start(API, WEBSOCKET)
    try:
        assert server.url == f"http://127.0.0.1:{port + 1}/"
    finally:
        server.stop()


def test_it_takes_another_port_when_that_is_in_use(server: StorefrontServer) -> None:
    taken = int(server.url.rstrip("/").rpartition(":")[2])
    second = StorefrontServer(taken - 1)
    second.start(API, WEBSOCKET)
    try:
        assert second.url != server.url
        assert _ask(second, "/config.json")[0] == 200
    finally:
        second.stop()


def test_its_address_is_certain_before_it_serves_and_who_comes_early_waits() -> None:
    early = StorefrontServer(_two_free_ports())
    url = early.take_port()
    taken = int(url.rstrip("/").rpartition(":")[2])
    late = StorefrontServer(taken - 1)
    try:
        assert late.take_port() != url
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(_ask, early, "/config.json")
            early.start(API, WEBSOCKET)
            assert answer.result()[0] == 200
        assert early.url == url
    finally:
        early.stop()
        late.stop()


def test_a_port_that_was_taken_is_free_again_although_nothing_was_served() -> None:
    server = StorefrontServer(_two_free_ports())
    taken = int(server.take_port().rstrip("/").rpartition(":")[2])
    server.stop()
    assert gateway_port.is_free(taken)


def test_it_stops_at_once_and_comes_back_at_its_address(server: StorefrontServer) -> None:
    url = server.url
    with socket.create_connection(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2]))):
        started = time.monotonic()
        server.stop()  # although a browser keeps its connection
        assert time.monotonic() - started < 1
    with pytest.raises(ConnectionRefusedError):
        _ask(server, "/")

    server.start(API, WEBSOCKET)
    server.start(API, WEBSOCKET)  # a stack that was killed starts again with its page still served

    assert server.url == url
    assert _ask(server, "/")[0] == 200


def _two_free_ports() -> int:
    """Answers a free port whose neighbour is free too."""
    while True:
        port = gateway_port.any_free_port()
        if port < 65535 and gateway_port.is_free(port + 1):
            return port
