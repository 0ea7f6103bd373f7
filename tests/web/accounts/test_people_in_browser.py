"""People in a browser: the first admin by keyboard, a session that ends, waiting, WCAG in every language."""

import os
import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.browser import FLAGS, PATIENCE_MS, axe_violations, installed
from tests.listening import listening
from tests.web.accounts.signing_in import OWN, PASSWORD, App, accounts_of, application, person, stopped
from tests.web.test_accessibility import RULES, TOO_WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def app(both, tmp_path):
    return application(both, tmp_path)


@pytest.fixture
def address(app):
    with listening(app) as base:
        yield base


def typed(page, *texts):
    """Type a text into each field in turn, beginning where the page puts the focus, and send: no mouse."""
    page.locator("input:focus").wait_for()  # a browser gives it when it first lays out, maybe after the load
    for turn, text in enumerate(texts):
        if turn:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    with page.expect_navigation(timeout=PATIENCE_MS):
        page.keyboard.press("Enter")


def heading(page):
    return page.locator("h1").inner_text()


@pytest.mark.capability("The first admin begins by keyboard alone", page="serving")
def test_first_admin_begins_and_comes_back_by_keyboard_alone(page, app, address):
    accounts = accounts_of(app)
    token = accounts.opened().store.new_link(None, accounts.now)
    page.goto(f"{address}/account/en/start/?link={token}")
    typed(page, "ada", PASSWORD, PASSWORD)
    assert heading(page) == "A second factor"
    page.wait_for_function("() => document.querySelector('.qr').naturalWidth > 0")
    phone = App(page.locator(".key code").inner_text())
    phone.now -= 30
    typed(page, phone.code())
    expect(page.locator(".codes li")).to_have_count(8)
    page.goto(f"{address}/account/en/people/")
    assert heading(page) == "People"
    page.context.clear_cookies()
    page.goto(f"{address}/{OWN}/desk/en/")
    assert heading(page) == "Sign in"  # led there, and back
    typed(page, "ada", PASSWORD)
    typed(page, phone.code())
    page.wait_for_url(re.compile(rf"/{OWN}/desk/en/"))


@pytest.mark.capability("Admins let people in and end their sessions", page="accounts")
def test_admin_lets_somebody_in_and_ends_their_session(page, app, address, browser):
    admin = person(app, "ada", ["admin"])
    let_in(page.context, app, address, admin)
    page.goto(f"{address}/account/en/people/")
    form = page.locator("form[action$='/people/add']")
    form.locator("[name=name]").fill("eve")
    form.locator("[value=coordinator]").check()
    form.locator("[name=areas]").fill(OWN)
    form.locator("button").click()
    link = page.locator("#link").inner_text()
    other = browser.new_context().new_page()
    other.goto(link)
    typed(other, PASSWORD, PASSWORD)
    phone = App(other.locator(".key code").inner_text())
    phone.now -= 30
    typed(other, phone.code())
    assert other.goto(f"{address}/{OWN}/desk/en/").status == 200
    page.goto(f"{address}/account/en/people/")
    page.locator("summary", has_text="eve").click()
    with page.expect_navigation():  # the page before is loaded, too
        page.locator("form[action$='/eve/end'] button").last.click()
    other.goto(f"{address}/{OWN}/desk/en/")
    assert other.url == f"{address}/account/en/enter/?next={OWN}/desk/en/"
    other.context.close()


def test_wrong_passwords_make_the_next_wait_and_the_page_says_so(page, app, address):
    person(app, "ada", ["viewer"])
    stopped(app)
    page.goto(f"{address}/account/en/enter/")
    for _ in range(6):
        page.locator("[name=name]").fill("ada")
        page.locator("[name=password]").fill("a wrong password")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert "Too many attempts. Try again in" in page.locator("[role=alert]").inner_text()


@pytest.fixture
def page_of_localhost(browser):
    """Give a page that reaches this machine by its name, too: passkeys are of names, not of addresses."""
    kind = browser.browser_type
    flags = [flag for flag in FLAGS if "host-resolver" not in flag]
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
    path = installed(SimpleNamespace(chromium=kind))
    running = kind.launch(executable_path=path, args=[*flags, rules], chromium_sandbox=os.geteuid() != 0)
    yield running.new_page()
    running.close()


@pytest.mark.capability("Passkeys", page="accounts")
def test_a_passkey_is_added_and_opens_the_account(page_of_localhost, app, address):
    page, account = page_of_localhost, person(app, "ada", ["coordinator"])
    address = address.replace("127.0.0.1", "localhost")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    let_in(page.context, app, address, account)
    page.goto(f"{address}/account/en/")
    form = page.locator("#add-passkey")
    form.locator("[name=code]").fill("000000")
    form.locator("button").click()
    page.get_by_text("This code is not right, or was used before.").wait_for()
    form.locator("[name=code]").fill(codes_of(app, account).code())
    form.locator("button").click()
    page.locator("form[action='passkeys/remove']").wait_for()
    page.context.clear_cookies()
    page.goto(f"{address}/account/en/enter/?next={OWN}/desk/")
    page.locator("#passkey").click()
    page.wait_for_url(re.compile(rf"/{OWN}/desk/en/"))


def codes_of(app, account):
    """Return the authenticator app of an account."""
    phone = App(accounts_of(app).opened().credentials.secret_in_letters(account.tf_totp_secret))
    phone.now -= 30
    return phone


def let_in(context, app, address, account):
    accounts = accounts_of(app)
    token = accounts.opened().sessions.begin(account.id, "full", "127.0.0.1", "test", accounts.now)
    context.add_cookies([{"name": "baqylau-account", "value": token, "url": address}])


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_pages_of_accounts_break_no_rule_of_wcag_and_scroll_nowhere_sideways(page, app, address, code):
    account = person(app, "ada", ["admin", "coordinator"])
    accounts = accounts_of(app)
    token = accounts.opened().store.new_link(account, accounts.now)
    pages = [f"enter/?next={OWN}/desk/", f"start/?link={token}", "start/?link=x", "people/"]
    problems = {}
    for part in (*pages, "", "people/"):
        if part == "":
            let_in(page.context, app, address, account)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{address}/account/{code}/{part}")
        for summary in page.locator("summary").all():
            summary.click()
        problems[part, "light"] = axe_violations(page, rules=RULES)
        page.emulate_media(color_scheme="dark")
        problems[part, "dark"] = axe_violations(page, rules=("color-contrast", "link-in-text-block"))
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 640})
        problems[part, "narrow"] = page.evaluate(TOO_WIDE)
    assert {state: broken for state, broken in problems.items() if broken} == {}
