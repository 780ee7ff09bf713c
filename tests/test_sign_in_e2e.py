"""Signing in with a provider and at a proxy, in a real Chromium: who gets in, who does not, and who no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from planner import Portfolio, Qualification
from planner.records.portfolios import Details, Entry
from planner.register import Register
from tests.browser import served, settled, to_place
from tests.oidc import FAULTS, Provider, provider
from tests.registers import ADA
from tests.signed_in import WIDE, at_the_door, go_in, opened, relay, sign_in, with_provider

ADAS, BOBS = "ada@example.org", "bob@example.org"


def peopled(address: str, real: Qualification) -> Register:
    """A register with a manager and an assessor, each with an account, and a learner of the assessor."""
    found = Register(address)
    unit = next(iter(real.by_ref))
    entries = (Entry(unit, "submitted", "E1"),)
    found.save(ADA, real, [Portfolio(f"L{n}", entries, details=Details(assessor=who)) for n, who in LEARNERS])
    found.add_person(ADA, "Ada Example", ["manager"], ADAS)
    found.add_person(ADA, "Bob Example", ["assessor"], BOBS)
    return found


LEARNERS = ((1, "Bob Example"), (2, "Cal Example"), (3, "Cal Example"))


@pytest.fixture(scope="module")
def login() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(autouse=True)
def sound(request: pytest.FixtureRequest) -> Iterator[None]:
    """Mends the provider after each test."""
    yield
    if "login" in request.fixturenames:
        found = request.getfixturevalue("login")
        found.fault, found.claims = "", {"email_verified": True}


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory, real: Qualification) -> Register:
    return peopled(str(tmp_path_factory.mktemp("register") / "register.sqlite3"), real)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, login: Provider, register: Register) -> Iterator[str]:
    with with_provider(tmp_path_factory.mktemp("page"), register.storage.address, login) as address:
        yield address


def test_who_is_not_signed_in_sees_the_door_alone(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
    for path in ("/", "/audit", "/centre", "/assurance", "/plan"):
        page = opened(context, url + path)
        at_the_door(page)
        page.close()
    context.close()


def test_somebody_signs_in_sees_their_own_and_signs_out(browser: Browser, url: str) -> None:
    page = sign_in(browser, url, BOBS.upper())
    expect(page.get_by_text("Signed in as Bob Example (assessor)")).to_be_visible()
    expect(page.get_by_role("button", name="Continue: 1 learner, saved today")).to_be_visible()
    to_place(page, "Learners")
    settled(page, "Are the rules met?")
    expect(page.get_by_text("Who you are")).to_have_count(0)
    page.get_by_role("button", name="Learners of the register (1)").click()
    expect(page.get_by_role("heading", name="The verdict on L1")).to_be_visible()
    other = opened(page.context, f"{url}/audit")
    expect(other.get_by_text("Signed in as Bob Example (assessor)")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    at_the_door(page)
    other.get_by_role("button", name="Learners of the register (1)").click()
    at_the_door(other)  # Streamlit would leave it signed in
    go_in(page, BOBS)  # the same person again, in another sign-in
    expect(page.get_by_text("Signed in as Bob Example (assessor)")).to_be_visible()
    page.context.close()


def test_a_sign_in_leads_back_to_what_was_asked_for(browser: Browser, url: str) -> None:
    asked = f"{url}/assurance?part=claims"
    page = opened(browser.new_context(viewport=WIDE), asked)  # type: ignore[arg-type]
    at_the_door(page)
    go_in(page, BOBS)
    expect(page.get_by_role("heading", name="Who can be claimed?")).to_be_visible()
    assert page.url == asked
    page.context.close()


def test_whom_the_register_does_not_know_gets_nothing_but_a_sentence(browser: Browser, url: str) -> None:
    page = sign_in(browser, url, "eve@example.org")
    expect(page.get_by_text("the register does not know whose account that is")).to_be_visible()
    expect(page.get_by_test_id("stHeader").get_by_role("link")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    at_the_door(page)
    go_in(page, ADAS)
    expect(page.get_by_text("Signed in as Ada Example (manager)")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_that_is_wrong_lets_nobody_in(
    fault: str, browser: Browser, url: str, login: Provider
) -> None:
    login.fault = fault
    login.asked.clear()
    page = sign_in(browser, url, ADAS)
    assert "/token" in login.asked
    at_the_door(page)
    page.context.close()


def test_an_address_that_is_not_verified_lets_nobody_in(browser: Browser, url: str, login: Provider) -> None:
    login.claims = {"email_verified": False}
    page = sign_in(browser, url, ADAS)
    expect(page.get_by_text("does not say that your e-mail address is verified")).to_be_visible()
    at_the_door(page)
    page.context.close()


@pytest.mark.long
def test_a_cookie_that_was_changed_or_is_of_another_server_lets_nobody_in(
    browser: Browser, url: str, login: Provider, register: Register, tmp_path: Path
) -> None:
    page = sign_in(browser, url, ADAS)
    (cookie,) = [c for c in page.context.cookies() if c["name"] == "_streamlit_user"]
    value = cookie["value"]
    page.context.close()
    with with_provider(tmp_path, register.storage.address, login) as another:
        for address, told in ((url, f"{value[:-4]}AAAA"), (url, f"A{value[1:]}"), (another, value)):
            context = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
            context.add_cookies([{"name": cookie["name"], "value": told, "url": address}])
            at_the_door(opened(context, address))
            context.close()
    context = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
    context.add_cookies([{"name": cookie["name"], "value": value, "url": url}])
    expect(opened(context, url).get_by_text("Signed in as Ada Example (manager)")).to_be_visible()
    context.close()


def test_a_role_that_is_taken_away_ends_with_the_next_click(
    browser: Browser, url: str, register: Register
) -> None:
    page = sign_in(browser, f"{url}/audit", BOBS)
    to_place(page, "Learners")
    page.get_by_role("button", name="Learners of the register (1)").click()
    expect(page.get_by_role("heading", name="The verdict on L1")).to_be_visible()
    settled(page)
    register.add_person(ADA, "Bob Example", ["EQA"])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("What you may do has changed, so what was open here is closed.")).to_be_visible()
    expect(page.get_by_role("heading", name="The verdict on L1")).to_have_count(0)
    everybodys = page.get_by_role("button", name="Learners of the register (3)")
    expect(everybodys).to_be_visible()
    settled(page)  # drawn before the next role goes, else nothing to click is drawn any more
    register.add_person(ADA, "Bob Example", [])
    everybodys.click()
    expect(page.get_by_text("may not do anything here: a manager can change that")).to_be_visible()
    expect(page.get_by_test_id("stHeader").get_by_role("link")).to_have_count(0)
    register.add_person(ADA, "Bob Example", ["assessor"])
    page.context.close()


def test_a_file_that_is_offered_is_not_made_for_who_may_not_have_it_any_more(
    browser: Browser, url: str, register: Register
) -> None:
    page = sign_in(browser, url, BOBS)
    to_place(page, "Delivery")
    page.get_by_role("button", name="Learners of the register (1)").click()
    button = page.get_by_role("button", name="Download as CSV")
    expect(button).to_be_visible()
    settled(page)
    with page.expect_download() as got:
        button.click()
    assert "L1" in got.value.path().read_text(encoding="utf-8-sig")
    register.add_person(ADA, "Bob Example", [])
    downloads: list[object] = []
    page.on("download", lambda found: downloads.append(found))
    button.click()
    page.get_by_role("link", name="Start", exact=True).click()
    expect(page.get_by_text("may not do anything here")).to_be_visible()
    assert downloads == []
    register.add_person(ADA, "Bob Example", ["assessor"])
    page.context.close()


# At a proxy


@pytest.mark.long
def test_a_header_names_somebody_where_the_proxy_set_it_and_nowhere_else(
    browser: Browser, register: Register, tmp_path: Path
) -> None:
    file = tmp_path / "sign-in.toml"

    def write(port: int) -> None:
        file.write_text("address = 'http://127.0.0.1'\n[proxy]\naddresses = '127.0.0.2'\n")

    named, forged = f"X-Forwarded-Email: {BOBS}", f"X-Forwarded-Email: {ADAS}"
    from_proxy = "X-Forwarded-For: 127.0.0.2"
    known = "Signed in as Bob Example (assessor)"
    nobody = "the proxy before this page has named nobody"
    cases: tuple[tuple[str, tuple[str, ...], str], ...] = (
        ("127.0.0.2", (named,), known),
        ("127.0.0.2", (named, "X-Forwarded-For: 203.0.113.7"), known),
        ("127.0.0.2", (), nobody),
        ("127.0.0.2", (forged, named), nobody),
        ("127.0.0.2", ("X-Forwarded-User: ada", f"Remote-User: {ADAS}"), nobody),
        ("127.0.0.2", ("X-Forwarded-Email: eve@example.org",), "does not know whose account that is"),
        ("127.0.0.1", (forged,), nobody),
        ("127.0.0.3", (forged,), nobody),
        ("127.0.0.1", (forged, from_proxy), nobody),
        ("127.0.0.3", (forged, from_proxy, "X-Real-IP: 127.0.0.2", "Forwarded: for=127.0.0.2"), nobody),
    )
    with served(
        tmp_path, "--register", register.storage.address, "--sign-in", str(file), before=write
    ) as address:
        port = int(address.rpartition(":")[2])
        for comes_from, headers, told in cases:
            with relay(port, comes_from, *headers) as way:
                page = opened(browser.new_context(viewport=WIDE), way)  # type: ignore[arg-type]
                settled(page)
                expect(page.get_by_text(told), f"{comes_from} {headers}").to_be_visible()
                page.context.close()
