"""What whoever runs the server decides about its doors, from the command line or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geo.model.errors import BaqylauError

KEY: Final = "BAQYLAU_DESK_KEY"
BEHIND_PROXY: Final = "BAQYLAU_BEHIND_PROXY"
TRUSTED_HOSTS: Final = "BAQYLAU_TRUSTED_HOSTS"
SECURITY_CONTACT: Final = "BAQYLAU_SECURITY_CONTACT"
METRICS_KEY: Final = "BAQYLAU_METRICS_KEY"
DEMO: Final = "BAQYLAU_DEMO"
ACCOUNTS: Final = "BAQYLAU_ACCOUNTS"
SHORTEST_KEY: Final = 20  # characters; whoever can guess the key is a coordinator
MOST_PROXIES: Final = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server is reached. `key`: opens the desks; "" for the one kept below the state directory.

    `proxies`: how many reverse proxies stand before it, whose X-Forwarded-* headers are believed; 0 for
    none. `trusted_hosts`: the names it answers to, all if empty. `security_contact`: an address (mailto:
    or https:) for who finds a weakness. `metrics_key`: opens /metrics, which is not there without.
    `accounts`: the SQLAlchemy address of the accounts' database, "" for a file below the state directory.
    `demo`: missions whose desks the key opens although people have accounts.
    """

    key: str = ""
    proxies: int = 0
    trusted_hosts: tuple[str, ...] = ()
    security_contact: str = ""
    metrics_key: str = ""
    accounts: str = ""
    demo: frozenset[str] = frozenset()


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Return the settings in environment variables. Raises BaqylauError for one that cannot be meant."""
    key, metrics_key = _key(environ, KEY), _key(environ, METRICS_KEY)
    proxies = environ.get(BEHIND_PROXY, "0").strip() or "0"
    if not proxies.isascii() or not proxies.isdecimal() or int(proxies) > MOST_PROXIES:
        raise BaqylauError(f"{BEHIND_PROXY} is the number of proxies before this server, 0 to {MOST_PROXIES}")
    hosts = tuple(filter(None, environ.get(TRUSTED_HOSTS, "").replace(",", " ").split()))
    contact = environ.get(SECURITY_CONTACT, "").strip()
    if contact and (not contact.startswith(("mailto:", "https:", "tel:")) or not contact.isprintable()):
        raise BaqylauError(f"{SECURITY_CONTACT} must begin with mailto:, https: or tel:")
    accounts = environ.get(ACCOUNTS, "").strip()
    return Settings(key, int(proxies), hosts, contact, metrics_key, accounts)


def _key(environ: Mapping[str, str], name: str) -> str:
    key = environ.get(name, "").strip()
    if key and (len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key):
        raise BaqylauError(f"{name} needs at least {SHORTEST_KEY} letters and digits without spaces")
    return key
