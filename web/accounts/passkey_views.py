"""Passkeys: added to one's own account, and opening it without a password. JSON, for `passkey.js`."""

from __future__ import annotations

import logging
from typing import Any, Final

import orjson
import webauthn
from flask import Blueprint, Response, request
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.wrappers import Response as AnyResponse

from web.accounts.account_views import (
    accounts,
    address,
    enter_fully,
    opened,
    signed,
    signed_in,
    unconfirmed,
    who,
)
from web.accounts.passkeys import Passkey
from web.doors import keep_nowhere, to

LOG: Final = logging.getLogger("baqylau")
REQUIRED: Final = UserVerificationRequirement.REQUIRED  # a PIN or a finger: it stands for both factors
MOST_OF_ONE: Final = 10
# What the library raises of an answer that is none: it looks into bytes that a telephone chose.
HOSTILE: Final = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError)
passkeys = Blueprint("passkeys", __name__, url_prefix="/account/<language:code>/passkeys")
passkeys.after_request(keep_nowhere)


@passkeys.post("/ask")
def ask(code: str) -> AnyResponse:  # noqa: ARG001 (JSON has no language)
    """What a browser needs to ask for a passkey of this server, whoever's."""
    if not accounts().has_some():
        return _refused()
    options = webauthn.generate_authentication_options(rp_id=_host(), user_verification=REQUIRED)
    browser, challenge = request.headers.get("User-Agent", ""), bytes_to_base64url(options.challenge)
    token = opened().sessions.begin(0, "passkey", address(), browser, accounts().now, challenge)
    return signed(_json(webauthn.options_to_json(options)), token)


@passkeys.post("/enter")
def enter(code: str) -> AnyResponse:  # noqa: ARG001
    """Sign in whom the passkey belongs to, if it answers this browser's challenge."""
    _, current = who()
    given = _given()
    passkey = opened().passkeys.find(str(given.get("id", "")))
    person = opened().store.find_user(id=passkey.account_id) if passkey else None
    if current is None or current.stage != "passkey" or passkey is None or person is None:
        return _refused()
    opened().sessions.drop(current)  # a challenge is answered once
    try:
        checked = webauthn.verify_authentication_response(
            credential=given, expected_challenge=webauthn.base64url_to_bytes(current.pending),
            expected_rp_id=_host(), expected_origin=_origin(), credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count, require_user_verification=True,
        )  # fmt: skip
    except HOSTILE:
        return _refused()
    if not person.active:
        return _refused()
    opened().passkeys.used(passkey, checked.new_sign_count)
    return enter_fully(person, None, _json("{}"))


@passkeys.post("/offer")
def offer(code: str) -> AnyResponse:  # noqa: ARG001
    """What a browser needs to make a passkey for this account; asks for a code of the app."""
    person, current = signed_in()
    if says := unconfirmed(str(_given().get("code", ""))):
        return _refused(says)
    owned = opened().passkeys.listed(person.id)
    options = webauthn.generate_registration_options(
        rp_id=_host(), rp_name="Baqylau", user_id=person.fs_uniquifier.encode(), user_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(each.credential)) for each in owned
        ],
    )  # fmt: skip
    opened().sessions.pend(current, bytes_to_base64url(options.challenge))
    return _json(webauthn.options_to_json(options))


@passkeys.post("/add")
def add(code: str) -> AnyResponse:  # noqa: ARG001
    """Keep a new passkey, if it answers this session's challenge."""
    person, current = who()
    if person is None or current is None or not current.pending:
        return _refused()
    opened().sessions.pend(current, "")
    try:
        checked = webauthn.verify_registration_response(
            credential=_given(), expected_challenge=webauthn.base64url_to_bytes(current.pending),
            expected_rp_id=_host(), expected_origin=_origin(), require_user_verification=True,
        )  # fmt: skip
    except HOSTILE:
        return _refused()
    credential = bytes_to_base64url(checked.credential_id)
    if opened().passkeys.find(credential) or len(opened().passkeys.listed(person.id)) >= MOST_OF_ONE:
        return _refused()
    opened().passkeys.add(
        Passkey(credential, person.id, checked.credential_public_key, checked.sign_count, accounts().now)
    )
    LOG.info("%s added a passkey, from %s", person.name, address())
    return _json("{}")


@passkeys.post("/remove")
def remove(code: str) -> AnyResponse:  # noqa: ARG001
    person, _ = who()
    if person is not None:
        opened().passkeys.remove(request.form.get("credential", ""), person.id)
        LOG.info("%s removed a passkey, from %s", person.name, address())
    return to("../")


def _given() -> dict[str, Any]:
    try:
        given = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        return {}
    return given if isinstance(given, dict) else {}


def _host() -> str:
    return request.host.rpartition(":")[0] if ":" in request.host else request.host


def _origin() -> str:
    return request.host_url.rstrip("/")


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


def _refused(says: str = "") -> AnyResponse:
    LOG.warning("a passkey was refused, from %s", address())
    return Response(orjson.dumps({"message": says}), 422, mimetype="application/json")
