"""Wrong attempts to sign in make the next one wait: longer and longer, and never for everybody.

Three counts: of an account from an address, of an address, of an account. Whoever guesses a password waits;
the owner of the account, who was signed in from elsewhere before, does not: the count of the account alone is
not asked for an address that it knows. Other people behind the same address wait a minute at most.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from web.accounts.account_tables import ATTEMPTS

FORGOTTEN_S: Final = 3600
# Clocks of several machines differ less: a count from later is of a clock that was set right since.
AHEAD_S: Final = 60


@dataclass(frozen=True, slots=True)
class SlowDown:
    """How a count slows down: not at all before `free` failures, then by seconds that double."""

    free: int
    first_s: int
    most_s: int

    def wait_s(self, failures: int, since_s: int) -> int:
        """Return the seconds still to wait.

        >>> [SlowDown(5, 2, 900).wait_s(n, since_s=1) for n in (4, 6, 99)]
        [0, 3, 899]
        """
        over = failures - self.free
        if over < 0:
            return 0
        return max(min(self.first_s << min(over, 20), self.most_s) - since_s, 0)


PAIR: Final = SlowDown(5, 2, 900)
ADDRESS: Final = SlowDown(30, 1, 60)
ACCOUNT: Final = SlowDown(60, 2, 60)


class LoginAttempts:
    """Owns the counts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def attempt(self, step: str, name: str, address: str, now: int, *, is_known: bool) -> int:
        """Return how long an attempt must wait; 0 if it need not, and it counts as failed until it succeeds.

        Counted before it is compared, in one transaction: of many at once each sees those before it. One
        that must wait is not counted: who asks too early does not wait longer for it. `step`: password or
        code, counted apart. `is_known`: the account was signed in from this address.
        """
        with self._engine.begin() as connection:
            connection.execute(
                delete(ATTEMPTS).where(
                    (ATTEMPTS.c.last_at < now - FORGOTTEN_S) | (ATTEMPTS.c.last_at > now + AHEAD_S)
                )
            )
        with self._engine.begin() as connection:
            waits = {
                rule: _counted(connection, mark, rule, now) for mark, rule in _marks(step, name, address)
            }
            wait = max(0 if is_known and rule is ACCOUNT else waits[rule] for rule in waits)
            if wait:
                connection.rollback()
        return wait

    def succeeded(self, step: str, name: str, address: str) -> None:
        """Take back what `attempt` counted; of this account from this address everything."""
        with self._engine.begin() as connection:
            for mark, rule in _marks(step, name, address):
                of_mark = ATTEMPTS.c.mark == mark
                if rule is PAIR:
                    connection.execute(delete(ATTEMPTS).where(of_mark))
                else:
                    connection.execute(
                        update(ATTEMPTS).where(of_mark).values(failures=ATTEMPTS.c.failures - 1)
                    )


def network(address: str) -> str:
    """Return what counts as one address: of IPv6 the 64 bits that one connection is given.

    What listens for both tells an IPv4 address as one of IPv6; all of those share their 64 bits.

    >>> network("192.0.2.7"), network("::ffff:192.0.2.7"), network("2001:db8:1:2:3:4:5:6"), network("?")
    ('192.0.2.7', '192.0.2.7', '2001:db8:1:2::/64', '?')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def _counted(connection: Connection, mark: str, rule: SlowDown, now: int) -> int:
    """Count one more failure; return the seconds that those before it make it wait."""
    ours = ATTEMPTS.c.mark == mark
    more = update(ATTEMPTS).where(ours).values(failures=ATTEMPTS.c.failures + 1)
    if not connection.execute(more).rowcount:
        try:
            with connection.begin_nested():
                connection.execute(insert(ATTEMPTS).values(mark=mark, failures=1, last_at=now))
            return 0
        except IntegrityError:  # another request was first
            connection.execute(more)
    row = connection.execute(select(ATTEMPTS).where(ours)).one()
    connection.execute(update(ATTEMPTS).where(ours).values(last_at=now))
    return rule.wait_s(row.failures - 1, now - row.last_at)


def _marks(step: str, name: str, address: str) -> list[tuple[str, SlowDown]]:
    where = network(address)
    return [
        (_mark(step, "pair", name, where), PAIR),
        (_mark(step, "address", where), ADDRESS),
        (_mark(step, "account", name), ACCOUNT),
    ]


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
