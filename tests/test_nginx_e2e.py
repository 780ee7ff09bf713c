"""The lines for nginx that the documents give, in Debian's nginx before the page, with a stand-in for oauth2-proxy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from planner import Qualification
from tests.browser import free_port, served, settled
from tests.signed_in import WIDE, opened
from tests.test_sign_in_e2e import ADAS, BOBS, peopled

ROOT = Path(__file__).parent.parent
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(
    NGINX is None and os.environ.get("CI") != "true", reason="nginx is not installed (Debian: nginx-light)"
)


class StandIn(BaseHTTPRequestHandler):
    """Says yes to whoever has the cookie, with the account as oauth2-proxy names it, and no to others."""

    def do_GET(self) -> None:
        who = re.search(r"who=([\w@.]+)", self.headers.get("Cookie", ""))
        asked = self.path == "/oauth2/auth"
        self.send_response(202 if asked and who else 401 if asked else 200)
        if asked and who:
            self.send_header("X-Auth-Request-Email", who[1])
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if not asked:
            self.wfile.write(b"<h1>The sign-in of the proxy</h1>")

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def stand_in() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def site(port: int, page: int, proxy: int) -> str:
    """The file that ships with the lines for a sign-in: on loopback, without a certificate, on these ports."""
    document = (ROOT / "docs" / "running.md").read_text(encoding="utf-8").partition("## Sign-in")[2]
    guard, asking, naming = re.findall(r"```nginx\n(.*?)```", document, re.S)[:3]
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    text, first = re.subn(r"server \{\n    listen 80;.*?\n\}\n", "", text, flags=re.S)
    text, listens = re.subn(r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};", text)
    text, gone = re.subn(r" *(?:listen \[::\]:443|ssl_|access_log).*\n", "", text)
    text, pages = re.subn(r"server 127\.0\.0\.1:8501;", f"server 127.0.0.1:{page};", text)
    text, places = re.subn(r"( *location / \{\n)", lambda found: f"{guard}{found[0]}{asking}{naming}", text)
    text, proxies = re.subn(r"127\.0\.0\.1:4180", f"127.0.0.1:{proxy}", text)
    assert (first, listens, gone, pages, places, proxies) == (1, 1, 5, 1, 1, 2)
    return text.replace("planner.example.org", "127.0.0.1").replace("; Secure;", ";")


@contextmanager
def before(folder: Path, text: str) -> Iterator[None]:
    """A server of nginx with a site."""
    assert NGINX is not None, "nginx is not installed (Debian: nginx-light)"
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; {places}\n{text}\n}}\n"
    )
    told = subprocess.run([NGINX, "-t", "-c", str(file)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    running = subprocess.Popen([NGINX, "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(timeout=30)


@pytest.fixture
def url(tmp_path: Path, real: Qualification) -> Iterator[str]:
    """The address of nginx, before a page that believes its header."""
    register = peopled(str(tmp_path / "register.sqlite3"), real)
    file = tmp_path / "sign-in.toml"
    with ExitStack() as stack:
        port, proxy = stack.enter_context(free_port()), stack.enter_context(stand_in())
        file.write_text(f"address = 'http://127.0.0.1:{port}'\n[proxy]\naddresses = '127.0.0.1'\n")
        page = stack.enter_context(
            served(tmp_path, "--register", register.storage.address, "--sign-in", str(file))
        )
        stack.enter_context(before(tmp_path, site(port, int(page.rpartition(":")[2]), proxy)))
        yield f"http://127.0.0.1:{port}"


def as_somebody(browser: Browser, url: str, account: str, **more: object) -> Page:
    context = browser.new_context(viewport=WIDE, **more)  # type: ignore[arg-type]
    if account:
        context.add_cookies([{"name": "who", "value": account, "url": url}])
    return opened(context, f"{url}/audit")


@pytest.mark.long
def test_the_lines_of_the_documents_sign_people_in(browser: Browser, url: str) -> None:
    stranger = as_somebody(browser, url, "")
    expect(stranger.get_by_role("heading", name="The sign-in of the proxy")).to_be_visible()
    pretender = as_somebody(browser, url, "", extra_http_headers={"X-Forwarded-Email": ADAS})
    expect(pretender.get_by_role("heading", name="The sign-in of the proxy")).to_be_visible()
    bob = as_somebody(browser, url, BOBS, extra_http_headers={"X-Forwarded-Email": ADAS})
    settled(bob, "Learners")
    expect(bob.get_by_text("Signed in as Bob Example (assessor)")).to_be_visible()
    bob.get_by_role("button", name="Learners of the register (1)").click()
    expect(bob.get_by_role("heading", name="The verdict on L1")).to_be_visible()
    answer = bob.request.get(f"{url}/audit")
    assert answer.headers["referrer-policy"] == "same-origin"
    unknown = as_somebody(browser, url, "eve@example.org")
    expect(unknown.get_by_text("the register does not know whose account that is")).to_be_visible()
