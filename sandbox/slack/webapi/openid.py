"""openid.connect.token, openid.connect.userInfo and auth.revoke."""

import hmac

from sandbox.slack.openid import claims
from sandbox.slack.openid.forgeries import forge
from sandbox.slack.openid.grants import Code
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin


def token(twin: Twin, arguments: Payload) -> Payload:
    """openid.connect.token: exchange a code for an access token and an id_token."""
    _admit_client(twin, arguments)
    match arguments.get("grant_type", "authorization_code"):
        case "authorization_code":
            code = _code(twin, arguments)
        case "refresh_token":
            raise Refusal(
                "invalid_refresh_token"
            )  # the app has no token rotation, so there are none
        case _:
            raise Refusal("invalid_grant_type")
    access_token = twin.sign_ins.exchange(code)
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "id_token": _id_token(twin, code, access_token),
    }


def _admit_client(twin: Twin, arguments: Payload) -> None:
    if arguments.get("client_id") != twin.config.client_id:
        raise Refusal("invalid_client_id")
    given = arguments.get("client_secret", "").encode()
    if not hmac.compare_digest(given, twin.config.client_secret.encode()):
        raise Refusal("bad_client_secret")


def _code(twin: Twin, arguments: Payload) -> Code:
    code = twin.sign_ins.codes.get(arguments.get("code", ""))
    if code is None:
        raise Refusal("invalid_code")
    if code.token is not None:
        twin.sign_ins.revoke(code)
        raise Refusal("invalid_grant")
    if twin.sign_ins.is_expired(code):
        raise Refusal("invalid_grant")
    if not code.sent_from(arguments.get("redirect_uri")):
        raise Refusal("bad_redirect_uri")
    if not code.verified_by(arguments.get("code_verifier")):
        raise Refusal("invalid_grant")
    return code


def _id_token(twin: Twin, code: Code, access_token: str) -> str:
    now = int(twin.config.clock())
    content: Payload = {
        "iss": twin.config.public_url,
        "aud": code.request.client_id,
        "iat": now,
        "exp": now + claims.LIFETIME,
        "auth_time": int(code.authorized_at),
        "at_hash": claims.at_hash(access_token),
        **claims.about(twin.workspace.people[code.user], code.request.scopes),
    }
    if code.request.nonce is not None:
        content["nonce"] = code.request.nonce
    return forge(content, twin.sign_ins.forgery(), twin.sign_ins.keys)


def user_info(twin: Twin, arguments: Payload) -> Payload:
    """openid.connect.userInfo: current claims about the token's person."""
    granted = twin.sign_ins.tokens[arguments["token"]]
    person = twin.workspace.people[granted.user]
    if person.deleted:
        raise Refusal("token_revoked")
    return claims.about(person, granted.scopes)


def revoke(twin: Twin, arguments: Payload) -> Payload:
    """auth.revoke, for a user's token; with `test` the token stays valid."""
    if not arguments.get("test"):
        del twin.sign_ins.tokens[arguments["token"]]
    return {"revoked": not arguments.get("test")}
