"""What the page of a link is answered, as JSON."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import assert_never

from bot.cards.invisible import shown
from bot.domain import links

Answered = tuple[dict[str, str], HTTPStatus]


def answer_of(result: links.Whose | links.Reveal, workspace: str) -> Answered:
    """Write an answer."""
    match result:
        case links.Addressed():
            return _addressed(result, workspace), HTTPStatus.OK
        case links.Revealed(sealed, fingerprint, signs):
            body = {"sealed": sealed, "fingerprint": fingerprint}
            return body | ({"signs": "webhooks"} if signs else {}), HTTPStatus.OK
        case links.AlreadyOpened(at):
            return {"error": "opened", "opened_at": _utc(at)}, HTTPStatus.GONE
        case links.Shut():
            return {"error": "shut"}, HTTPStatus.GONE
        case links.Gone():
            return {"error": "gone"}, HTTPStatus.NOT_FOUND
        case _:
            return _not_yet(result)


def _not_yet(
    result: links.BeingOpened
    | links.NoLongerAllowed
    | links.SignInFirst
    | links.WrongPassphrase
    | links.MovesSigner,
) -> Answered:
    """Write what stopped a press whose link may still open."""
    match result:
        case links.BeingOpened():
            return {"error": "being_opened"}, HTTPStatus.CONFLICT
        case links.NoLongerAllowed():
            return {"error": "no_longer_allowed"}, HTTPStatus.FORBIDDEN
        case links.SignInFirst():
            return {"error": "sign_in"}, HTTPStatus.FORBIDDEN
        case links.WrongPassphrase(left):
            return {"error": "passphrase", "left": str(left)}, HTTPStatus.FORBIDDEN
        case links.MovesSigner():
            return {"error": "moves_signer"}, HTTPStatus.CONFLICT
        case _:
            assert_never(result)


def _addressed(result: links.Addressed, workspace: str) -> dict[str, str]:
    """Write whose a link is, and what it asks for."""
    body = {"owner": shown(result.owner), "workspace": shown(workspace)}
    body |= {"name": shown(result.name), "environment": shown(result.environment)}
    body |= {"role": shown(result.role)} if result.role else {}
    body |= {"signs_in": "slack"} if result.signs_in else {}
    if lock := result.lock:
        body |= {"salt": lock.salt, "rounds": str(lock.rounds), "left": str(lock.left)}
    return body | {"fingerprint": result.fingerprint}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat()
