"""Signing in with a password and a second factor, the one-time link, and everybody's own page."""

from __future__ import annotations

import logging
from typing import Final

from flask import Blueprint, Response, abort, current_app, g, request
from werkzeug.wrappers import Response as AnyResponse

from geo.model.errors import BaqylauError, InputError
from geo.model.snapshot import Snapshot
from layers.words.language import language
from web import policy, session
from web.accounts import account_pages
from web.accounts.account_store import NAME, Account
from web.accounts.accounts import Accounts, OpenAccounts
from web.accounts.credentials import LONGEST_PASSWORD, SHORTEST_PASSWORD
from web.accounts.login_sessions import LONGEST_S, LoginSession, Stage
from web.doors import here, keep_nowhere, root, to, visitors_language
from web.served import library

LOG: Final = logging.getLogger("baqylau")
account = Blueprint("account", __name__, url_prefix="/account")
account.after_request(keep_nowhere)


def accounts() -> Accounts:
    """Return the accounts of the application that answers."""
    known: Accounts = current_app.extensions["baqylau.accounts"]
    return known


def opened() -> OpenAccounts:
    return accounts().opened()


def who() -> tuple[Account | None, LoginSession | None]:
    """Return the account and the session of this request's cookie, also of one on the way in."""
    if "who" not in g:
        g.who = accounts().signed_in(request.cookies.get(session.ACCOUNT_COOKIE, ""))
    person, current = g.who
    return person, current


def signed_in() -> tuple[Account, LoginSession]:
    """Return who is signed in, and the session; for the views of one's own account, which ask for both.

    403 where another process ended the session within the second that the doors believe in it.
    """
    person, current = who()
    if person is None or current is None:
        accounts().forget()
        abort(403)
    return person, current


def page(template: str, status: int = 200, /, **values: object) -> Response:
    """Return a page of accounts in the language of its address."""
    body = account_pages.rendered(template, visitors_language(), root(), here(), **values)
    return Response(body, status, mimetype="text/html")


def in_words(error: InputError) -> str:
    """Return what was refused in the visitor's language: a sentence, and the {name} in it if it has one."""
    sentence, *names = error.args
    return language(visitors_language()).say(sentence, **({"name": names[0]} if names else {}))


def snapshot_of(slug: str) -> Snapshot | None:
    """Return what a mission holds, None while that cannot be known."""
    try:
        return library().get(slug).snapshot
    except BaqylauError:
        return None


def address() -> str:
    return request.remote_addr or "unknown"


def signed(response: AnyResponse, token: str) -> AnyResponse:
    """Give a browser the cookie of a session, for all addresses of this server."""
    response.set_cookie(
        session.ACCOUNT_COOKIE, token, max_age=LONGEST_S, path=request.root_path or "/", httponly=True,
        samesite="Lax", secure=request.is_secure,
    )  # fmt: skip
    return response


def begin(person: Account, stage: Stage, pending: str = "") -> str:
    """Return the token of a new session of a person in this browser."""
    browser = request.headers.get("User-Agent", "")
    return opened().sessions.begin(person.id, stage, address(), browser, accounts().now, pending)


def enter_fully(person: Account, current: LoginSession | None, response: AnyResponse) -> AnyResponse:
    """Sign a person in with a new token: the one from before the second factor is worth nothing."""
    if current is not None:
        opened().sessions.drop(current)
    accounts().forget()
    LOG.info("%s signed in from %s", person.name, address())
    return signed(response, begin(person, "full"))


def slowed(step: str, name: str, person: Account | None) -> int:
    """Return the seconds this attempt must wait; if it need not, count it as failed until it succeeds."""
    is_known = accounts().is_known(person, address())
    wait = opened().attempts.attempt(step, name, address(), accounts().now, is_known=is_known)
    if wait:
        LOG.warning("an attempt to sign in from %s must wait", address())
    return wait


def too_often(template: str, wait: int, /, **values: object) -> Response:
    response = page(template, 429, error=must_wait(wait), **values)
    response.headers["Retry-After"] = str(wait)
    return response


def must_wait(seconds: int) -> str:
    return language(visitors_language()).count(
        "Too many attempts. Try again in {n} second.", "Too many attempts. Try again in {n} seconds.", seconds
    )


@account.get("/")
def entry() -> AnyResponse:
    return to(f"{visitors_language()}/")


@account.get("/<language:code>/enter/")
def enter(code: str) -> AnyResponse:  # noqa: ARG001 (its page is the visitor's)
    _, current = who()
    if current and current.stage == "full":
        return to(f"../../../{_where()}")
    return page("account_enter.html", to=_where(), error="", name="")


@account.post("/<language:code>/enter/")
def with_password(code: str) -> AnyResponse:  # noqa: ARG001
    """Look at name and password; then the second factor is asked for, or set up."""
    if not accounts().has_some():
        return page("account_enter.html", 403, to="", error=_say(account_pages.WRONG), name="")
    name, password = (request.form.get(part, "")[: LONGEST_PASSWORD + 1] for part in ("name", "password"))
    name = name.strip().lower()[:64]
    person = opened().store.find_user(name=name)
    if wait := slowed("password", name, person):
        return too_often("account_enter.html", wait, to=_where(), name=name)
    if person is None or not opened().credentials.matches(person, password):
        if person is None:
            opened().credentials.matches(None, password)  # takes as long as for a name that is known
        LOG.warning("a password was refused, from %s", address())
        return page("account_enter.html", 403, to=_where(), error=_say(account_pages.WRONG), name=name)
    opened().attempts.succeeded("password", name, address())
    stage: Stage = "code" if person.tf_totp_secret else "setup"
    step = "code" if person.tf_totp_secret else "second"
    return signed(to(f"../{step}/?next={_where()}"), _half(person, stage))


def _half(person: Account, stage: Stage) -> str:
    return begin(person, stage, opened().credentials.new_secret() if stage == "setup" else "")


@account.get("/<language:code>/code/")
def ask_code(code: str) -> AnyResponse:  # noqa: ARG001
    return page("account_code.html", to=_where(), error="") if _asked_for_code()[0] else to("../enter/")


@account.post("/<language:code>/code/")
def with_code(code: str) -> AnyResponse:  # noqa: ARG001
    """Look at the code of the app, or at a recovery code, which is used up."""
    person, current = _asked_for_code()
    if person is None or current is None:
        return to("../enter/")
    if wait := slowed("code", person.name, person):
        return too_often("account_code.html", wait, to=_where())
    if not opened().sessions.try_second(current):
        return to("../enter/")
    given, credentials = request.form.get("code", "")[:40], opened().credentials
    if not (
        credentials.is_code(person, person.tf_totp_secret, given)
        or credentials.use_recovery_code(person, given)
    ):
        LOG.warning("a second factor was refused, from %s", address())
        return page("account_code.html", 403, to=_where(), error=_say(account_pages.WRONG_CODE))
    opened().attempts.succeeded("code", person.name, address())
    return enter_fully(person, current, to(f"../../../{_where()}"))


def _asked_for_code() -> tuple[Account | None, LoginSession | None]:
    person, current = who()
    # begun anew while the password was looked at: there is nothing to compare a code with
    if person is None or current is None or current.stage != "code" or not person.tf_totp_secret:
        return None, None
    return person, current


@account.get("/<language:code>/second/")
def ask_second(code: str) -> AnyResponse:  # noqa: ARG001
    person, current = _setting_up()
    return _second_page(current, "") if person and current else to("../enter/")


@account.get("/<language:code>/second/key.svg")
def drawn_secret(code: str) -> AnyResponse:  # noqa: ARG001
    """The secret as a QR code, for the telephone; of whoever is setting it up, and nobody else."""
    person, current = _setting_up()
    if person is None or current is None:
        return Response(status=404)
    return Response(opened().credentials.picture(person.name, current.pending), mimetype="image/svg+xml")


@account.post("/<language:code>/second/")
def set_second(code: str) -> AnyResponse:  # noqa: ARG001
    """Take the app's first code as proof that it works; show the recovery codes, this once."""
    person, current = _setting_up()
    if person is None or current is None:
        return to("../enter/")
    if not opened().credentials.is_code(person, current.pending, request.form.get("code", "")[:20]):
        return _second_page(current, _say(account_pages.WRONG_CODE), 403)
    if not opened().store.set_second(person, current.pending):
        return to("../enter/")
    codes = opened().credentials.new_recovery_codes(person)
    return enter_fully(person, current, page("account_codes.html", codes=codes, to=_where()))


def _setting_up() -> tuple[Account | None, LoginSession | None]:
    person, current = who()
    if person is None or current is None or current.stage != "setup":
        return None, None
    # without a password: begun anew while it was looked at
    if person.tf_totp_secret or not person.password:
        return None, None
    return person, current


def _second_page(current: LoginSession, error: str, status: int = 200) -> Response:
    letters = opened().credentials.secret_in_letters(current.pending)
    return page("account_second.html", status, letters=letters, error=error, to=_where())


@account.get("/<language:code>/start/")
def start(code: str) -> AnyResponse:  # noqa: ARG001
    """What a one-time link opens. Looking uses nothing up: programs look at links in mails, too."""
    token = request.args.get("link", "")[:100]
    link = opened().store.linked(token, accounts().now)
    if link is None:
        return page("account_link_ended.html", 403)
    return _start_page(token, link.account, "")


def _start_page(token: str, person: Account | None, error: str, status: int = 200) -> Response:
    name = person.name if person else request.form.get("name", "")[:64]
    return page(
        "account_start.html", status, link=token, name=name, is_first=person is None, error=error,
        shortest=SHORTEST_PASSWORD, pattern=NAME.pattern,
    )  # fmt: skip


@account.post("/<language:code>/start/")
def begin_account(code: str) -> AnyResponse:  # noqa: ARG001
    """Keep the password a person chose; the link is used up, and the second factor comes next."""
    token, store = request.form.get("link", "")[:100], opened().store
    link = store.linked(token, accounts().now)
    if link is None:
        return page("account_link_ended.html", 403)
    try:
        chosen = opened().credentials.hashed(new_password())
        name = request.form.get("name", "").strip().lower()
        person = store.begin(token, chosen, name, accounts().now)
    except InputError as error:
        return _start_page(token, link.account, _say(str(error), n=SHORTEST_PASSWORD), 422)
    if person is None:
        return page("account_link_ended.html", 403)
    LOG.info("%s chose a password, from %s", person.name, address())
    return signed(to("../second/"), _half(person, "setup"))


def new_password() -> str:
    """Return the password typed twice. Raises InputError."""
    first, again = (request.form.get(part, "") for part in ("password", "again"))
    if not SHORTEST_PASSWORD <= len(first) <= LONGEST_PASSWORD:
        raise InputError(account_pages.TOO_SHORT)
    if first != again:
        raise InputError(account_pages.NOT_TWICE)
    return first


@account.get("/<language:code>/")
def own(code: str) -> AnyResponse:  # noqa: ARG001
    """Everybody's own page: what may be opened, sessions, recovery codes, passkeys."""
    return own_page()


def own_page(status: int = 200, **values: object) -> Response:
    """Return a person's own page. `values`: what this request adds: an error, new recovery codes."""
    person, current = signed_in()
    sessions = opened().sessions.listed(person.id, accounts().now)
    shown = {"error": "", "codes": (), "done": "", **values}
    desks = [slug for slug in library().listed() if policy.may(person.actor(), "desk.see", slug)]
    return page(
        "account_own.html", status, name=person.name, desks=desks, codes_left=len(person.mf_recovery_codes),
        roles=[account_pages.ROLES[role] for role in person.held],
        may_manage=policy.may(person.actor(), "people.manage"),
        may_make=policy.may(person.actor(), "mission.make"),
        passkeys=account_pages.passkey_rows(opened().passkeys.listed(person.id)),
        sessions=account_pages.session_rows(sessions, current.mark), shortest=SHORTEST_PASSWORD, **shown,
    )  # fmt: skip


@account.post("/<language:code>/leave")
def leave(code: str) -> AnyResponse:  # noqa: ARG001
    """End this browser's session."""
    _, current = who()
    if current is not None:
        opened().sessions.drop(current)
        accounts().forget()
    response = to("enter/")
    response.delete_cookie(session.ACCOUNT_COOKIE, path=request.root_path or "/")
    return response


@account.post("/<language:code>/end")
def end(code: str) -> AnyResponse:  # noqa: ARG001
    """End one of one's own sessions, or all but this one."""
    person, current = who()
    if person is not None and current is not None:
        if mark := request.form.get("session", ""):
            opened().sessions.end(mark, person.id)
        else:
            opened().sessions.end_all(person.id, but=current.mark)
        accounts().forget()
    return to("./")


@account.post("/<language:code>/codes")
def new_codes(code: str) -> AnyResponse:  # noqa: ARG001
    """Make new recovery codes, shown this once; asks for a code of the app."""
    if refused := unconfirmed(request.form.get("code", "")):
        return own_page(422, error=refused)
    return own_page(codes=opened().credentials.new_recovery_codes(signed_in()[0]))


@account.post("/<language:code>/password")
def change_password(code: str) -> AnyResponse:  # noqa: ARG001
    """Change one's password; asks for a code of the app, and ends all other sessions."""
    person, current = signed_in()
    if refused := unconfirmed(request.form.get("code", "")):
        return own_page(422, error=refused)
    try:
        chosen = opened().credentials.hashed(new_password())
    except InputError as error:
        return own_page(422, error=_say(str(error), n=SHORTEST_PASSWORD))
    if not opened().store.set_password(person, chosen):  # begun anew, or changed elsewhere meanwhile
        return own_page(422, error=_say(account_pages.AGAIN))
    opened().sessions.end_all(person.id, but=current.mark)
    accounts().forget()
    LOG.info("%s changed the password, from %s", person.name, address())
    return to("./")


def unconfirmed(code: str) -> str:
    """Return in words why a code of the app does not confirm that it is the account's person; "" if it does.

    Whoever found an open browser has a session, and no telephone.
    """
    person, _ = signed_in()
    if wait := slowed("code", person.name, person):
        return must_wait(wait)
    if not opened().credentials.is_code(person, person.tf_totp_secret, code[:20]):
        return _say(account_pages.WRONG_CODE)
    opened().attempts.succeeded("code", person.name, address())
    return ""


def _say(sentence: str, **values: object) -> str:
    return language(visitors_language()).say(sentence, **({} if "{" not in sentence else values))


def _where() -> str:
    """Where to go once signed in: an address of ours, relative to the start page."""
    asked = account_pages.way_back(request.values.get("next", ""))
    return asked or f"account/{visitors_language()}/"
