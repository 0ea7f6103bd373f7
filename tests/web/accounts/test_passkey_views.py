"""Passkeys as a hostile telephone answers for them."""

import hashlib
import json

import cbor2
import pytest
from webauthn.helpers import bytes_to_base64url

from tests.web.accounts.signing_in import OURS, accounts_of, application, person, signed_in


@pytest.fixture
def app(both, tmp_path):
    return application(both, tmp_path)


@pytest.mark.parametrize("key", [b"", b"\x61x", b"\x05", b"\xa2\x01\x05\x03\x05"])
def test_a_passkey_of_a_hostile_telephone_is_refused(app, key):
    account = person(app, "ada", ["viewer"])
    client, accounts = signed_in(app, account), accounts_of(app)
    _, current = accounts.signed_in(client.get_cookie("baqylau-account").value)
    accounts.opened().sessions.pend(current, "AAAA")
    said = {"type": "webauthn.create", "challenge": "AAAA", "origin": "http://localhost"}
    bound = hashlib.sha256(b"localhost").digest() + b"\x45" + bytes(20) + b"\x00\x04abcd"
    attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": bound + key})
    response = {
        "clientDataJSON": bytes_to_base64url(json.dumps(said).encode()),
        "attestationObject": bytes_to_base64url(attested),
    }
    given = {"id": "YWJjZA", "rawId": "YWJjZA", "type": "public-key", "response": response}
    assert client.post("/account/en/passkeys/add", json=given, headers=OURS).status_code == 422
    assert accounts.opened().passkeys.listed(account.id) == []
