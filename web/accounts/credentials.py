"""Passwords, codes of an authenticator app, recovery codes: what Flask-Security does with them.

It works in a small application of its own that answers no request: in the server's it would look at a session
before every request, and say `Vary: Cookie` of pages that caches keep for everybody.
"""

from __future__ import annotations

import hashlib
import io
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

import qrcode
import qrcode.image.svg
from flask import Flask
from flask_security import Security, UserMixin, hash_password, verify_password
from flask_security.proxies import _security
from flask_security.totp import Totp

from geo.model.errors import Busy
from web.accounts.account_store import Account, AccountStore

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200  # what is hashed costs memory and time
WINDOW_S: Final = 30  # a telephone's clock may be this far off
AT_ONCE: Final = 2  # each takes 64 MB
# passlib's options; without any, what a hash costs is Argon2's default
HASHING: Final[Mapping[str, int]] = {}
PATIENCE_S: Final = 8.0


class Credentials:
    """Owns the application that Flask-Security works in, and the places for hashing passwords."""

    def __init__(self, store: AccountStore, secret: str) -> None:
        self._store = store
        self._app = Flask("baqylau.accounts", static_folder=None, template_folder=None)
        self._app.config.update(
            SECRET_KEY=derived(secret, "cookies"),
            SECURITY_PASSWORD_SALT=derived(secret, "passwords"),
            SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=dict(HASHING),
            SECURITY_TWO_FACTOR=True,
            SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
            SECURITY_TOTP_SECRETS={"1": derived(secret, "totp")},
            SECURITY_TOTP_ISSUER="Baqylau",
            SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
            SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=8,
            SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[derived(secret, "recovery codes").encode()],
        )
        Security(self._app, store, register_blueprint=False, totp_cls=_Counted)
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self.hashed("of nobody")

    def hashed(self, password: str) -> str:
        """Return the Argon2 hash of a password. Raises Busy."""
        with self._place(), self._app.app_context():
            return str(hash_password(_security.password_util.normalize(password)))

    def matches(self, account: Account | None, password: str) -> bool:
        """Return whether it is the account's password; of nobody it takes as long. Raises Busy."""
        known = account.password if account is not None and account.active else ""
        if len(password) > LONGEST_PASSWORD:
            return False
        with self._place(), self._app.app_context():
            normal = _security.password_util.normalize(password)
            return bool(verify_password(normal, known or self._nobody)) and bool(known)

    def _place(self) -> _Place:
        return _Place(self._places)

    def new_secret(self) -> str:
        """Return a new secret for an authenticator app, sealed."""
        with self._app.app_context():
            return str(_security.totp_factory.generate_totp_secret())

    def secret_in_letters(self, sealed: str) -> str:
        with self._app.app_context():
            return str(_security.totp_factory.get_totp_pretty_key(sealed))

    def picture(self, name: str, sealed: str) -> bytes:
        """Return the secret as a QR code, in SVG."""
        with self._app.app_context():
            uri = _security.totp_factory.get_totp_uri(name, sealed)
        file = io.BytesIO()
        qrcode.make(uri, image_factory=qrcode.image.svg.SvgPathFillImage, border=3).save(file)
        return file.getvalue()

    def is_code(self, account: Account, sealed: str, code: str) -> bool:
        """Return whether a code is the app's of this moment, and count it as used."""
        digits = "".join(code.split())
        if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
            return False
        with self._app.app_context():
            is_right = _security.totp_factory.verify_totp(digits, sealed, account, WINDOW_S)
        return bool(is_right) and self._store.use_code(account, account.matched)

    def new_recovery_codes(self, account: Account) -> list[str]:
        """Give an account new recovery codes; the earlier ones end."""
        with self._app.app_context():
            return list(_security.mf_recovery_codes_util.create_recovery_codes(account))

    def use_recovery_code(self, account: Account, code: str) -> bool:
        """Return whether it is one of the account's recovery codes, and use it up."""
        asked = "".join(code.split()).lower()
        with self._app.app_context():
            codes = _security.mf_recovery_codes_util.get_recovery_codes(account)
        if asked not in codes:
            return False
        left = [
            sealed for sealed, plain in zip(account.mf_recovery_codes, codes, strict=True) if plain != asked
        ]
        return self._store.use_recovery_code(account, left)


class _Counted(Totp):
    """Flask-Security's TOTP that looks at, and tells, the moment of a code, so that none counts twice."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        return user.totp_counter or None if isinstance(user, Account) else None

    def set_last_counter(self, user: UserMixin, tmatch: Any) -> None:
        if isinstance(user, Account):
            user.matched = tmatch.counter


class _Place:
    """One of the places for hashing, for as long as a with statement runs. Raises Busy."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=PATIENCE_S):
            raise Busy("too many people sign in at once; try again in a few seconds")

    def __exit__(self, *_: object) -> None:
        self._places.release()


def derived(secret: str, purpose: str) -> str:
    """Return a key for one purpose: 32 bytes as Fernet wants them."""
    return urlsafe_b64encode(hashlib.sha256(f"baqylau {purpose} {secret}".encode()).digest()).decode()
