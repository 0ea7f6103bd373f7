"""Whoever asks is known here, and a request for what they may not do ends here, before any view runs."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo.model.languages import LANGUAGES
from web import desk_resources, new_resources, policy, served, session
from web.accounts import account_pages
from web.accounts.accounts import Accounts
from web.headers import NO_STORE
from web.policy import Actor, current_actor
from web.settings import Settings
from web.tile_middleware import Opens

Kept = TypeVar("Kept", bound=AnyResponse)
NEVER = f"{NO_STORE}, private"
SAFE = ("GET", "HEAD", "OPTIONS")
NEW = "new"  # no mission may be called so: its cookie opens the page that makes missions, only


def register(app: Flask) -> None:
    """Ask the policy before every request."""
    app.before_request(guard)


def guard() -> AnyResponse | None:
    """Let a request through if its actor may do what its route is for; else say that it is closed."""
    if request.endpoint is None:
        return None  # no address of ours: the routing says so
    action = policy.ACTION_OF.get(request.endpoint)
    if action is None:
        abort(403)  # a route that nobody gave a policy
    if not policy.is_for_devices(action):
        only_from_own_pages()
    if policy.is_public(action) or policy.is_for_devices(action):
        return None  # devices show their token to the API itself, which answers in its own words
    if given := _key_given():
        served.door_log().opened(_mission(), request.remote_addr)
        return _let_in(given)
    g.actor = identify()
    return None if policy.may(g.actor, action, _mission()) else _closed()


def identify() -> Actor:
    """Return who makes this request; without name and roles if nobody knows."""
    person = served.people().actor(request.cookies.get(session.ACCOUNT_COOKIE, ""))
    return person or _holder_of_key() or Actor()


def key_opens(accounts: Accounts, settings: Settings, mission: str) -> bool:
    """Return whether the key opens a mission: as long as nobody has an account, and ever in a demo."""
    return mission in settings.demo or not accounts.has_some()


def opens_desk(accounts: Accounts, settings: Settings, token: str) -> Opens:
    """Return what tells whether a mission's desk opens to cookies of the key, or to that of an account."""

    def opens(mission: str, cookies: list[str], account: str) -> bool:
        actor = accounts.actor(account)
        if actor is not None:
            return policy.may(actor, "desk.see", mission)
        return session.is_open(token, mission, cookies) and key_opens(accounts, settings, mission)

    return opens


def _mission() -> str:
    return NEW if request.blueprint == "new" else str((request.view_args or {}).get("slug", ""))


def _token() -> str:
    return str(current_app.config["DESK_TOKEN"])


def _holder_of_key() -> Actor | None:
    mission, cookies = _mission(), request.cookies.getlist(session.COOKIE)
    if not session.is_open(_token(), mission, cookies) or not key_opens(
        served.people(), served.settings(), mission
    ):
        return None
    return Actor(policy.KEY, frozenset({"coordinator"}), frozenset({(mission, "")}))


def _key_given() -> str:
    """The key in the address, or the part of it that opens this mission's desk alone; "" for no such."""
    given, mission = request.args.get("token", ""), _mission()
    if not mission:
        return ""  # a page of accounts, which no key opens
    opens = session.is_token(_token(), given) or (
        mission != NEW and session.is_open(_token(), mission, [given])
    )
    return given if given and opens and key_opens(served.people(), served.settings(), mission) else ""


def _let_in(given: str) -> AnyResponse:
    """Set the cookie and leave the key out of the address.

    The cookie has no path: a browser takes the folder of the address it asked, whatever a proxy put before
    it. So it is set at the first address only, and a key given at another goes there first.
    Lax, not Strict: a link in a mail is a click from another site, and nothing is changed by a GET.
    """
    mission = _mission()
    inside = request.path.split("/new/" if mission == NEW else "/desk/", 1)[1]
    lang = visitors_language() if inside else request.args.get("lang", "")
    lang = lang if lang in LANGUAGES else ""
    if inside:
        query = urlencode({"token": given, "lang": lang})
        return to(f"{'../' * inside.count('/') or './'}?{query}")
    response = to(f"{lang}/" if lang else "./")
    value = session.cookie_value(_token(), mission)
    response.set_cookie(
        session.COOKIE, value, path=None, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


def _closed() -> AnyResponse:
    """Say that it is closed; a person whom nobody knows yet and who looks at a page is asked who they are."""
    given, has_cookie = request.args.get("token", ""), session.COOKIE in request.cookies
    actor, mission, has_accounts = current_actor(), _mission(), served.people().has_some()
    why = "not in the account" if actor.name else "old cookie" if has_cookie else "no key"
    served.door_log().refused(mission, request.remote_addr, "wrong key" if given else why)
    back = account_pages.way_back(request.path.removeprefix("/"))
    if has_accounts and not actor.name and _looks_at_a_page():
        query = f"?next={back}" if back else ""
        return keep_nowhere(to(f"{root()}/account/{visitors_language()}/enter/{query}", 302))
    if mission and not has_accounts:
        shown = new_resources.closed if mission == NEW else desk_resources.closed
        body = shown(visitors_language(), root())
    else:
        body = account_pages.rendered(
            "account_closed.html", visitors_language(), root(), here(), who=actor.name, to=back
        )
    return Response(body, 403, mimetype="text/html")


def _looks_at_a_page() -> bool:
    """Return whether a browser asks for this to show it: programs and scripts of a page name no HTML."""
    asked = request.accept_mimetypes
    return request.method == "GET" and any(kind == "text/html" and weight > 0 for kind, weight in asked)


def only_from_own_pages() -> None:
    """Let nothing be changed or begun by another site's page; 403."""
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    if request.method not in SAFE and not session.is_from_own_page(site, origin, request.host_url):
        abort(403)


def to(where: str, status: int = 303) -> AnyResponse:
    """Send on to an address relative to this one: the server need not know its own name."""
    response = redirect(where, status)
    response.autocorrect_location_header = False
    return response


def visitors_language() -> str:
    """Return the language of the address, else the visitor's best of all."""
    code = str((request.view_args or {}).get("code", ""))
    return code if code in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES)) or "en"


def root() -> str:
    """Return the way from this request's address to the start page, without a slash at its end."""
    return "/".join([".."] * max(request.path.count("/") - 1, 0)) or "."


def here() -> str:
    """Return the address of this page of accounts in whichever language: what follows the language's code."""
    before, _, rest = request.full_path.removesuffix("?").partition(f"/{visitors_language()}/")
    folder, _, query = rest.partition("?")
    if before != "/account" or request.method not in SAFE:
        query = ""
    folder = folder[: folder.rfind("/") + 1] if before == "/account" else "enter/"
    return f"{folder}?{query}" if query else folder


def keep_nowhere(response: Kept) -> Kept:
    """No cache, on the way or in the browser, keeps what was for one person."""
    response.headers["Cache-Control"] = NEVER
    response.headers["Vary"] = "Cookie, Accept-Language, Accept-Encoding"
    return response
