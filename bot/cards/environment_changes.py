"""Cards about environments that are created, renamed, disabled or enabled, or are not."""

from typing import Final, assert_never

from bot.cards.confirming import no_match
from bot.cards.key_refusals import cut, suggestion
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
from bot.cards.own_rights import CLOSED, FIX_HERE
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.keys import CreateKey
from bot.domain.commands.registry import BY_CLASS
from bot.domain.environment_names import PlaceNameReason
from bot.domain.environments import Environment
from bot.domain.outcomes import environment_changes as outcomes
from bot.domain.outcomes.environment_changes import PlaceState, Uses

_CHANGED: Final = {
    PlaceState.CREATED: msg("{environment} is created."),
    PlaceState.RENAMED: msg("{before} is now named {environment}. Its cloud name stays the same."),
    PlaceState.DISABLED: msg("{environment} is disabled."),
    PlaceState.ENABLED: msg("{environment} is enabled again."),
}
_ALREADY: Final = {
    PlaceState.CREATED: msg("{environment} exists already. Nothing changed."),
    PlaceState.RENAMED: msg("{environment} already has that name. Nothing changed."),
    PlaceState.DISABLED: msg("{environment} is already disabled. Nothing changed."),
    PlaceState.ENABLED: msg("{environment} is already enabled. Nothing changed."),
}
_NAMES: Final = {
    PlaceNameReason.TAKEN: msg("An environment named {name} already exists. Nothing changed."),
    PlaceNameReason.ALIKE: msg(
        "An environment can't be named {name}: it looks like an existing one. Nothing changed."
    ),
    PlaceNameReason.HIDDEN: msg(
        "An environment can't be named {name}: it has characters that can't be seen. Nothing"
        " changed."
    ),
    PlaceNameReason.CLOUD_TAKEN: msg(
        "The cloud name {name} is taken. Cloud names are unique among all Cloudinary accounts."
        " Nothing changed."
    ),
    PlaceNameReason.NO_CLOUD_NAME: msg(
        "No cloud name can be derived from {name}. Nothing changed. Add one: `--cloud-name`"
    ),
}
_UNLIKE: Final = frozenset(PlaceNameReason) - {PlaceNameReason.NO_CLOUD_NAME}
_ROOT: Final = msg("Its first key is the root key. Keysmith never hands out a root key.")
_NEXT: Final = msg("Create a key: `/cld key create <name> --env {cloud_name}`")


def place_card(outcome: outcomes.PlaceOutcome) -> Card:
    """Draw an outcome of a change of an environment."""
    match outcome:
        case outcomes.EnvironmentCreated():
            return _created(outcome)
        case outcomes.EnvironmentChanged():
            return _changed(outcome)
        case outcomes.EnvironmentUnchanged(place, change):
            return card(line(_ALREADY[change].fill(environment=bold(place.name))))
        case outcomes.EnvironmentProtected():
            disable = Button(msg("Disable environment…"), _unconfirmed(outcome), style="danger")
            confirm = msg("Nothing changed. To go on, confirm with the environment's name.")
            return card(*stopping(outcome), line(confirm), buttons=[disable])
        case outcomes.EnvironmentOvertaken(place):
            later = msg("{environment} changed after you asked for this, so Keysmith did nothing.")
            return card(
                line(later.fill(environment=bold(place.name))),
                line(msg("If you still want it, run the command again.")),
            )
        case outcomes.PlaceNameRefused():
            return _refused(outcome)
        case _:
            assert_never(outcome)


def stopping(outcome: outcomes.EnvironmentProtected) -> list[Line | None]:
    """Say what stops when the environment is disabled."""
    stops = msg(
        "Disabling {environment} stops everything in it: uploads, delivery of assets and API calls."
    )
    uses, at = outcome.uses, outcome.uses.changed_at
    return [
        *no_match(outcome),
        line(stops.fill(environment=_both(outcome.environment))),
        line(_keys_in(uses)),
        line(msg("A key there last changed {ago}.", ago=Moment(at))) if at else None,
    ]


def _created(outcome: outcomes.EnvironmentCreated) -> Card:
    place = outcome.environment
    form = Incomplete(BY_CLASS[CreateKey], (("env", place.cloud_name),))
    create = Button(msg("Create key…"), write(form), style="primary")
    next_ = _NEXT.fill(cloud_name=Text(place.cloud_name))
    said = msg("{environment} is created, tier: {tier}.", tier=Text(place.tier))
    return card(
        line(said.fill(environment=_both(place))),
        line(_ROOT),
        *(map(line, (CLOSED, FIX_HERE)) if outcome.closed else ()),
        line(next_) if outcome.offers else None,
        buttons=[create] if outcome.offers and not outcome.closed else [],
    )


def _changed(outcome: outcomes.EnvironmentChanged) -> Card:
    place, change, before = outcome.environment, outcome.change, outcome.before
    values = {"environment": _both(place), "before": bold(before.name)}
    tiers = msg("Its tier is now {tier}. It was {before}.", tier=Text(place.tier))
    undo = msg("To undo this: `/cld env enable {cloud_name}`", cloud_name=Text(place.cloud_name))
    was = before if place.fixed is None else place
    return card(
        line(_CHANGED[change].fill(**values)),
        line(tiers.fill(before=Text(before.tier))) if was.tier is not place.tier else None,
        _effect(outcome),
        line(undo) if change is PlaceState.DISABLED else None,
        line(msg("The security channel is notified.")) if outcome.told_security else None,
    )


def _effect(outcome: outcomes.EnvironmentChanged) -> Line | None:
    """Say what stopped, or what comes back."""
    count = outcome.uses.enabled
    if outcome.change is PlaceState.RENAMED:
        return None
    if count is None:
        return line(_keys_in(outcome.uses))
    if outcome.change is PlaceState.DISABLED:
        return line(
            plural(
                "{count} enabled key stops working.", "{count} enabled keys stop working.", count
            )
        )
    return line(
        plural("{count} enabled key works again.", "{count} enabled keys work again.", count)
    )


def _keys_in(uses: Uses) -> Phrase:
    if uses.enabled is None:
        return msg("Keysmith can't read how many keys are enabled there.")
    return plural("{count} key is enabled there.", "{count} keys are enabled there.", uses.enabled)


def _both(place: Environment) -> Phrase:
    return msg("{name} ({cloud_name})", name=bold(place.name), cloud_name=code(place.cloud_name))


def _unconfirmed(outcome: outcomes.EnvironmentProtected) -> str:
    """Write the command without the name, which the form asks for."""
    given = {"env": outcome.environment.cloud_name, "reason": outcome.retry.reason}
    texts = tuple((name, text) for name, text in given.items() if text)
    spec = BY_CLASS[type(outcome.retry)]
    return write(spec.make(dict(texts)))


def _refused(outcome: outcomes.PlaceNameRefused) -> Card:
    instead = (outcome.instead,) if outcome.instead else ()
    there = msg("The existing environment: {environment}")
    return card(
        line(_NAMES[outcome.reason].fill(name=code(outcome.name))),
        line(there.fill(environment=_both(outcome.other))) if outcome.other else None,
        line(msg("This name is free, as far as Keysmith can tell:")) if instead else None,
        *cut(instead),
        line(msg("Choose another name.")) if not instead and outcome.reason in _UNLIKE else None,
        buttons=[suggestion(each) for each in instead],
    )
