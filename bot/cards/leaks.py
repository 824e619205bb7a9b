"""Cards about leaked keys: what a reporter reads, the incident in the security channel, its people.

A secret is in none of them: no value that reaches this module has one.
"""

from typing import Final, assert_never

from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    code,
    context,
    item,
    line,
    msg,
    plural,
)
from bot.domain.incidents import OPEN, Incident, IncidentState, News, Report, Source
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.leaks import (
    LeakOutcome,
    LeakReported,
    LeakSettled,
    NoPairFound,
    NoSuchLeak,
    SeenLeak,
)

DISABLE: Final = "disable_leaked"
DISMISS: Final = "dismiss_leak"
REVIEW: Final = "review_leak"
ROTATE: Final = "rotate_leaked"
"""Verbs of the buttons, which work for everybody who may run their commands."""
GENERIC: Final = msg(
    "If this key and secret are from your organisation's account, Keysmith tells the owner and"
    " security."
)
STATES: Final = {
    IncidentState.REPORTED: msg("Being compared with Cloudinary."),
    IncidentState.ASKED: msg("The key works. Its owner and people who can disable it are asked."),
    IncidentState.ESCALATED: msg("The key still works. More people are asked."),
    IncidentState.DISABLING: msg("Being disabled."),
    IncidentState.DISABLED: msg("The key is disabled. The leaked secret no longer works."),
    IncidentState.HARMLESS: msg("The key was already disabled. Don't enable it again."),
    IncidentState.DISMISSED: msg("Dismissed as a false alarm. The key was not changed."),
    IncidentState.FOREIGN: msg("The leaked secret doesn't work in this account."),
}
HELD: Final = {
    ProtectionReason.ROOT: msg("Keysmith doesn't disable it: it is the environment's root key."),
    ProtectionReason.LAST_ENABLED: msg(
        "Keysmith doesn't disable it by itself: it is the environment's last enabled key."
    ),
    ProtectionReason.WEBHOOK_SIGNER: msg(
        "Keysmith doesn't disable it by itself: it signs webhooks."
    ),
}


def leak_card(outcome: LeakOutcome) -> Card:
    """Draw what a command about leaks led to."""
    match outcome:
        case LeakReported():
            return _reported(outcome)
        case LeakSettled(incident, changed, review):
            now = STATES[incident.state]
            if not changed:
                reason = line(_not_reviewed(incident)) if review else None
                return card(line(msg("Nothing changed. {state}", state=now)), reason)
            told = msg("Done. The incident about {key} is updated.", key=bold(incident.name))
            return card(line(told), line(now))
        case NoSuchLeak(name):
            told = msg("No incident about the key {key} that you can see.", key=code(name))
            return card(line(told), line(msg("Nothing changed. To stop a key: `/cld key disable`")))
        case NoPairFound():
            return card(
                line(msg("This message has no API key with its secret that Keysmith recognizes.")),
                line(msg("If a key leaked all the same, disable it: `/cld key disable`")),
            )
        case _:
            assert_never(outcome)


def _not_reviewed(incident: Incident) -> Phrase:
    if incident.reviewed_by:
        return msg("{name} has reviewed it already.", name=Text(incident.reviewed_by))
    return msg("A review is for what the policy did: only a key that Keysmith disabled by itself.")


def _reported(outcome: LeakReported) -> Card:
    command = msg("Your command didn't run: it has Cloudinary credentials in it.")
    buttons = list[Button]()
    lines = list[Line | None]()
    for seen in outcome.seen:
        lines += _seen(seen)
        if seen.disable:
            buttons.append(Button(msg("Disable now"), seen.disable, style="danger"))
        if seen.rotate:
            buttons.append(Button(msg("Rotate as compromised"), seen.rotate))
    return card(line(command) if outcome.in_command else None, *lines, buttons=buttons)


def _seen(seen: SeenLeak) -> list[Line | None]:
    api_key, here = code(seen.api_key), seen.here
    if seen.foreign:
        return [line(msg("No environment of this account has the API key {key}.", key=api_key))]
    if here is None:
        return [
            line(
                msg("It's an API key, {key}, with a secret. Keysmith keeps no secret.", key=api_key)
            ),
            line(GENERIC),
        ]
    name, place = bold(here.key.label), bold(here.environment.name)
    which = msg("{key} is the key {name} in {place}.", key=api_key, name=name, place=place)
    owner = msg("Its owner is {person}.", person=Mention(seen.owner)) if seen.owner else None
    if seen.other_secret:
        state = msg("The secret beside it is not the key's. The key was not changed.")
    elif here.key.enabled:
        state = msg("The key is enabled, so the leaked secret works. Stop it now.")
    else:
        state = msg(
            "The key is disabled, so the leaked secret doesn't work. Don't enable it again."
        )
    return [line(which), line(owner) if owner else None, line(state)]


def incident_card(incident: Incident) -> Card:
    """Draw an incident in the security channel."""
    key, place = bold(incident.name), bold(incident.environment_name)
    title = msg("Leaked key: {key} in {place}", key=key, place=place)
    asked = incident.state in OPEN and incident.asked
    return card(
        line(title),
        line(STATES[incident.state]),
        line(HELD[incident.held]) if incident.held in HELD and incident.state in OPEN else None,
        line(msg("The secret can't be compared, so it counts as working."))
        if incident.unproven
        else None,
        item(msg("API key: {key}", key=code(incident.api_key))),
        item(msg("Owner: {person}", person=Mention(incident.owner))) if incident.owner else None,
        *(item(_where(each)) for each in incident.reports),
        item(plural("And {count} more report.", "And {count} more reports.", incident.more))
        if incident.more
        else None,
        item(_took(incident)) if incident.state is IncidentState.DISABLED else None,
        item(msg("Reviewed by {name}.", name=Text(incident.reviewed_by)))
        if incident.reviewed_by
        else None,
        context(plural("{count} person asked.", "{count} people asked.", len(incident.asked)))
        if asked
        else None,
        buttons=_buttons(incident),
    )


def _buttons(incident: Incident) -> list[Button]:
    key = incident.api_key
    if incident.state in {IncidentState.ASKED, IncidentState.ESCALATED}:
        stop = Button(msg("Disable now"), DISABLE, style="danger", request_id=key)
        rotate = Button(msg("Rotate as compromised"), ROTATE, request_id=key)
        root = incident.held is ProtectionReason.ROOT  # its key is never handed out
        dismiss = Button(msg("Dismiss as false alarm"), DISMISS, request_id=key)
        return [stop, dismiss] if root else [stop, rotate, dismiss]
    if incident.unreviewed:
        return [Button(msg("Mark reviewed"), REVIEW, request_id=key)]
    return []


def _where(report: Report) -> Phrase:
    at = Moment(report.at)
    match report.source:
        case Source.COMMAND:
            return msg(
                "Pasted into a `/cld` command by {person}, {at}", person=Mention(report.by), at=at
            )
        case Source.SHORTCUT:
            return msg(
                "In a message that {person} reported, {at}", person=Mention(report.by), at=at
            )
        case Source.CHANNEL:
            return msg(
                "In a message in channel {channel}, {at}", channel=Mention(report.channel), at=at
            )
        case Source.RECEIPT:
            return msg(
                "{person} says that another person opened the link, {at}",
                person=Mention(report.by),
                at=at,
            )
        case Source.WEBHOOK if report.place:
            by, place = Text(report.by), code(report.place)
            return msg("Found by {source} at {place}, {at}", source=by, place=place, at=at)
        case Source.WEBHOOK:
            return msg("Found by {source}, {at}", source=Text(report.by), at=at)
        case _:
            assert_never(report.source)


def _took(incident: Incident) -> Phrase:
    by, took = incident.by, Text(f"{incident.seconds:.1f}")
    if by:
        return msg("Disabled by {name}, {seconds} s after the report.", name=Text(by), seconds=took)
    if incident.automatic:
        return msg("Disabled by Keysmith, {seconds} s after the report.", seconds=took)
    return msg("Disabled in the Console, {seconds} s after the report.", seconds=took)


_TOLD: Final = {
    News.ESCALATED: msg("No one disabled the key within five minutes. More people are asked."),
    News.REMINDER: msg("The key still works. Disable it, or dismiss the incident."),
    News.DISOWNED: msg("Its link was opened by another person. The key is being disabled."),
}


def told(incident: Incident, moment: News) -> Card | None:
    """Draw what follows in the incident's thread; None where the incident itself says it."""
    match moment:
        case News.ASKED | News.HARMLESS | News.POSTED:
            return None
        case News.AGAIN:
            last = incident.reports[-1] if incident.reports else None
            return card(line(msg("Reported again.")), line(_where(last)) if last else None)
        case News.ESCALATED | News.REMINDER | News.DISOWNED:
            return card(line(_TOLD[moment]))
        case News.UNCHECKED:
            return card(
                line(msg("Cloudinary doesn't answer, so the pair is not compared yet.")),
                line(msg("If you know that the key leaked, disable it in the Cloudinary Console.")),
            )
        case News.DISABLED:
            return card(line(_took(incident)))
        case News.DISMISSED:
            return card(line(msg("{name} dismissed it as a false alarm.", name=Text(incident.by))))
        case News.REVIEW:
            return card(line(msg("Keysmith disabled this key by itself. Review it.")))
        case News.REVIEWED:
            return card(line(msg("Reviewed by {name}.", name=Text(incident.reviewed_by))))
        case _:
            assert_never(moment)


def person_card(incident: Incident, moment: News, channel: str = "") -> Card:
    """Draw what one person gets: its author, its owner, or those who may disable it."""
    if moment is News.POSTED:
        return card(
            line(
                msg(
                    "Your message in {channel} has Cloudinary credentials: the API key {key} and a"
                    " secret.",
                    key=code(incident.api_key),
                    channel=Mention(channel),
                )
            ),
            line(msg("Delete the message. Keysmith keeps nothing of it but the API key.")),
            line(GENERIC),
        )
    key, place = bold(incident.name), bold(incident.environment_name)
    if incident.state in OPEN:
        return card(
            line(
                msg("The secret of {key} in {place} leaked. The key works.", key=key, place=place)
            ),
            line(msg("Disable it now. What uses the key then stops working.")),
            buttons=_buttons(incident),
        )
    return card(
        line(msg("The secret of {key} in {place} leaked.", key=key, place=place)),
        line(STATES[incident.state]),
        line(msg("Programs that use this key need another one: `/cld request`")),
    )
