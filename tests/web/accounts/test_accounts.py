"""Accounts in each database, opened by several processes at once; the commands; below a path."""

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from geo.journal.journal_writer import JournalWriter
from geo.model.errors import InputError
from tests.web.accounts.signing_in import KEY, OURS, OWN, PASSWORD, application, link_in, person, signed_in
from web.accounts import credentials, people_commands
from web.accounts.account_store import Account
from web.accounts.accounts import Accounts
from web.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgresql")()


@pytest.fixture
def processes(tmp_path, url):
    """Give the same accounts opened by several at once, as processes do at a start."""
    together = [Accounts(tmp_path, url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Accounts.opened, together))
    return together


def of_all(processes, act):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(act, processes))


def named(accounts, name="ada"):
    store = accounts.opened().store
    return store.add(name, ["admin", "viewer"], [("m", "A")], accounts.now)


def test_whoever_guesses_a_password_pays_for_three_rounds_in_64_mb(tmp_path, monkeypatch, cheap_hashes):
    monkeypatch.setattr(credentials, "HASHING", cheap_hashes)
    hashed = Accounts(tmp_path).opened().credentials.hashed(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_accounts_lie_below_a_state_directory_of_any_name(tmp_path):
    accounts = Accounts(tmp_path / "50%3F of what?")
    accounts.opened()
    assert [path.name for path in tmp_path.iterdir()] == ["50%3F of what?"]
    assert any(accounts.folder.glob("*.sqlite*"))


def test_an_account_is_the_same_in_every_process(processes):
    named(processes[0])
    whom = of_all(processes, lambda each: each.opened().store.find_user(name="ada"))
    assert {(account.held, account.areas) for account in whom} == {(("admin", "viewer"), (("m", "A"),))}
    assert all(each.has_some() for each in processes)


def test_of_several_at_once_one_uses_a_link(processes):
    token = processes[0].opened().store.new_link(None, processes[0].now)
    begun = of_all(processes, lambda each: each.opened().store.begin(token, "hash", "ada", each.now))
    assert sum(account is not None for account in begun) == 1


def test_of_several_links_for_a_first_admin_one_is_used(processes):
    tokens = {each: each.opened().store.new_link(None, each.now) for each in processes}
    names = {each: f"ada{number}" for number, each in enumerate(processes)}
    begun = of_all(
        processes, lambda each: each.opened().store.begin(tokens[each], "hash", names[each], each.now)
    )
    assert sum(account is not None for account in begun) == 1


def test_of_several_at_once_one_uses_a_code(processes):
    account = named(processes[0])
    uses = of_all(processes, lambda each: each.opened().store.use_code(Account(id=account.id), 7))
    assert sum(uses) == 1


def test_attempts_of_all_processes_are_counted_together(processes):
    now = processes[0].now

    def guess(each):
        attempts = each.opened().attempts
        return [attempts.attempt("password", "ada", "192.0.2.1", now, is_known=False) for _ in range(5)]

    waits = [wait for of_one in of_all(processes, guess) for wait in of_one]
    assert sorted(waits) == [0] * 5 + [2] * 15


def test_a_second_factor_is_tried_five_times_however_many_at_once(processes):
    sessions = processes[0].opened().sessions
    token = sessions.begin(named(processes[0]).id, "code", "a", "b", processes[0].now)
    current = sessions.find(token, processes[0].now)

    def try_often(each):
        return [each.opened().sessions.try_second(current) for _ in range(3)]

    assert sum(sum(tries) for tries in of_all(processes, try_often)) == 5


def test_a_session_ended_by_one_process_is_ended_in_all(processes):
    account = named(processes[0])
    first = processes[0].opened().sessions
    token = first.begin(account.id, "full", "a", "b", processes[0].now)
    assert all(of_all(processes, lambda each: each.signed_in(token)[1] is not None))
    first.end_all(account.id)
    assert not any(of_all(processes, lambda each: each.signed_in(token)[1] is not None))


def test_accounts_and_a_journal_share_a_database(postgresql, tmp_path):
    url = postgresql()
    JournalWriter(tmp_path / "journal", url).close()
    named(Accounts(tmp_path, url))
    JournalWriter(tmp_path / "journal", url).close()
    assert Accounts(tmp_path, url).has_some()


def test_somebody_stays_admin(tmp_path):
    accounts = Accounts(tmp_path)
    account, store = named(accounts), accounts.opened().store
    for roles, is_active in ((["viewer"], True), (["admin"], False)):
        with pytest.raises(InputError):
            store.change(account, roles, account.areas, is_active)
    named(accounts, "eve")
    store.change(account, ["viewer"], account.areas, True)
    assert store.find_user(name="ada").held == ("viewer",)


def test_of_two_admins_who_close_each_other_at_once_one_stays(processes):
    names = [f"admin{number}" for number in range(len(processes))]
    admins = [processes[0].opened().store.add(name, ["admin"], (), 0) for name in names]

    def close_next(number):
        admin = admins[(number + 1) % len(admins)]
        processes[number].opened().store.change(admin, ["viewer"], (), True)

    def refused(number):
        try:
            close_next(number)
        except InputError:
            return True
        return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(refused, range(len(processes)))) == 1
    left = [account.name for account in processes[0].opened().store.listed() if "admin" in account.held]
    assert len(left) == 1


def test_what_another_wrote_meanwhile_stays_when_a_password_is_changed(processes):
    named(processes[0], "boss")
    mine = named(processes[0], "eve")
    store = processes[1].opened().store
    store.change(store.find_user(name="eve"), ["viewer"], [("m", "B")], False)
    assert processes[0].opened().store.set_password(mine, "hash")
    assert processes[0].opened().store.put(mine)
    after = store.find_user(name="eve")
    assert (after.held, after.areas, after.active, after.password) == (
        ("viewer",), (("m", "B"),), False, "hash"
    )  # fmt: skip


def test_a_password_of_before_a_reset_is_not_written_after_it(tmp_path):
    accounts = Accounts(tmp_path)
    store = accounts.opened().store
    assert store.set_password(named(accounts), "hash")
    mine = store.find_user(name="ada")
    store.reset(store.find_user(name="ada"))
    assert not store.set_password(mine, "another")
    assert not store.set_second(mine, "sealed")
    assert store.find_user(name="ada").password == ""


@pytest.mark.parametrize("name", ["", "A", "a", "ada lovelace", "ada\n", "../ada", "é" * 3, "x" * 65])
def test_a_name_that_cannot_be_typed_is_refused(tmp_path, name):
    with pytest.raises(InputError):
        named(Accounts(tmp_path), name)


def test_a_damaged_secret_is_said_and_opens_nothing(tmp_path):
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "secret").write_text("short")
    with pytest.raises(Exception, match="holds no secret"):
        Accounts(tmp_path).opened()


def done(tmp_path, step, name="", roles=(), areas=()):
    return people_commands.done(tmp_path, step=step, name=name, roles=roles, areas=areas, url="")


def test_commands_let_somebody_in_list_reset_and_sign_out(both, tmp_path):
    assert "within 24 hours" in done(tmp_path, "first")
    link = link_in(done(tmp_path, "add", "ada", ["coordinator"], [f"{OWN}/A1"]))
    assert done(tmp_path, "list") == f"ada  coordinator  in {OWN}/A1  has not signed in yet"
    assert done(tmp_path, "first") == "somebody has an account already"
    client = application(both, tmp_path).test_client()
    form = {"link": link, "password": PASSWORD, "again": PASSWORD}
    assert client.post("/account/en/start/", data=form, headers=OURS).status_code == 303
    assert done(tmp_path, "end-sessions", "ada") == "ended: 1 session(s) of ada"
    assert link_in(done(tmp_path, "reset", "ada"))
    form = {"name": "ada", "password": PASSWORD}
    assert client.post("/account/en/enter/", data=form, headers=OURS).status_code == 403


def test_a_copy_made_while_accounts_are_written_is_whole_and_of_one_moment(tmp_path):
    accounts, at = Accounts(tmp_path), threading.Barrier(2)
    for number in range(40):
        accounts.opened().store.add(f"a{number}", ["viewer"], [("m", f"A{n}") for n in range(30)], 0)

    def write():
        at.wait()
        for number in range(1, 60):
            with accounts.opened().store.engine.begin() as connection:
                connection.exec_driver_sql(f"UPDATE accounts SET created_at = {number}")

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        at.wait()
        copies = []
        while not writing.done():
            copies.append(tmp_path / f"copy-{len(copies)}.sqlite")
            done(tmp_path, "backup", str(copies[-1]))
    assert copies
    for copy in copies:
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert database.execute("SELECT count(DISTINCT created_at) FROM accounts").fetchone() == (1,)


def test_a_copy_signs_nobody_in_who_is_signed_out_by_then_and_is_its_owners_alone(both, tmp_path):
    app = application(both, tmp_path / "state")
    account = person(app, "ada", ["viewer"])
    client, link = signed_in(app, account), link_in(done(tmp_path / "state", "add", "bea", ["viewer"]))
    done(tmp_path / "state", "backup", str(tmp_path / "copy"))
    fresh = tmp_path / "fresh" / "accounts"
    fresh.mkdir(parents=True)
    shutil.copy(tmp_path / "copy", fresh / "accounts.sqlite")
    shutil.copy(tmp_path / "state" / "accounts" / "secret", fresh)
    again = application(both, tmp_path / "fresh").test_client()
    again.set_cookie("baqylau-account", client.get_cookie("baqylau-account").value)
    assert again.get("/account/en/").status_code == 403
    assert again.get(f"/account/en/start/?link={link}").status_code == 403
    form = {"name": "ada", "password": PASSWORD}
    assert again.post("/account/en/enter/", data=form, headers=OURS).status_code == 303
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_copy_overwrites_nothing_and_of_no_accounts_there_is_none(tmp_path):
    assert done(tmp_path, "backup", str(tmp_path / "copy")).startswith("nobody has an account")
    named(Accounts(tmp_path))
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(OSError, match="exists"):
        done(tmp_path, "backup", str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_text() == "mine"


def test_accounts_of_a_server_of_databases_are_copied_by_it(postgresql, tmp_path):
    with pytest.raises(InputError, match="pg_dump"):
        people_commands.done(tmp_path, "backup", str(tmp_path / "copy"), [], [], postgresql())


def test_a_closed_account_is_not_begun_anew_with_a_link_that_opens_nothing(tmp_path):
    accounts = Accounts(tmp_path)
    for name in ("boss", "ada"):
        named(accounts, name)
    store = accounts.opened().store
    store.change(store.find_user(name="ada"), ["viewer"], [], is_active=False)
    with pytest.raises(InputError, match="closed"):
        people_commands.reset(tmp_path, "", "ada")


def test_a_command_for_an_area_that_is_none_is_refused_and_says_which_there_are(both, tmp_path):
    folders = [both.get(OWN).snapshot.mission.folder]
    with pytest.raises(InputError, match=f"no area B7 in {OWN}; there are A0, A1"):
        people_commands.done(tmp_path, "add", "ada", ["viewer"], [f"{OWN}/B7"], "", folders)
    assert done(tmp_path, "list").startswith("nobody")
    assert link_in(people_commands.done(tmp_path, "add", "ada", ["viewer"], [f"{OWN}/A1"], "", folders))


def test_a_command_for_a_mission_that_is_not_at_hand_says_so(tmp_path):
    said = people_commands.done(tmp_path, "add", "ada", ["viewer"], ["elsewhere/A1"], "")
    assert link_in(said) and "elsewhere" in said


@pytest.mark.parametrize("roles", [[], ["king"], ["device"]])
def test_a_command_for_a_role_that_is_none_is_refused(tmp_path, roles):
    with pytest.raises(InputError):
        done(tmp_path, "add", "ada", roles)


def test_below_a_path_everything_leads_there(both, tmp_path):
    app = application(both, tmp_path, settings=Settings(proxies=1))
    person(app, "ada", ["admin"])
    proxy = {"X-Forwarded-Prefix": "/maps", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "x.example"}
    client = app.test_client()
    answer = client.post(
        "/account/en/enter/", data={"name": "ada", "password": PASSWORD}, headers={**OURS, **proxy}
    )
    assert answer.headers["Location"].startswith("../code/")
    assert "Path=/maps" in answer.headers["Set-Cookie"] and "Secure" in answer.headers["Set-Cookie"]
    assert app.test_client().get(f"/{OWN}/desk/?token={KEY}", headers=proxy).status_code == 403


def test_a_text_that_a_database_cannot_hold_is_nobodys(both, tmp_path, url):
    app = application(both, tmp_path, settings=Settings(accounts=url))
    client = signed_in(app, person(app, "ada", ["admin"]))
    nul = "ada\0"
    answers = [
        client.post(path, data=form, headers=OURS).status_code
        for path, form in (
            ("/account/en/enter/", {"name": nul, "password": PASSWORD}),
            ("/account/en/end", {"session": nul}),
            ("/account/en/passkeys/remove", {"credential": nul}),
            ("/account/en/people/add", {"name": nul, "role": "viewer"}),
            ("/account/en/people/ada%00/end", {}),
            ("/account/en/people/ada/end", {"session": nul}),
        )
    ]
    assert answers == [403, 303, 303, 422, 404, 303]
    client.post("/account/en/passkeys/ask", headers=OURS)
    assert client.post("/account/en/passkeys/enter", json={"id": nul}, headers=OURS).status_code == 422
