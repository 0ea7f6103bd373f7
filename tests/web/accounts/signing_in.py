"""People for tests: an application with accounts, clients that are signed in, and the codes of their apps."""

import re
import time

import passlib.totp

import web
from geo.serving.missions import Missions
from tests.web import missions
from web.policy import EVERYWHERE

OURS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse battery"
KEY = "the-key-of-this-test-of-accounts"
OWN = "own"


def two_missions(folder):
    """Return a library of the missions `own` and `another`."""
    folders = [missions.sized(folder / slug, 20) for slug in (OWN, "another")]
    library = Missions(lambda: folders)
    library.refresh()
    return library


def application(library, state, **settings):
    """Return an application that serves a library."""
    return web.create_app(library, state, token=KEY, **settings)


class App:
    """An authenticator app; a code counts once, so each comes half a minute after the one before."""

    def __init__(self, letters):
        self._totp = passlib.totp.TOTP(key=letters.replace("-", "").replace(" ", ""))
        self.now = time.time()

    def code(self):
        self.now += 30
        return self._totp.generate(time=self.now).token


def accounts_of(app):
    return app.extensions["baqylau.accounts"]


def stopped(app):
    """Stop the accounts' clock: whoever must wait waits on, however slow the machine."""
    now = time.time()
    accounts_of(app)._clock = lambda: now


def person(app, name, roles, areas=(EVERYWHERE,)):
    """Make an account with the second factor set up; return what `signed_in` needs."""
    opened = accounts_of(app).opened()
    account = opened.store.add(name, roles, areas, accounts_of(app).now)
    assert opened.store.set_password(account, opened.credentials.hashed(PASSWORD))
    assert opened.store.set_second(account, opened.credentials.new_secret())
    accounts_of(app).forget()
    return account


def signed_in(app, account):
    """Return a client with a full session of an account, as after the second factor."""
    client = app.test_client()
    token = (
        accounts_of(app)
        .opened()
        .sessions.begin(account.id, "full", "127.0.0.1", "test", accounts_of(app).now)
    )
    client.set_cookie("baqylau-account", token)
    return client


def link_in(text):
    return re.search(r"start/\?link=([\w-]{43})", text)[1]


def letters_in(page):
    return re.search(r"<code>([A-Z2-7 -]{20,})</code>", page)[1]
