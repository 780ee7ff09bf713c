"""Signing in: the file that says how, whom a sign-in names, and a header that only the proxy may set."""

from __future__ import annotations

import asyncio
import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from planner import DataError
from planner.catalogue.loading import REGISTER_VARIABLE
from planner.cli import serve, sign_in_settings
from planner.records.sign_in import (
    FROM_PROXY,
    Provider,
    Proxy,
    Visitor,
    account_of,
    in_force,
    put_in_force,
    read_sign_in,
)

PROVIDER = """
address = "https://planner.example.org"
[provider]
discovery = "https://login.example.org/.well-known/openid-configuration"
client_id = "nvq-planner"
client_secret = "of the tests, and never quoted"
"""

PROXY = """
address = "https://planner.example.org"
[proxy]
addresses = "127.0.0.1"
"""

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nobody_signs_in_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves no sign-in in force for the tests that follow."""
    monkeypatch.setattr("planner.records.sign_in._said", [])


def file(folder: Path, content: str) -> Path:
    path = folder / "sign-in.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_file_names_a_provider_or_a_proxy(tmp_path: Path) -> None:
    found = read_sign_in(file(tmp_path, PROVIDER))
    assert found.provider
    assert (found.host, found.provider.account, found.provider.hours) == ("planner.example.org", "email", 12)
    found = read_sign_in(file(tmp_path, PROXY))
    assert found.proxy
    assert (found.proxy.addresses, found.proxy.header) == (["127.0.0.1"], "X-Forwarded-Email")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('address = "https://planner.example.org"', "either [provider] or [proxy]"),
        (PROVIDER + "[proxy]\naddresses = '127.0.0.1'", "either [provider] or [proxy]"),
        (
            PROVIDER.replace("client_id", "client_ib"),
            "client_ib: this key is unknown; did you mean client_id?",
        ),
        (PROVIDER.replace("https://planner", "http://planner"), "must begin with https://"),
        (PROVIDER.replace("https://login", "http://login"), "must begin with https://"),
        (PROVIDER.replace("planner.example.org", "planner.example.org/x"), "the page has no path"),
        (PROVIDER.replace("https://planner.example.org", "planner"), "an address such as"),
        (PROVIDER.replace("https://planner.example.org", "https://a:b@planner"), "an address such as"),
        (PROVIDER + "hours = 0", "hours = '0': must be 1 or more"),
        (PROVIDER + "cookie_secret = 'short and quoted nowhere'", "at least 32 characters"),
        (PROXY.replace("127.0.0.1", "proxy.example.org"), "must be numeric addresses"),
        (PROXY.replace("127.0.0.1", "10.0.0.0/8"), "must be numeric addresses"),
        (PROXY + "header = 'X Forwarded'", "must be the name of a header"),
    ],
)
def test_what_cannot_be_is_told_and_no_secret_is(content: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_sign_in(file(tmp_path, content))
    assert told in str(error.value)
    assert "quoted" not in str(error.value)


def test_a_secret_that_is_no_text_is_not_quoted_either(tmp_path: Path) -> None:
    content = PROVIDER.replace('"of the tests, and never quoted"', "314159265")
    with pytest.raises(DataError) as error:
        read_sign_in(file(tmp_path, content))
    assert "must be a text in quotes" in str(error.value)
    assert "314159265" not in str(error.value)


# Whom a sign-in names


def claims(**more: Any) -> dict[str, Any]:
    return {
        "is_logged_in": True,
        "email": "Ada@Example.org ",
        "email_verified": True,
        "iat": NOW.timestamp() - 60,
        "sub": "ABC",
        **more,
    }


def named(more: dict[str, Any], **settings: Any) -> Visitor:
    whole = {"discovery": "https://x.example", "client_id": "x", "client_secret": "x", **settings}
    return Provider.model_validate(whole).visitor(claims(**more), NOW)


def test_a_sign_in_names_its_account() -> None:
    assert named({}) == Visitor("ada@example.org")
    assert named({}, account="sub") == Visitor("ABC")
    assert named({"is_logged_in": False}) == Visitor()
    assert named({"is_logged_in": "yes"}) == Visitor()


def test_an_address_that_nobody_has_verified_is_nobodys() -> None:
    wrong: tuple[object, ...] = (False, "false", None, "", 0, "yes")
    for said in wrong:
        assert "verified" in named({"email_verified": said}).refusal
        assert named({"email_verified": said}, unverified=True).account == "ada@example.org"
        assert named({"email_verified": said}, account="sub").account == "ABC"
    assert named({"email_verified": "true"}).account == "ada@example.org"


def test_a_sign_in_ends_after_its_hours() -> None:
    for hours in (1, 12):
        edge = NOW - timedelta(hours=hours)
        assert named({"iat": edge.timestamp()}, hours=hours).account
        late = named({"iat": edge.timestamp() - 1}, hours=hours)
        assert (late.account, f"after {hours} hours" in late.refusal) == ("", True)
    none: tuple[object, ...] = (None, "yesterday", [], float("-inf"))
    for said in none:
        assert not named({"iat": said}).account


def test_a_sign_in_without_the_claim_names_nobody() -> None:
    none: tuple[object, ...] = (None, "", "  ", 7, ["ada@example.org"])
    for said in none:
        found = named({"email": said})
        assert (found.account, "does not say who you are" in found.refusal) == ("", True)


def test_accounts_are_compared_so_that_nobody_becomes_another() -> None:
    assert account_of(" ADA@example.ORG ") == "ada@example.org"
    assert account_of("AbC1") == "AbC1"  # not an address: capital letters may tell two apart
    kelvin = "\u212aim@example.org"
    assert kelvin.lower() == "kim@example.org"
    assert account_of(kelvin) == kelvin


# The header of a proxy


def through(
    headers: list[tuple[bytes, bytes]], peer: str | None, **settings: Any
) -> list[tuple[bytes, bytes]]:
    """The headers that reach the page."""
    seen: list[list[tuple[bytes, bytes]]] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["headers"])

    proxy = Proxy.model_validate({"addresses": ["10.0.0.5", "::1"], **settings})
    guarded = sign_in_settings.named_by_the_proxy(app, proxy)
    kinds = ("http", "websocket")
    for kind in kinds:
        scope = {"type": kind, "headers": headers, "client": peer and (peer, 50_000)}
        asyncio.run(guarded(scope, None, None))  # type: ignore[arg-type]
    assert len(seen) == len(kinds)
    assert seen[0] == seen[1]
    return seen[0]


NAMED = (b"x-forwarded-email", b"ada@example.org")
OTHER = (b"x-forwarded-for", b"10.0.0.5")


def test_a_header_counts_from_the_proxy_alone() -> None:
    for peer in ("10.0.0.5", "::1", "::ffff:10.0.0.5"):
        assert through([NAMED, OTHER], peer) == [NAMED, OTHER]
    for other in ("10.0.0.6", "127.0.0.1", "::2", "", None, "10.0.0.5.example.org", "unix"):
        assert through([NAMED, OTHER], other) == [OTHER]


def test_two_headers_of_one_name_are_none() -> None:
    forged = (NAMED[0], b"mia@example.org")
    assert through([forged, NAMED, OTHER], "10.0.0.5") == [OTHER]
    assert through([OTHER], "10.0.0.5") == [OTHER]


def test_another_header_counts_where_the_file_names_it() -> None:
    mine = (b"remote-user", b"ada@example.org")
    assert through([mine, NAMED], "10.0.0.5", header="Remote-User") == [mine, NAMED]
    assert through([mine, NAMED], "10.0.0.6", header="Remote-User") == [NAMED]


def test_the_page_is_told_of_no_header_but_that_of_the_proxy(tmp_path: Path) -> None:
    with_proxy = read_sign_in(file(tmp_path, PROXY))
    with_provider = read_sign_in(file(tmp_path, PROVIDER))
    key = "server.trustedUserHeaders"
    assert sign_in_settings.settings_of(with_proxy) == {key: {"X-Forwarded-Email": FROM_PROXY}}
    assert sign_in_settings.settings_of(with_provider) == sign_in_settings.settings_of(None) == {key: {}}
    assert sign_in_settings.secrets_of(with_proxy) is sign_in_settings.secrets_of(None) is None


def test_a_cookie_is_signed_with_what_nobody_can_guess(tmp_path: Path) -> None:
    found = read_sign_in(file(tmp_path, PROVIDER))
    told = [sign_in_settings.secrets_of(found) for _ in range(2)]
    assert told[0]
    assert told[1]
    assert told[0]["auth"]["cookie_secret"] != told[1]["auth"]["cookie_secret"]
    assert told[0]["auth"]["redirect_uri"] == "https://planner.example.org/oauth2callback"
    kept = read_sign_in(file(tmp_path, PROVIDER + f"cookie_secret = '{'x' * 32}'"))
    assert (sign_in_settings.secrets_of(kept) or {})["auth"]["cookie_secret"] == "x" * 32


# The server


def test_a_page_that_others_reach_has_a_register_where_they_sign_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept, sign_in = str(tmp_path / "register.sqlite3"), file(tmp_path, PROVIDER)
    seen: list[tuple[str | None, bool, tuple[str, ...]]] = []

    def run(names: list[str], *_: Any) -> None:
        seen.append((os.environ.get(REGISTER_VARIABLE), in_force() is not None, tuple(names)))

    monkeypatch.setattr(serve, "_run", run)
    monkeypatch.setenv(REGISTER_VARIABLE, kept)
    for others in ([], ["other.example.org"]):
        serve.serve("600/5106/1", None, None, False, lambda _: None, others, sign_in=sign_in)
        assert seen.pop() == (kept, True, (*serve.LOOPBACK, *others, "planner.example.org"))
    serve.serve("600/5106/1", None, None, False, lambda _: None, ["other.example.org"])
    assert seen.pop() == (None, False, (*serve.LOOPBACK, "other.example.org"))


def test_without_its_library_one_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(DataError, match=r"pip install 'nvq-planner\[sign-in\]'"):
        sign_in_settings.check_installed(read_sign_in(file(tmp_path, PROVIDER)))
    sign_in_settings.check_installed(read_sign_in(file(tmp_path, PROXY)))


def test_only_the_server_says_that_people_sign_in() -> None:
    assert in_force() is None
    put_in_force(None)
    assert in_force() is None


# Back to the page that was asked for

HOME = "https://planner.example.org"


def answered(path: str, *headers: tuple[str, str], status: int = 302) -> list[tuple[str, str]]:
    """The headers with which a server answers that sends everybody on to its first page."""
    told: list[tuple[str, str]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"location", b"/")]})
        await send({"type": "http.response.body"})

    async def send(message: Any) -> None:
        told.extend((n.decode(), v.decode()) for n, v in message.get("headers", ()))

    scope = {"type": "http", "path": path, "headers": [(n.encode(), v.encode("latin-1")) for n, v in headers]}
    asyncio.run(sign_in_settings.brought_back(app, HOME)(scope, None, send))  # type: ignore[arg-type]
    return told


def came_back(*sent: tuple[str, str]) -> str:
    """Where a sign-in leads that was asked for with these headers."""
    cookies = [value for name, value in answered("/auth/login", *sent) if name == "set-cookie"]
    own = [("cookie", f"other=1; {cookie.partition(';')[0]}; more=2") for cookie in cookies]
    return dict(answered("/oauth2callback", *own))["location"]


@pytest.mark.parametrize("page", ["/audit", "/plan?pin=D/503/0352&goal=glh", "/assurance?part=claims", "/"])
def test_a_sign_in_leads_back_to_the_page_that_was_asked_for(page: str) -> None:
    assert came_back(("referer", HOME + page)) == page
    (cookie,) = [v for n, v in answered("/auth/login", ("referer", HOME + page)) if n == "set-cookie"]
    assert cookie.endswith("; Path=/oauth2callback; Max-Age=600; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize(
    "named",
    [
        "https://evil.example.org/audit",
        "https://planner.example.org.evil.example.org/audit",
        "https://evil.example.org/?https://planner.example.org/audit",
        HOME + "//evil.example.org",
        HOME + "/\\evil.example.org",
        HOME + "/a/b",
        HOME + "/audit?a=\r\nset-cookie: x",
        HOME + "/audit#x",
        HOME + "/audit?" + "a" * 2_001,
        HOME,
        "http://planner.example.org/audit",
        "javascript:alert(1)",
        "",
    ],
)
def test_no_sign_in_leads_anywhere_else(named: str) -> None:
    assert came_back(("referer", named)) == "/"
    forged = base64.urlsafe_b64encode(named.removeprefix(HOME).encode()).decode()
    told = answered("/oauth2callback", ("cookie", f"{sign_in_settings.ASKED}={forged}"))
    assert dict(told)["location"] == "/"


def test_what_is_no_cookie_of_ours_and_no_way_on_stays_as_it_is() -> None:
    assert came_back(("referer", f"{HOME}/audit"), ("referer", f"{HOME}/plan")) == "/"
    assert answered("/oauth2callback", ("cookie", f"{sign_in_settings.ASKED}=é!")) == [("location", "/")]
    assert answered("/audit", ("referer", f"{HOME}/plan")) == [("location", "/")]
    asked = base64.urlsafe_b64encode(b"/audit").decode()
    cookie = ("cookie", f"{sign_in_settings.ASKED}={asked}")
    assert answered("/oauth2callback", cookie, status=400) == [("location", "/")]
    location, gone = answered("/oauth2callback", cookie)
    assert location == ("location", "/audit")
    assert f"{sign_in_settings.ASKED}=; Path=/oauth2callback; Max-Age=0" in gone[1]
