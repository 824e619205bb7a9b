"""Rotations on cards: what approvers see of one, where it is, and what a person may press."""

from typing import Final

from bot.cards.kit import (
    Button,
    Card,
    Line,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    code,
    line,
    msg,
    plural,
)
from bot.cards.role_names import named as role_named
from bot.domain.outcomes.rotations import NotRotated, RotationStop
from bot.domain.phrases import Lasting, Listed, Span
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Evidence, Terms
from bot.domain.rotation import By, Phase, Rotation, Step, Trouble, allows

_STOPS: Final = {
    RotationStop.RUNNING: msg("{key} in {environment} is being rotated already."),
    RotationStop.DELETION: msg(
        "{key} in {environment} is to be deleted. Restore it first, or create a new key."
    ),
    RotationStop.UNCLAIMED: msg(
        "{key} in {environment} was never collected, so there is nothing to replace."
    ),
    RotationStop.DISABLED: msg(
        "{key} in {environment} is disabled. Enable it first, or create a new key."
    ),
    RotationStop.ROLES: msg(
        "{key} in {environment}: its roles can't be read, so a new key can't get the same ones."
    ),
    RotationStop.OWNER: msg(
        "{key} in {environment} belongs to a person who may not get a new key there without an"
        " approval, and the policy has none for this. Give it another owner first with"
        " `/cld key owner`, or let its owner request credentials with `/cld request`."
    ),
}
_STAYS: Final = msg("Its rotation did not begin. The key stays disabled.")
_TROUBLES: Final = {
    Trouble.REFUSED: msg("Cloudinary refuses the new key, so the old one still works."),
    Trouble.WITHHELD: msg("Keysmith could not test the new key: Cloudinary shows no secret."),
    Trouble.NEW_DISABLED: msg("The new key is disabled."),
    Trouble.NEW_GONE: msg("The new key is gone: it was deleted by other means."),
    Trouble.OLD_GONE: msg("The old key is gone: it was deleted by other means."),
    Trouble.OLD_ENABLED: msg("The old key was enabled by other means, so it is kept."),
    Trouble.OLD_STOPPED: msg("The old key was disabled by other means, so it stays disabled."),
    Trouble.NAME_TAKEN: msg("Another key has the old name, so the new key keeps its own."),
    Trouble.RENAMED: msg("The new key was renamed by other means, so it keeps that name."),
    Trouble.UNCOLLECTED: msg("It was not collected in time."),
    Trouble.FAILED: msg("The new key could not be created."),
}
_SHORT: Final = {
    Phase.PLANNED: msg("rotation planned"),
    Phase.CREATED: msg("new key ready to collect"),
    Phase.TESTING: msg("testing the new key"),
    Phase.UNTESTED: msg("new key doesn't work yet"),
    Phase.OVERLAP: msg("both keys work"),
    Phase.RETIRING: msg("disabling the old key"),
    Phase.SIGNING: msg("webhook signer has to move"),
    Phase.MOVING: msg("moving the webhook signer"),
    Phase.SOAKING: msg("old key disabled"),
    Phase.REVIVING: msg("rolling back"),
    Phase.RIPE: msg("old key ready to delete"),
    Phase.DELETING: msg("deleting the old key"),
    Phase.NAMING: msg("renaming the new key"),
    Phase.DONE: msg("rotated"),
    Phase.KEPT: msg("rotation ended, both keys kept"),
    Phase.ABORTING: msg("rotation being aborted"),
    Phase.ABORTED: msg("rotation aborted"),
}
_STATES: Final = {
    Phase.PLANNED: msg("The old key works until the new one is collected and deployed."),
    Phase.CREATED: msg("The old key works until the new one is collected and deployed."),
    Phase.TESTING: msg("Keysmith tests the new key. The old key still works."),
    Phase.UNTESTED: msg("The old key is left as it is. Test the new key again, or abort."),
    Phase.OVERLAP: msg(
        "Both keys work. Deploy the new one, then press Deployed. The old key is disabled {until}."
    ),
    Phase.RETIRING: msg("The old key is being disabled."),
    Phase.SIGNING: msg(
        "The old key signs webhook notifications, so it still works. Add the new secret to your"
        " signature checks, then press Move webhooks."
    ),
    Phase.MOVING: msg("The new key takes over webhook notifications."),
    Phase.SOAKING: msg(
        "The old key is disabled. If something stops working, press Roll back. It can be deleted"
        " {until}."
    ),
    Phase.REVIVING: msg("The old key is being enabled again."),
    Phase.RIPE: msg("The old key was disabled long enough. Delete it for good, or roll back."),
    Phase.DELETING: msg("The old key is being deleted."),
    Phase.NAMING: msg("The new key gets the old name."),
    Phase.DONE: msg("{name} is rotated. The old key is deleted."),
    Phase.KEPT: msg("The rotation ended. Keysmith changes neither key any more."),
    Phase.ABORTING: msg("The new key is being deleted."),
    Phase.ABORTED: msg("The rotation ended. The old key works as before, the new one is deleted."),
}
_LEAKED: Final = {
    Phase.CREATED: msg("The old key is disabled. The new one works once it is collected."),
    Phase.TESTING: msg("Keysmith tests the new key. The old key is disabled."),
    Phase.UNTESTED: msg("The old key stays disabled. Test the new key again, or abort."),
    Phase.OVERLAP: msg("The new key works. The old key is disabled."),
    Phase.SOAKING: msg("The old key is disabled. It can be deleted {until}."),
    Phase.RIPE: msg("The old key was disabled long enough. Delete it for good."),
    Phase.ABORTED: msg("The rotation ended. The new key is deleted, the old one stays disabled."),
}
"""The same of a key that leaked."""
STEPS: Final[dict[str, Phrase]] = {
    Step.TEST: msg("Test again"),
    Step.DEPLOYED: msg("Deployed"),
    Step.EXTEND: msg("Extend"),
    Step.SIGNER: msg("Move webhooks…"),
    Step.ROLL_BACK: msg("Roll back"),
    Step.DELETE: msg("Delete old key…"),
    Step.ABORT: msg("Abort rotation"),
}
"""What a person may press, by the step."""
_STYLES: Final = {
    Step.DEPLOYED: "primary",
    Step.TEST: "primary",
    Step.SIGNER: "primary",
    Step.DELETE: "danger",
    Step.ABORT: "danger",
}


def not_rotated(outcome: NotRotated) -> Card:
    """Say why a key is not rotated."""
    here = outcome.located
    said = _STOPS[outcome.reason].fill(
        key=bold(here.key.label), environment=Text(here.environment.name)
    )
    running = outcome.request
    if running is not None:
        look = msg("See it: `/cld requests {id}`", id=code(running.short_id))
        return card(line(said), line(rotation_state(running)) if running.made else None, line(look))
    if not outcome.stopped:
        return card(line(said), line(msg("Nothing changed.")))
    if outcome.reason is RotationStop.DISABLED:
        said = msg("The access to it has ended, so it gets no successor. Create a new key.")
    return card(line(said), line(_STAYS))


def rotation_terms(terms: Terms) -> list[Line]:
    """Say what a rotation does, and in one more line what depends on the key."""
    rotation = terms.rotation
    if rotation is None:
        return []
    if rotation.compromised:
        then = msg("The key is compromised: it is disabled first, without a grace.")
    else:
        then = msg(
            "Both keys work for {grace}. Then the old one is disabled for {soak}, and deleted once"
            " a person confirms.",
            grace=Lasting(rotation.grace),
            soak=Lasting(rotation.soak),
        )
    warned = {
        msg("The new key gets rights like Master Admin."): rotation.grave,
        msg("The key signs webhook notifications. Moving that is a step."): rotation.signs,
        msg("It is the only enabled key there."): rotation.last,
    }
    warnings = [span for each, holds in warned.items() if holds for span in (each, Text(" "))]
    said = line(_successor(terms), Text(" "), then)
    return [said, line(*warnings[:-1])] if warnings else [said]


def _successor(terms: Terms) -> Phrase:
    rotation = terms.rotation
    name = code(rotation.successor if rotation else "")
    roles = rotation.roles if rotation else None
    if roles is None:
        return msg("New key: {name}.", name=name)
    if not roles:
        return msg("New key: {name}, without a role, as the old one.", name=name)
    held: tuple[Span, ...] = tuple(map(role_named, roles))
    if rotation and rotation.changed:
        other = plural(
            "New key: {name}, with another role: {roles}.",
            "New key: {name}, with other roles: {roles}.",
            len(held),
        )
        return other.fill(name=name, roles=Listed(held, "and"))
    same = plural(
        "New key: {name}, with the same role: {roles}.",
        "New key: {name}, with the same roles: {roles}.",
        len(held),
    )
    return same.fill(name=name, roles=Listed(held, "and"))


def rotated_beside(found: Evidence) -> list[Line]:
    """Say of a key that is to be deleted that it is being rotated, as it was at the asking."""
    if not found.rotation:
        return []
    id_, _, phase = found.rotation.partition(" ")
    return [
        line(
            msg(
                "A rotation of the key is running: {phase}. To finish or abort it instead:"
                " `/cld rotation {id}`",
                phase=_SHORT[Phase(phase)],
                id=Text(id_),
            )
        )
    ]


def rotated_now(running: Request | None) -> Phrase | None:
    """Say of a key that is shown that it is being rotated, how far that is, and what to do."""
    if running is None or running.rotation is None:
        return None
    return msg(
        "Its rotation is running: {phase}. To see the next step: `/cld rotation {id}`",
        phase=_SHORT[running.rotation.phase],
        id=Text(running.short_id),
    )


def short_state(rotation: Rotation) -> Phrase:
    """Name where a rotation is, in a list or after a colon."""
    return _SHORT[rotation.phase]


def rotation_state(request: Request) -> Phrase:
    """Say where a rotation is, and what comes next."""
    rotation = request.rotation
    if rotation is None:
        return msg("Not a rotation.")
    said = _state(request, rotation)
    if rotation.trouble is None:
        return said
    return msg("{trouble} {state}", trouble=_TROUBLES[rotation.trouble], state=said)


def _state(request: Request, rotation: Rotation) -> Phrase:
    said = _STATES[rotation.phase]
    if rotation.compromised:
        said = _LEAKED.get(rotation.phase, said)
    elif rotation.phase is Phase.OVERLAP and rotation.tested_at is None:
        said = msg("Both keys work. Deploy the new one, then press Deployed.")
    if rotation.phase is Phase.ABORTING and rotation.trouble is Trouble.OLD_STOPPED:
        said = msg("The rotation is ending. The new key stays as it is.")
    until = Moment(rotation.until or rotation.since, exact=True)
    return said.fill(until=until, name=bold(request.terms.name))


def rotation_buttons(request: Request) -> list[Button]:
    """Make the buttons of the steps that a person may take now."""
    rotation = request.rotation
    if rotation is None or request.state not in {State.CLAIMABLE, State.CLAIMED}:
        return []
    return [
        Button(label, taken, request_id=request.id, style=_STYLES.get(Step(taken)))
        for taken, label in STEPS.items()
        if allows(rotation, Step(taken), By.PERSON)
    ]
