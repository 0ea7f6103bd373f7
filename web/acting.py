"""Who acts on the desk, and what they may: the one place where a request becomes a person of the journal."""

from __future__ import annotations

from typing import Final

from geo.intake.report_decisions import person_id
from geo.model.errors import InputError
from web.policy import KEY, current_actor, may

AT_THE_KEY: Final = "key:"  # before a name that somebody at the desk's shared key gave: nobody checked it
# Where a report stands that lies in no area: only who has the whole mission may act on it or read it all.
NO_AREA: Final = ("",)


def asks_name() -> bool:
    """Return whether whoever acts has to say who they are: the key is everybody's, an account is not."""
    return current_actor().name == KEY


def actor_name(given: object) -> str:
    """Return the person that an event names. Raises InputError where nobody is named.

    `given`: the name typed beside the desk's key; of an account nothing that was typed counts.
    """
    if not asks_name():
        return current_actor().name
    if not isinstance(given, str) or not given.strip():
        raise InputError("name: say who you are; decisions are written down with it")
    return f"{AT_THE_KEY}{person_id(given)}"


def person_named(name: str) -> str:
    """Return the person that somebody else's name means here, "" for none. Raises InputError."""
    return name and f"{AT_THE_KEY if asks_name() else ''}{person_id(name)}"


def allows(action: str, mission: str, areas: tuple[str, ...] = ()) -> bool:
    """Return whether whoever asks may do this at a place; `areas`: of what is acted on, none for anywhere."""
    return may(current_actor(), action, mission, areas)
