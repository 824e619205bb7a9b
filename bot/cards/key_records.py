"""Cards about what Keysmith keeps of a key: whose it is, what it is for."""

from typing import Final, assert_never

from bot.cards.key_history import co_owners
from bot.cards.key_refusals import about
from bot.cards.kit import Button, Card, Mention, Phrase, Text, bold, card, line, msg, plural
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.key_records import OwnerOfKey
from bot.domain.commands.keys import DisableKey, ShowKey
from bot.domain.commands.registry import BY_CLASS
from bot.domain.key_records import MOST_TAGS, KeyRecord
from bot.domain.keys import Located
from bot.domain.outcomes import key_records as outcomes
from bot.domain.outcomes.key_records import CoOwnerStop
from bot.domain.people import Actor
from bot.domain.phrases import Span

_STOPS: Final = {
    CoOwnerStop.NO_OWNER: msg(
        "{key} in {environment} has no owner, so it can't have co-owners. Nothing changed. Choose"
        " an owner first: `/cld key owner <key> @person`"
    ),
    CoOwnerStop.OWNER: msg(
        "{person} is the owner of {key} in {environment}. Nothing changed. To choose another owner:"
        " `/cld key owner <key> @person`"
    ),
    CoOwnerStop.TOO_MANY: msg(
        "{key} in {environment} has as many co-owners as a key may have. Nothing changed. Remove"
        " one first: `/cld key owner <key> @person --remove`"
    ),
}
_UNCHANGED: Final = {
    (True, True): msg("{person} is a co-owner of {key} in {environment} already. Nothing changed."),
    (True, False): msg("{person} is no co-owner of {key} in {environment}. Nothing changed."),
    (False, True): msg("{key} in {environment} has the tag {tag} already. Nothing changed."),
    (False, False): msg("{key} in {environment} has no tag {tag}. Nothing changed."),
}
_Beside = (
    outcomes.CoOwnerChanged | outcomes.CoOwnerRefused | outcomes.KeyTagged | outcomes.TooManyTags
)


def record_card(outcome: outcomes.KeyRecordOutcome) -> Card:
    """Draw an outcome of a command about a key's record."""
    here = outcome.located
    if isinstance(outcome, _Beside):
        return _beside(outcome)
    if isinstance(outcome, outcomes.RecordUnchanged) and (outcome.person or outcome.tag):
        return _beside(outcome)
    match outcome:
        case outcomes.OwnerShown():
            return _owner(outcome)
        case outcomes.OwnerAssigned(owner=owner, before=before):
            said = msg("{key} in {environment} now belongs to {owner}.", owner=mention(owner))
            changed = msg(
                "{key} in {environment} now belongs to {owner}. It belonged to {before}.",
                owner=mention(owner),
                before=mention(before),
            )
            return card(
                about(changed if before else said, here),
                line(msg("Keysmith tells them.")),
                line(msg("The security channel is notified.")) if outcome.told_security else None,
                buttons=[_show(here)],
            )
        case outcomes.OwnerOvertaken(owner=owner):
            now = msg("{key} in {environment} has another owner since you asked: {owner}.")
            free = msg("{key} in {environment} has no owner any more since you asked.")
            return card(
                about(now.fill(owner=mention(owner)) if owner else free, here),
                line(msg("Nothing changed. To choose your owner anyway, ask again.")),
            )
        case outcomes.KeyNoted(note=note):
            noted = msg("The note of {key} in {environment}: {note}", note=Text(note))
            return card(about(noted, here), buttons=[_show(here)])
        case outcomes.RecordUnchanged(owner=owner):
            same = msg("{key} in {environment} already belongs to {owner}. Nothing changed.")
            noted = msg("{key} in {environment} already has this note. Nothing changed.")
            return card(about(same.fill(owner=mention(owner)) if owner else noted, here))
        case _:
            assert_never(outcome)


def _beside(outcome: _Beside | outcomes.RecordUnchanged) -> Card:
    """Draw an outcome about a co-owner, or a tag."""
    here = outcome.located
    match outcome:
        case outcomes.CoOwnerChanged(person=person, added=added):
            joined = msg("{person} is now a co-owner of {key} in {environment}.")
            gone = msg("{person} is no longer a co-owner of {key} in {environment}.")
            return card(
                about((joined if added else gone).fill(person=mention(person)), here),
                line(msg("Keysmith tells them.")),
                line(msg("The security channel is notified.")) if outcome.told_security else None,
                buttons=[_show(here)],
            )
        case outcomes.CoOwnerRefused(person=person, reason=reason):
            return card(about(_STOPS[reason].fill(person=mention(person)), here))
        case outcomes.KeyTagged(tag=tag, added=added):
            tagged = msg("{key} in {environment} now has the tag {tag}.")
            untagged = msg("{key} in {environment} no longer has the tag {tag}.")
            said = (tagged if added else untagged).fill(tag=bold(tag))
            return card(about(said, here), buttons=[_show(here)])
        case outcomes.TooManyTags():
            many = msg("{key} in {environment} has {most} tags, the most. Nothing changed.")
            first = line(msg("Remove one first: `/cld key tag <key> remove <tag>`"))
            return card(about(many.fill(most=Text(str(MOST_TAGS))), here), first)
        case outcomes.RecordUnchanged():
            said = _UNCHANGED[bool(outcome.person), outcome.there]
            named = said.fill(person=mention(outcome.person), tag=bold(outcome.tag))
            return card(about(named, here))
        case _:
            assert_never(outcome)


def mention(owner: Actor | None) -> Span:
    """Name an owner."""
    return Mention(owner.user_id) if owner else msg("no one")


def _owner(outcome: outcomes.OwnerShown) -> Card:
    here, where = outcome.located, outcome.located.environment.cloud_name
    owned = msg("{key} in {environment} belongs to {owner}.", owner=mention(outcome.owner))
    free = msg("{key} in {environment} has no owner.")
    choose = Incomplete(BY_CLASS[OwnerOfKey], (("env", where), ("name", here.key.api_key)))
    label = msg("Change owner…") if outcome.owner else msg("Choose an owner…")
    buttons = [Button(label, write(choose))] if outcome.may_change else []
    return card(
        about(owned if outcome.owner else free, here),
        line(co_owners(outcome.also)) if outcome.also else None,
        buttons=[_show(here), *buttons],
    )


def told_co_owner(record: KeyRecord, *, by: str, joined: bool) -> Card:
    """Tell a person that they are a co-owner of a key now, or that they are none any more."""
    key, place = bold(record.name or record.api_key), Text(record.environment_name)
    known = {"who": Mention(by), "key": key, "environment": place}
    if not joined:
        return card(
            line(msg("{who} removed you as a co-owner of {key} in {environment}.", **known))
        )
    return card(
        line(msg("{who} made you a co-owner of {key} in {environment}.").fill(**known)),
        line(msg("Keysmith tells you what it tells the owner.")),
    )


def _show(here: Located) -> Button:
    show = ShowKey(here.key.api_key, here.environment.cloud_name)
    return Button(msg("Show {key}", key=Text(here.key.label)), write(show))


def told_owner_of_many(count: int, *, by: str) -> Card:
    """Tell a person that they own many keys now."""
    said = plural(
        "{who} made you the owner of {count} key.",
        "{who} made you the owner of {count} keys.",
        count,
        who=Mention(by),
    )
    may = msg("Keysmith tells you about them, and you can disable them at any time.")
    return card(line(said), line(may), line(msg("To see your keys: `/cld key list --mine`")))


def told_owner(record: KeyRecord, owner: Actor | None, *, to: str, by: str) -> Card:
    """Tell a person that they own a key now, or that another person does."""
    key, place = bold(record.name or record.api_key), Text(record.environment_name)
    if owner and owner.user_id == to:
        said: Phrase = msg(
            "{who} made you the owner of {key} in {environment}.",
            who=Mention(by),
            key=key,
            environment=place,
        )
        may = msg("Keysmith tells you about it, and you can disable it at any time.")
        label = msg("Disable {key} in {environment}")
        stop = Button(
            label.fill(key=Text(record.name or record.api_key), environment=place),
            write(DisableKey(record.api_key)),
            style="danger",
        )
        return card(line(said), line(may), buttons=[stop])
    other = msg(
        "{who} made {owner} the owner of {key} in {environment}. It was yours.",
        who=Mention(by),
        owner=mention(owner),
        key=key,
        environment=place,
    )
    return card(line(other))
