"""Signing in: the one-time link, the second factor, waiting after wrong ones, sessions and their end."""

import html
import re

import pytest

import web
from geo.model.errors import BaqylauError
from geo.serving.missions import Missions
from tests.web.accounts.signing_in import (
    KEY,
    OURS,
    OWN,
    PASSWORD,
    App,
    accounts_of,
    application,
    letters_in,
    person,
    signed_in,
    stopped,
)
from web.accounts.account_store import NAME
from web.accounts.passkeys import Passkey
from web.policy import EVERYWHERE
from web.settings import Settings

ENTER = "/account/en/enter/"


@pytest.fixture
def app(both, tmp_path):
    return application(both, tmp_path)


@pytest.fixture(scope="module")
def read_only(both, tmp_path_factory):
    """An application where ada is a viewer, for tests that change nothing of it."""
    app = application(both, tmp_path_factory.mktemp("state"))
    person(app, "ada", ["viewer"])
    return app


@pytest.fixture
def ada(read_only):
    """A client of that application in which ada is signed in."""
    return signed_in(read_only, accounts_of(read_only).opened().store.find_user(name="ada"))


def post(client, path, **form):
    return client.post(path, data=form, headers=OURS)


def first_link(app):
    accounts = accounts_of(app)
    return accounts.opened().store.new_link(None, accounts.now)


def begun(app, client, token, name="ada"):
    """Choose a password by a link and set the second factor up; return the app and the recovery codes."""
    form = {"link": token, "name": name, "password": PASSWORD, "again": PASSWORD}
    answer = post(client, "/account/en/start/", **form)
    assert answer.status_code == 303, answer.text
    phone = App(letters_in(client.get("/account/en/second/").text))
    phone.now -= 30
    answer = post(client, "/account/en/second/", code=phone.code())
    assert answer.status_code == 200, answer.text
    return phone, re.findall(r"<code>([0-9a-f-]{14})</code>", answer.text)


@pytest.mark.capability("First admin from a one-time link, with a second factor", page="serving")
def test_first_admin_begins_with_a_link_and_a_second_factor(app):
    client = app.test_client()
    _, codes = begun(app, client, first_link(app))
    assert len(codes) == 8
    assert client.get("/account/en/people/").status_code == 200
    assert client.get(f"/{OWN}/desk/en/").status_code == 200


def test_the_link_works_once(app):
    token = first_link(app)
    begun(app, app.test_client(), token)
    again = app.test_client()
    assert again.get(f"/account/en/start/?link={token}").status_code == 403
    form = {"link": token, "name": "eve", "password": PASSWORD, "again": PASSWORD}
    assert post(again, "/account/en/start/", **form).status_code == 403


def test_every_link_for_a_first_admin_ends_with_one(app):
    one_link, other = first_link(app), first_link(app)
    begun(app, app.test_client(), one_link)
    form = {"link": other, "name": "eve", "password": PASSWORD, "again": PASSWORD}
    assert post(app.test_client(), "/account/en/start/", **form).status_code == 403
    assert [account.name for account in accounts_of(app).opened().store.listed()] == ["ada"]


def test_the_link_expires(app):
    accounts = accounts_of(app)
    token = accounts.opened().store.new_link(None, accounts.now - 25 * 3600)
    assert app.test_client().get(f"/account/en/start/?link={token}").status_code == 403


def test_looking_at_the_link_uses_nothing_up(app):
    token = first_link(app)
    for _ in range(3):
        assert app.test_client().get(f"/account/en/start/?link={token}").status_code == 200


@pytest.mark.parametrize(
    "form", [{"password": "short", "again": "short"}, {"password": PASSWORD, "again": "x"}]
)
def test_a_password_that_cannot_be_leaves_the_link_as_it_was(app, form):
    token = first_link(app)
    assert post(app.test_client(), "/account/en/start/", link=token, name="ada", **form).status_code == 422
    begun(app, app.test_client(), token)


@pytest.mark.parametrize("name", ["Айгуль", "a", "ada lovelace", "ada\0"])
def test_a_name_that_cannot_be_leaves_the_first_admins_link_as_it_was(app, name):
    token = first_link(app)
    form = {"link": token, "name": name, "password": PASSWORD, "again": PASSWORD}
    answer = post(app.test_client(), "/account/en/start/", **form)
    assert answer.status_code == 422
    assert "2 to 64 small letters" in answer.text
    begun(app, app.test_client(), token)


def test_the_form_of_the_first_admin_says_what_a_name_may_be(app):
    text = app.test_client().get(f"/account/en/start/?link={first_link(app)}").text
    assert f'pattern="{NAME.pattern}"' in html.unescape(text)
    assert "2 to 64 small letters" in text


def half(app):
    """Begin with the password alone; return the client and its app of codes."""
    client = app.test_client()
    assert post(client, ENTER, name="bob", password=PASSWORD).status_code == 303
    phone = App(letters_in(client.get("/account/en/second/").text))
    phone.now -= 30
    return client, phone


def test_a_second_factor_is_set_up_once_and_whoever_else_was_at_it_begins_again(app):
    accounts = accounts_of(app)
    store, hashed = accounts.opened().store, accounts.opened().credentials.hashed
    assert store.set_password(store.add("bob", ["viewer"], [EVERYWHERE], accounts.now), hashed(PASSWORD))
    (older, other_phone), (owner, phone) = half(app), half(app)
    assert post(owner, "/account/en/second/", code=phone.code()).status_code == 200
    kept = store.find_user(name="bob").tf_totp_secret
    other_phone.now += 30
    assert post(older, "/account/en/second/", code=other_phone.code()).headers["Location"] == "../enter/"
    assert store.find_user(name="bob").tf_totp_secret == kept
    assert older.get("/account/en/").status_code == 403
    assert older.get("/account/en/second/key.svg").status_code == 404


def test_password_alone_opens_nothing(app):
    person(app, "ada", ["coordinator"])
    client = app.test_client()
    answer = post(client, ENTER, name="ada", password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "../code/")
    assert client.get(f"/{OWN}/desk/en/").status_code == 403
    assert client.get("/account/en/").status_code == 403


def test_password_and_code_open_the_desk(app):
    begun(app, app.test_client(), first_link(app))
    account = accounts_of(app).opened().store.find_user(name="ada")
    phone = App(accounts_of(app).opened().credentials.secret_in_letters(account.tf_totp_secret))
    client = app.test_client()
    post(client, ENTER, name="Ada ", password=PASSWORD)
    answer = post(client, "/account/en/code/", code=phone.code(), next=f"{OWN}/desk/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"../../../{OWN}/desk/")
    assert client.get(f"/{OWN}/desk/en/").status_code == 200


def test_a_code_counts_once(app):
    phone, _ = begun(app, app.test_client(), first_link(app))
    code = phone.code()
    for expected in (303, 403):
        client = app.test_client()
        post(client, ENTER, name="ada", password=PASSWORD)
        assert post(client, "/account/en/code/", code=code).status_code == expected


def test_a_recovery_code_counts_once(app):
    _, codes = begun(app, app.test_client(), first_link(app))
    for expected in (303, 403):
        client = app.test_client()
        post(client, ENTER, name="ada", password=PASSWORD)
        assert post(client, "/account/en/code/", code=codes[3].upper()).status_code == expected


def test_the_cookie_from_before_the_second_factor_is_worth_nothing_after(app):
    phone, _ = begun(app, app.test_client(), first_link(app))
    client = app.test_client()
    post(client, ENTER, name="ada", password=PASSWORD)
    before = client.get_cookie("baqylau-account").value
    post(client, "/account/en/code/", code=phone.code())
    assert client.get_cookie("baqylau-account").value != before
    client.set_cookie("baqylau-account", before)
    assert client.get(f"/{OWN}/desk/en/").status_code == 403


def test_five_wrong_codes_end_what_the_password_began(app):
    person(app, "ada", ["viewer"])
    client = app.test_client()
    post(client, ENTER, name="ada", password=PASSWORD)
    for _ in range(5):
        post(client, "/account/en/code/", code="000000")
    assert post(client, "/account/en/code/", code="000000").headers["Location"] == "../enter/"


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_wrong_passwords_slow_the_next_down_whether_or_not_there_is_such_a_name(app, name):
    stopped(app)
    person(app, "ada", ["viewer"])
    client = app.test_client()
    statuses = [post(client, ENTER, name=name, password="wrong").status_code for _ in range(7)]
    assert statuses == [403] * 5 + [429] * 2
    answer = post(client, ENTER, name=name, password=PASSWORD)
    assert (answer.status_code, int(answer.headers["Retry-After"])) == (429, 2)


def test_guesses_from_one_address_lock_nobody_out_at_another(app):
    stopped(app)
    person(app, "ada", ["viewer"])
    client = app.test_client()
    for _ in range(7):
        post(client, ENTER, name="ada", password="wrong")
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    form = {"name": "ada", "password": PASSWORD}
    answer = client.post(ENTER, data=form, headers=OURS, environ_overrides=elsewhere)
    assert answer.status_code == 303


def test_guesses_from_an_ipv4_address_told_as_ipv6_lock_nobody_out_at_another(app):
    stopped(app)
    person(app, "ada", ["viewer"])
    for address, status in (*[("::ffff:192.0.2.7", 403)] * 6, ("::ffff:198.51.100.9", 303)):
        form = {"name": "ada", "password": PASSWORD if status == 303 else "wrong"}
        answer = app.test_client().post(
            ENTER, data=form, headers=OURS, environ_overrides={"REMOTE_ADDR": address}
        )
    assert answer.status_code == 303


def test_who_failed_while_the_clock_ran_ahead_does_not_wait_for_it(app):
    person(app, "ada", ["viewer"])
    accounts = accounts_of(app)
    for _ in range(7):
        accounts.opened().attempts.attempt(
            "password", "ada", "127.0.0.1", accounts.now + 30 * 86400, is_known=False
        )
    assert post(app.test_client(), ENTER, name="ada", password=PASSWORD).status_code == 303


def test_guesses_from_everywhere_do_not_slow_down_where_the_owner_is_signed_in(app):
    stopped(app)
    account = person(app, "ada", ["viewer"])
    accounts = accounts_of(app)
    opened = accounts.opened()
    opened.sessions.begin(account.id, "full", "192.0.2.7", "phone", accounts.now)
    for i in range(70):
        opened.attempts.attempt("password", "ada", f"198.51.100.{i}", accounts.now, is_known=False)
    form = {"name": "ada", "password": PASSWORD}
    for place, expected in (("203.0.113.1", 429), ("192.0.2.7", 303)):
        answer = app.test_client().post(
            ENTER, data=form, headers=OURS, environ_overrides={"REMOTE_ADDR": place}
        )
        assert answer.status_code == expected, place


def test_own_session_is_ended_by_its_person(app):
    account = person(app, "ada", ["viewer"])
    lost, here = signed_in(app, account), signed_in(app, account)
    assert lost.get(f"/{OWN}/desk/en/").status_code == 200
    post(here, "/account/en/end")
    assert lost.get(f"/{OWN}/desk/en/").status_code == 403
    assert here.get(f"/{OWN}/desk/en/").status_code == 200


def test_nobody_ends_the_session_of_another_person(app):
    ada, eve = person(app, "ada", ["viewer"]), person(app, "eve", ["viewer"])
    client = signed_in(app, ada)
    mark = accounts_of(app).opened().sessions.listed(ada.id, accounts_of(app).now)[0].mark
    post(signed_in(app, eve), "/account/en/end", session=mark)
    assert client.get("/account/en/").status_code == 200


def test_signing_out_ends_the_session(app):
    client = signed_in(app, person(app, "ada", ["viewer"]))
    token = client.get_cookie("baqylau-account").value
    post(client, "/account/en/leave")
    client.set_cookie("baqylau-account", token)
    assert client.get("/account/en/").status_code == 403


def test_session_ends_after_a_shift_without_use(app):
    account = person(app, "ada", ["viewer"])
    accounts = accounts_of(app)
    token = accounts.opened().sessions.begin(account.id, "full", "a", "b", accounts.now)
    assert accounts.opened().sessions.find(token, accounts.now + 11 * 3600) is not None
    assert accounts.opened().sessions.find(token, accounts.now + 24 * 3600) is None


def test_another_password_ends_all_other_sessions(app):
    phone, _ = begun(app, client := app.test_client(), first_link(app))
    other = signed_in(app, accounts_of(app).opened().store.find_user(name="ada"))
    form = {"password": "another good password", "again": "another good password"}
    assert post(client, "/account/en/password", code="000000", **form).status_code == 422
    assert post(client, "/account/en/password", code=phone.code(), **form).status_code == 303
    assert other.get("/account/en/").status_code == 403
    assert client.get("/account/en/").status_code == 200


def test_a_passkey_is_added_with_a_code_of_the_app_only(app):
    phone, _ = begun(app, client := app.test_client(), first_link(app))
    for code, expected in ((None, 422), ("000000", 422), (phone.code(), 200)):
        answer = client.post("/account/en/passkeys/offer", json={"code": code}, headers=OURS)
        assert answer.status_code == expected
    assert client.post("/account/en/passkeys/offer", headers=OURS).json["message"].startswith("This code")


def test_another_password_ends_passkeys(app):
    phone, _ = begun(app, client := app.test_client(), first_link(app))
    opened = accounts_of(app).opened()
    account = opened.store.find_user(name="ada")
    opened.passkeys.add(Passkey("somebody", account.id, b"key", 0, 0))
    form = {"password": "another good password", "again": "another good password"}
    post(client, "/account/en/password", code=phone.code(), **form)
    assert opened.passkeys.listed(account.id) == []


@pytest.mark.parametrize("step", ["codes", "password"])
def test_after_wrong_codes_on_ones_own_page_it_is_said_to_wait(app, step):
    stopped(app)
    client = signed_in(app, person(app, "ada", ["viewer"]))
    form = {"code": "000000", "password": PASSWORD, "again": PASSWORD}
    pages = [post(client, f"/account/en/{step}", **form).text for _ in range(6)]
    assert all("This code is not right" in page for page in pages[:5])
    assert "Try again in 2 seconds" in pages[5]


def test_new_recovery_codes_end_the_old_ones(app):
    phone, old = begun(app, client := app.test_client(), first_link(app))
    page = post(client, "/account/en/codes", code=phone.code()).text
    fresh = re.findall(r"<code>([0-9a-f-]{14})</code>", page)
    assert len(fresh) == 8
    assert not set(fresh) & set(old)


def test_sessions_and_passwords_survive_a_restart_and_hold_in_every_process(both, app, tmp_path):
    account = person(app, "ada", ["viewer"])
    client = signed_in(app, account)
    other = application(both, tmp_path).test_client()
    other.set_cookie("baqylau-account", client.get_cookie("baqylau-account").value)
    assert other.get(f"/{OWN}/desk/en/").status_code == 200
    assert post(other, ENTER, name="ada", password=PASSWORD).status_code == 303


def test_files_of_accounts_are_for_their_owner_alone(app, tmp_path):
    person(app, "ada", ["viewer"])
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "accounts").iterdir()}
    assert {"accounts.sqlite", "secret"} <= set(modes)
    assert set(modes.values()) == {0}


def test_no_table_holds_a_password_a_secret_or_a_token(app, tmp_path):
    token = first_link(app)
    phone, codes = begun(app, client := app.test_client(), token)
    held = (tmp_path / "accounts" / "accounts.sqlite").read_bytes()
    session_token = client.get_cookie("baqylau-account").value
    for secret in (PASSWORD, token, session_token, *codes, phone._totp.base32_key):
        assert secret.encode() not in held


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(app):
    person(app, "ada", ["viewer"])
    answer = app.test_client().post(
        f"https://localhost{ENTER}", data={"name": "ada", "password": PASSWORD}, headers=OURS
    )
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"))


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_nothing_that_is_written_is_taken_from_another_sites_page(app, headers):
    client = signed_in(app, person(app, "ada", ["admin", "coordinator"]))
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.endpoint.startswith("api."):
            continue
        values = {"slug": OWN, "mission": OWN, "code": "en", "name": "ada", "draft": "0" * 32}
        _, path = rule.build({name: values[name] for name in rule.arguments})
        assert client.post(path, headers=headers).status_code == 403, path


def test_key_opens_nothing_once_somebody_has_an_account(app):
    client = app.test_client()
    assert client.get(f"/{OWN}/desk/?token={KEY}").status_code == 303
    assert client.get(f"/{OWN}/desk/en/").status_code == 200
    person(app, "ada", ["admin"])
    assert client.get(f"/{OWN}/desk/en/").status_code == 403
    assert client.get(f"/{OWN}/desk/?token={KEY}").status_code == 403
    assert client.get(f"/new/?token={KEY}").status_code == 403


@pytest.mark.parametrize("path", ["", "people/", f"devices/{OWN}/"])
def test_key_opens_no_page_of_accounts(app, path):
    for parameter in (KEY, "x"):
        assert app.test_client().get(f"/account/en/{path}?token={parameter}").status_code == 403


def test_key_goes_on_opening_the_missions_of_a_demo(both, tmp_path):
    app = application(both, tmp_path, settings=Settings(demo=frozenset({OWN})))
    person(app, "ada", ["admin"])
    assert app.test_client().get(f"/{OWN}/desk/?token={KEY}").status_code == 303
    assert app.test_client().get(f"/another/desk/?token={KEY}").status_code == 403


def test_closed_desk_leads_to_signing_in_and_back(read_only):
    page = read_only.test_client().get(f"/{OWN}/desk/en/").text
    assert f"account/en/enter/?next={OWN}/desk/en/" in page


ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "///evil.example/", "https:evil.example/", "https:/evil/",
    "/\\evil.example/", "\\\\evil.example/", "%2F%2Fevil.example/", "%5Cevil/", "javascript:alert(1)/",
    "../x/", "a/../../x/", "./", "/kz/desk/", "kz/desk", "evil.example/", "kz//desk/", "kz/desk/\n", "\tkz/",
    "kz/?next=x/", "kz/desk/@evil/", "a/b/c/d/e/", "\u2215\u2215evil/", "",
]  # fmt: skip


@pytest.mark.parametrize("where", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(ada, where):
    answer = ada.get(ENTER, query_string={"next": where})
    assert answer.headers["Location"] == "../../../account/en/"


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_step_of_signing_in_carries_another_site_on(read_only, where):
    client = read_only.test_client()
    assert 'name="next" value="account/en/"' in client.get(ENTER, query_string={"next": where}).text
    answer = post(client, ENTER, name="ada", password=PASSWORD, next=where)
    assert answer.headers["Location"].endswith("/?next=account/en/")


@pytest.mark.parametrize(
    "raw", ["%2F%2Fevil.example/", "%5C%5Cevil.example/", "https%3Aevil/", "%252F%252Fevil/"]
)
def test_an_encoded_address_of_another_site_is_none_of_ours(ada, raw):
    assert ada.get(f"{ENTER}?next={raw}").headers["Location"] == "../../../account/en/"


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/account/en/", "../../account/en/enter/?next=account/en/"),
        ("/account/en/people/", "../../../account/en/enter/?next=account/en/people/"),
        (f"/{OWN}/desk/", f"../../account/en/enter/?next={OWN}/desk/"),
        (f"/{OWN}/desk/ru/", f"../../../account/ru/enter/?next={OWN}/desk/ru/"),
        (f"/{OWN}/desk/kk/?token=wrong", f"../../../account/kk/enter/?next={OWN}/desk/kk/"),
        (f"/{OWN}/desk/en/start.json", "../../../account/en/enter/"),
        ("/new/", "../account/en/enter/?next=new/"),
    ],
)
@pytest.mark.capability("Who is not signed in is led to the sign-in page and back", page="accounts")
def test_who_is_not_signed_in_and_looks_at_a_page_is_asked_to_sign_in(read_only, path, location):
    answer = read_only.test_client().get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (302, location)
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(ada):
    answer = ada.get(ENTER, query_string={"next": f"{OWN}/desk/en/"})
    assert answer.headers["Location"] == f"../../../{OWN}/desk/en/"


def test_behind_a_prefix_the_way_to_the_sign_in_page_stays_below_it(read_only):
    answer = read_only.test_client().get(
        "/account/en/", headers=BROWSER, environ_overrides={"SCRIPT_NAME": "/maps"}
    )
    assert answer.headers["Location"] == "../../account/en/enter/?next=account/en/"


@pytest.mark.parametrize("path", ["//evil.example/", "/%5Cevil.example/desk/", "/https:evil/desk/en/"])
def test_an_address_that_names_another_site_leads_to_none(read_only, path):
    answer = read_only.test_client().get(path, headers=BROWSER)
    assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html;q=0", ""])
def test_a_program_that_is_not_signed_in_is_refused(read_only, accept):
    assert read_only.test_client().get(f"/{OWN}/desk/en/", headers={"Accept": accept}).status_code == 403


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_only_looking_leads_to_the_sign_in_page(read_only, method):
    path = f"/{OWN}/desk/en/" if method == "HEAD" else "/account/en/end"
    assert read_only.test_client().open(path, method=method, headers=BROWSER | OURS).status_code == 403


def test_who_is_signed_in_without_the_right_is_refused_and_not_asked_again(ada):
    answer = ada.get("/account/en/people/", headers=BROWSER)
    assert answer.status_code == 403
    assert "You are signed in as ada" in answer.text


def test_where_nobody_has_an_account_a_closed_page_asks_for_the_key(app):
    answer = app.test_client().get(f"/{OWN}/desk/en/", headers=BROWSER)
    assert answer.status_code == 403


@pytest.mark.parametrize(("code", "says"), [("en", "Sign in"), ("ru", "Войти"), ("kk", "Кіру")])
def test_start_page_has_a_way_to_sign_in_once_somebody_has_an_account(app, code, says):
    link = f'<a href="../account/{code}/enter/">'
    assert link not in app.test_client().get(f"/{code}/").text
    person(app, "ada", ["viewer"])
    assert f"{link}{says}</a>" in app.test_client().get(f"/{code}/").text


def test_start_page_is_there_while_the_accounts_cannot_be_read(app, monkeypatch):
    def fails():
        raise BaqylauError("the accounts cannot be read")

    monkeypatch.setattr(accounts_of(app), "has_some", fails)
    answer = app.test_client().get("/en/")
    assert answer.status_code == 200
    assert "enter/" not in answer.text


def test_press_pages_know_nothing_of_accounts(ada):
    answer = ada.get("/en/")
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_logs_name_no_password_link_or_code(app, caplog):
    caplog.set_level("INFO")
    token = first_link(app)
    _, codes = begun(app, app.test_client(), token)
    post(app.test_client(), ENTER, name="ada", password="a wrong one")
    assert "ada signed in" in caplog.text
    for secret in (token, PASSWORD, "a wrong one", *codes):
        assert secret not in caplog.text


def test_a_server_where_nobody_has_an_account_makes_no_database(tmp_path):
    client = web.create_app(Missions(list), tmp_path, token=KEY).test_client()
    assert post(client, ENTER, name="ada", password=PASSWORD).status_code == 403
    client.get("/nowhere/desk/en/")
    assert not (tmp_path / "accounts").exists()
