"""Outcome -> card. A new outcome does not type-check until it has words."""

from typing import assert_never

from bot.cards import answers, faults, help, keys, links, people, places, requests  # noqa: A004  # a noun, a module
from bot.cards.kit import Card
from bot.domain import decided as d
from bot.domain import outcomes as o
from bot.domain.grammar import Incomplete, Misunderstood, Planned
from bot.domain.people import TurnedAway


def card_of(outcome: o.Outcome) -> Card:  # noqa: C901, PLR0912  # one case for each outcome
    """Find the words for what came of a command."""
    match outcome:
        case o.MenuOffered():
            return help.menu(outcome)
        case o.HelpGiven():
            return help.helped(outcome)
        case o.Introduced():
            return people.introduced(outcome)
        case o.EnvironmentsListed():
            return places.listed(outcome)
        case o.EnvironmentShown():
            return places.shown(outcome)
        case o.KeysListed():
            return keys.listed(outcome)
        case o.KeyShown():
            return keys.shown(outcome)
        case o.KeyChanged():
            return keys.changed(outcome)
        case o.NothingToChange():
            return keys.unchanged(outcome)
        case o.LinkReady():
            return links.ready(outcome)
        case o.NothingToClaim():
            return links.nothing()
        case o.NotOffered():
            return help.not_offered()
        case o.WhichClaim():
            return links.which(outcome)
        case o.SecretWithheld():
            return links.withheld(outcome)
        case o.Explained():
            return people.explained(outcome)
        case o.NoSuchKey():
            return keys.missing(outcome)
        case o.WhichKey():
            return keys.which(outcome)
        case o.NoSuchEnvironment():
            return places.missing(outcome)
        case o.WhichEnvironment():
            return places.which(outcome)
        case o.NameTaken():
            return keys.taken(outcome)
        case o.Barred():
            return keys.barred(outcome)
        case o.Denied():
            return people.denied(outcome)
        case d.Requested():
            return answers.requested(outcome)
        case o.Several(outcomes):
            return answers.several([card_of(each) for each in outcomes])
        case d.Renewed():
            return answers.renewed(outcome)
        case d.NotAskable():
            return answers.not_askable(outcome)
        case d.Voted():
            return answers.voted(outcome)
        case d.TooLate():
            return answers.too_late(outcome)
        case d.MayNotDecide():
            return answers.may_not(outcome)
        case d.WordWanted():
            return answers.word_wanted(outcome)
        case d.Voided():
            return answers.voided(outcome)
        case d.Passed():
            return answers.passed(outcome)
        case d.NoSuchRequest():
            return answers.no_such(outcome)
        case d.RequestShown(request):
            return requests.posted(request)
        case d.Delegated():
            return answers.delegated(outcome)
        case d.RequestsListed():
            return answers.listed(outcome)
        case o.MadeToClaim():
            return answers.made(outcome)
        case o.Unknown():
            return people.unknown(outcome)
        case o.Failed():
            return faults.failed(outcome)
        case TurnedAway():
            return people.turned_away(outcome)
        case Incomplete():
            return help.incomplete(outcome)
        case Misunderstood():
            return help.misunderstood(outcome)
        case Planned():
            return help.planned(outcome)
        case _:
            assert_never(outcome)
