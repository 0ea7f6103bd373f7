"""Who has an account: let in, given roles and areas, begun anew, signed out. For admins."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from geo.model.errors import InputError
from layers.words.language import mark
from web.accounts import account_pages
from web.accounts.account_store import Account
from web.accounts.account_views import accounts, address, in_words, opened, page, snapshot_of
from web.doors import keep_nowhere, to, visitors_language
from web.policy import EVERYWHERE, PERSONS, Place, current_actor
from web.served import library

LOG: Final = logging.getLogger("baqylau")
NO_MISSION: Final = mark("There is no mission {name}.")
NO_AREA: Final = mark("There is no area {name}.")
TOO_MANY: Final = mark("At most {name} areas; an area holds all that lie in it.")
CLOSED: Final = mark("This account is closed: its link would open nothing. Let it sign in first.")
MOST_AREAS: Final = 200
people = Blueprint("people", __name__, url_prefix="/account/<language:code>/people")
people.after_request(keep_nowhere)


@people.get("/")
def listing(code: str) -> Response:  # noqa: ARG001 (its page is the visitor's)
    return _listing()


def _listing(status: int = 200, error: str = "", link: str = "", of: str = "") -> Response:
    now = accounts().now
    rows = [
        account_pages.person_row(person, opened().sessions.listed(person.id, now))
        for person in opened().store.listed()
    ]
    return page(
        "people.html", status, people=rows, roles=[(role, *account_pages.ROLES[role]) for role in PERSONS],
        error=error, link=link, of=of, typed=_typed(status), folder="people/", missions=library().listed(),
    )  # fmt: skip


def _typed(status: int) -> dict[str, object]:
    """What was typed into the form for a new person, to be mended; nothing else is kept."""
    is_refused = status == 422 and request.endpoint == "people.add"
    if not is_refused:
        return {"name": "", "held": (), "areas": ""}
    return {
        "name": request.form.get("name", "")[:64],
        "held": request.form.getlist("role"),
        "areas": request.form.get("areas", ""),
    }


@people.post("/add")
def add(code: str) -> Response:  # noqa: ARG001
    """Make an account, and a link by which the person chooses a password; shown this once."""
    name = request.form.get("name", "").strip().lower()
    try:
        person = opened().store.add(name, request.form.getlist("role"), _areas(), accounts().now)
    except InputError as error:
        return _listing(422, in_words(error))
    LOG.info("%s made an account for %s", current_actor().name, person.name)
    return _with_link(person)


@people.post("/<name>/change")
def change(code: str, name: str) -> AnyResponse:  # noqa: ARG001
    """Give a person roles and areas, or close the account; what is open ends or narrows at once."""
    person = _person(name)
    try:
        is_active = request.form.get("active") == "yes"
        opened().store.change(person, request.form.getlist("role"), _areas(person.areas), is_active)
    except InputError as error:
        return _listing(422, in_words(error))
    if not person.active:
        opened().sessions.end_all(person.id)
    accounts().forget()
    LOG.info("%s changed what %s may", current_actor().name, person.name)
    return to("../")


@people.post("/<name>/link")
def link(code: str, name: str) -> Response:  # noqa: ARG001
    """Begin an account anew: password, second factor, passkeys and sessions go, a new link is shown."""
    person = _person(name)
    if not person.active:
        return _listing(422, in_words(InputError(CLOSED)))
    opened().store.reset(person)
    accounts().forget()
    LOG.warning("%s began the account of %s anew, from %s", current_actor().name, person.name, address())
    return _with_link(person)


@people.post("/<name>/end")
def end_sessions(code: str, name: str) -> AnyResponse:  # noqa: ARG001
    """End one session of a person, or all."""
    person = _person(name)
    if ended := request.form.get("session", ""):
        opened().sessions.end(ended, person.id)
    else:
        opened().sessions.end_all(person.id)
    accounts().forget()
    LOG.info("%s ended sessions of %s", current_actor().name, person.name)
    return to("../")


def _with_link(person: Account) -> Response:
    token = opened().store.new_link(person, accounts().now)
    where = f"{request.root_url}account/{visitors_language()}/start/?link={token}"
    return _listing(link=where, of=person.name)


def _person(name: str) -> Account:
    person = opened().store.find_user(name=name)
    return person if person is not None else abort(404)


def _areas(held: Collection[Place] = ()) -> tuple[Place, ...]:
    """The areas of the form, every one of a mission that is served. Raises InputError.

    `held`: those of the account, which may stay: a mission that is gone or damaged must not keep an account
    from being closed.
    """
    lines = [line.strip() for line in request.form.get("areas", "").splitlines()]
    given = list(dict.fromkeys(filter(None, lines)))
    if len(given) > MOST_AREAS:
        raise InputError(TOO_MANY, str(MOST_AREAS))
    of_line = {account_pages.areas_text([place]): place for place in held}
    return tuple(dict.fromkeys(of_line.get(line) or _place(line) for line in given))


def _place(line: str) -> Place:
    if line == "*":
        return EVERYWHERE
    slug, _, area = line.partition("/")
    if slug not in library().listed():
        raise InputError(NO_MISSION, slug[:64])
    snapshot = snapshot_of(slug)
    if area and (snapshot is None or area not in snapshot.registry.areas.area_id):
        raise InputError(NO_AREA, line[:100])
    return slug, area
