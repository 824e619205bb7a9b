from dataclasses import replace
from itertools import product
from typing import Final

import pytest
from hypothesis import example, given
from slack_sdk.models.blocks import Block

from bot.cards.forms import form_of, form_view
from bot.cards.home import home, home_view
from bot.cards.kit import Message, offering, plain, render
from bot.cards.leaks import DISABLE, DISMISS, REVIEW, ROTATE
from bot.cards.link_receipts import NOT_ME
from bot.cards.notifications import notification_card
from bot.cards.request_details import details, details_view
from bot.cards.request_states import VOID
from bot.cards.requests import posted
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.requests import APPROVE
from bot.domain.home import Home
from bot.domain.key_roles import KeyRole
from bot.domain.languages import ENGLISH, Language
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.requests import RequestNeeded
from bot.domain.policy import Action, Escalation
from bot.domain.recovery import LOST
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Asker, Evidence, Waiver
from bot.domain.rotation import Phase, Rotation, Trouble
from handlers.actions import VERBS
from tests.unit.cards_drawn import BLOCKS, PROGRAM, VIEW, frame, is_escaped, strings
from tests.unit.commands_made import names
from tests.unit.outcomes_made import ACTOR, AT, browned, pending, person, request_of
from tests.unit.requests_made import DRAFT, WEEK, in_state, word

LONG: Final = "x" * 10_000
TRICKS: Final = [
    "<http://evil.example|Approve here>",
    "<!channel> <@U1> <#C1>",
    "*b* _i_ ~s~ `c` ```d``` > q :key: @here",
    "&lt;!channel&gt;",
    "fine\n\u2022 Approved by Ann",
    "\u202egnp.exe",
    "\u05d0\u05d1\u05d2 ci-bot",
    LONG,
]
PAST: Final = "Past 90 days: no decided requests like this"
KEY_ROLES: Final = "a Technical admin, Admin or Master admin"
TELLING: Final = (1, list(State).index(State.CLAIMABLE), -1)
"""Indexes of the requests that notifications differ by: pending, claimable, lapsed."""


def requests(name: str) -> list[Request]:
    """One request in every state, and with everything that a card shows; `name` is every text."""
    plain = [request_of(name, state) for state in State]
    done, claimed = (plain[list(State).index(state)] for state in (State.DONE, State.CLAIMED))
    approval = replace(
        done.approval, comment=True, high_risk=True, escalation=Escalation(WEEK, (name,))
    )
    odd = word("ann", fingerprint=done.terms.fingerprint)
    return [
        *plain,
        *(replace(done, waived=waiver) for waiver in Waiver),
        replace(
            done,
            waived=Waiver.EMERGENCY,
            review=replace(odd, name=name, comment=name, principal_name=name),
        ),
        replace(done, delete_at=AT, outcome="void"),
        replace(plain[1], approval=approval, ends_at=None),
        replace(plain[1], terms=replace(done.terms, lasts=None, key="", owner=ACTOR)),
        *(replace(claimed, made="814", ended=ended) for ended in (False, True)),
        *browned(done),
        *rotations(name),
    ]


def rotations(name: str) -> list[Request]:
    """A rotation in every phase, with everything that is wrong, and of a key that leaked."""
    waits, claimed = request_of(name, State.PENDING), request_of(name, State.CLAIMED)
    role = KeyRole("r1", name)
    gets = [None, (), (role,), (role, role)]
    of = [RotationTerms(name, WEEK, roles=each, signs=True, last=True, grave=True) for each in gets]
    of += [replace(of[2], changed=True), replace(of[2], compromised=True)]
    plain = [Rotation(AT, phase, until=AT, tested_at=AT) for phase in Phase]
    odd = [Rotation(AT, Phase.OVERLAP, trouble=each) for each in Trouble]
    leaked = [replace(each, compromised=True) for each in plain]
    return [
        *(replace(waits, terms=replace(waits.terms, key="814", rotation=each)) for each in of),
        *(replace(claimed, made="815", rotation=each) for each in (*plain, *odd, *leaked)),
    ]


def messages(name: str, language: Language = ENGLISH) -> list[Message]:
    """Render every card and every notification."""
    all_ = requests(name)
    cards = [posted(each) for each in all_]
    of_keys = {Topic.OWNER, Topic.LEAK, Topic.DRIFT, Topic.ORPHANS}
    of_keys |= {Topic.REVIEW, Topic.ROTATION_DUE, Topic.STRANGER, Topic.RECEIPT}
    of_keys |= {Topic.STRANGERS, Topic.VISITS, Topic.LINK_ENDED, Topic.SHUT, Topic.SETTLED}
    told = sorted(set(Topic) - of_keys - {Topic.PROGRESS, Topic.LEFT})
    for topic, audience in product(told, (Audience.THREAD, Audience.PERSON)):
        notification = Notification("c1r", audience, topic, "U1", "U2", name)
        cards += [notification_card(notification, all_[at]) for at in TELLING]
    cards.append(notification_card(Notification("c1r", Audience.THREAD, Topic.EXPIRED), all_[1]))
    return [render(card, (), language) for card in cards]


USUAL: Final = messages("x")


@pytest.mark.parametrize("name", ["ci-bot", LONG], ids=["usual", "long"])
def test_every_message_about_a_request_is_valid_by_slacks_schema(name: str) -> None:
    """In every state, of every topic, to every audience"""
    for drawn in messages(name):
        blocks = list(drawn.blocks)
        assert not PROGRAM.search(drawn.text)
        BLOCKS.validate(blocks)
        assert len(blocks) == len([block.to_dict() for block in Block.parse_all(blocks)])
        assert 0 < len(drawn.text) <= 3000
        assert all(0 < len(text) <= 3000 for *_, text in strings(blocks))


@pytest.mark.parametrize("name", TRICKS)
def test_no_trick_makes_a_requests_card_lie(name: str) -> None:
    """No name makes a link, a mention, a format or a line of its own"""
    for odd, usual in zip(messages(name), USUAL, strict=True):
        assert frame(usual) == frame(odd)
        assert is_escaped(odd.text)
        assert {"\n"} >= {text for *_, text in strings(odd.blocks) if "\n" in text}
        assert usual.text.count("\n") == odd.text.count("\n") or odd.text.endswith("\u2026")
        assert "\u202e" not in odd.text


@given(names)
@example("\u2066\u2069")
def test_a_name_is_text_on_the_card_and_no_more(name: str) -> None:
    """The name of a key, an environment or a person"""
    drawn, usual = render(posted(requests(name)[1])), USUAL[1]
    assert frame(usual) == frame(drawn)
    assert is_escaped(drawn.text)


def buttons(drawn: object) -> list[dict[str, str]]:
    """Find every button of a payload."""
    if isinstance(drawn, dict):
        own = [drawn] if drawn.get("type") == "button" else []
        return own + [found for inner in drawn.values() for found in buttons(inner)]
    if isinstance(drawn, list | tuple):
        return [found for inner in drawn for found in buttons(inner)]
    return []


def test_a_button_names_its_request_and_nothing_else() -> None:
    """It works for everybody, and a press may run its verb"""
    seen = set()
    for drawn in USUAL:
        ids = [button["action_id"] for button in buttons(drawn.blocks)]
        assert len(set(ids)) == len(ids)
        for button in buttons(drawn.blocks):
            kind, verb, id_ = button["action_id"].split(":")
            assert ("request", "c1r", "c1r") == (kind, id_, button["value"])
            seen.add(verb)
    elsewhere = {"withdraw", "requests", "offboard", DISABLE, DISMISS, REVIEW, ROTATE, NOT_ME}
    orphans = {"owner", "disable", "orphans", "review_mine", "review_report"}
    assert {*VERBS} - elsewhere - orphans == seen


def test_a_settled_request_has_nothing_to_press() -> None:
    """Except to look, review, renew, collect or disable"""
    for state in State:
        pressed = {
            button["action_id"].split(":")[1]
            for button in buttons(render(posted(request_of("x", state))).blocks)
        }
        expected = {
            State.PENDING: {"approve", "deny", "ask", "cancel"},
            State.CLAIMABLE: {"claim", "cancel"},
            State.CLAIMED: {"renew", "cancel"},
        }.get(state, set[str]())
        assert {*expected, "details"} == pressed


@pytest.mark.parametrize("name", ["ci-bot", *TRICKS])
def test_app_home_is_valid_and_its_action_ids_are_distinct(name: str) -> None:
    """Slack needs each action id once in a view"""
    own = [replace(each, id=f"{at}r") for at, each in enumerate(requests(name)[:10])]
    other = [replace(each, id=f"{at}ar") for at, each in enumerate(requests(name)[:10])]
    shown = home(Home(person(name), tuple(other), tuple(own), (pending(name),)))
    view = home_view(shown, [f"o{at}" for at, _ in enumerate(offering(shown))], ENGLISH)
    VIEW.validate(view)
    ids = [button["action_id"] for button in buttons(view)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", ["ci-bot", *TRICKS])
def test_a_form_for_an_approver_shows_what_they_decide_about(name: str) -> None:
    """And asks for what the rule requires, and nothing else"""
    required = MoreNeeded(request_of(name, State.PENDING), ("comment", "confirm"))
    form = form_of(required)
    assert form
    view = form_view(form, "offer0", ENGLISH)
    VIEW.validate(view)
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    fields = [block for block in blocks if block["type"] == "input"]
    assert [("field:comment", False), ("field:confirm", False)] == [
        (field["block_id"], field["optional"]) for field in fields
    ]
    assert required.request.terms.fingerprint in str(view["blocks"])
    assert "Sign in" not in str(view["blocks"])
    assert "Type the name that the card shows" in str(fields[-1])


def test_a_form_offers_a_sign_in_in_place_of_the_typed_name() -> None:
    """The name may then be empty, and the comment still not"""
    request = request_of("ci-bot", State.PENDING)
    form = form_of(MoreNeeded(request, ("comment", "confirm")))
    assert form
    assert form.confirms == request
    only_comment = form_of(MoreNeeded(request, ("comment",)))
    assert only_comment
    assert only_comment.confirms is None
    view = form_view(replace(form, sign_in="https://k.example/a/token"), "offer0", ENGLISH)
    VIEW.validate(view)
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    fields = [block for block in blocks if block["type"] == "input"]
    assert [("field:comment", False), ("field:confirm", True)] == [
        (field["block_id"], field["optional"]) for field in fields
    ]
    (pressed,) = [block["elements"][0] for block in blocks if block["type"] == "actions"]
    assert (pressed["url"], pressed["action_id"]) == ("https://k.example/a/token", "opens:sign-in")


def test_a_form_for_one_chosen_request_of_high_risk_offers_it_too() -> None:
    """As the button of its card opens it"""
    request = request_of("ci-bot", State.PENDING)
    for risky in (True, False):
        asked = replace(request, approval=replace(request.approval, high_risk=risky))
        form = form_of(RequestNeeded(Incomplete(APPROVE, ()), (asked,)))
        assert form
        assert form.confirms == (asked if risky else None)


@pytest.mark.parametrize(
    ("role", "cloudinary_id", "known", "shown"),
    [
        ("", "", False, "a@lumen.example (confirmed), not a Cloudinary user"),
        ("", "u1", True, "a@lumen.example (confirmed), Cloudinary role: unknown"),
        ("media_library_user", "", True, "(confirmed), Cloudinary role: Media Library user"),
    ],
)
def test_a_requester_whom_cloudinary_does_not_know_is_marked(
    role: str, cloudinary_id: str, *, known: bool, shown: str
) -> None:
    """On the card; a request of an older version may have the role alone"""
    asker = Asker("Ann", "a@lumen.example", role, cloudinary_id)
    request = replace(request_of("ci-bot", State.PENDING), asker=asker)
    assert known != ("Ann (not a Cloudinary user)" in plain(posted(request)))
    assert shown in plain(details(request))


def test_a_link_shows_the_person_and_both_cloudinary_users() -> None:
    """In place of an environment and a key; the card itself warns of an attacker's address"""
    request = request_of("u1 \u2192 u2", State.PENDING)
    terms = replace(
        request.terms, action=Action.LINK, environment_id="", environment_name="", owner=ACTOR
    )
    request = replace(request, terms=terms)
    drawn, full = plain(posted(request)), plain(details(request))
    assert f"link @{ACTOR.user_id} to another Cloudinary user" in drawn
    assert "u1 \u2192 u2" in drawn
    assert "Check with the person by another way than Slack" in drawn
    assert f"Person: @{ACTOR.user_id}" in full
    assert "before \u2192 after: u1 \u2192 u2" in full
    assert "Environment:" not in full
    assert "collect" not in drawn


def shapes() -> list[Request]:
    """Requests that differ by what their cards show, in every state."""
    found = requests("ci-bot")
    pending = found[1]
    review = replace(word("ann"), comment="fine")
    return [
        *found,
        *(replace(each, waived=waiver) for each in found for waiver in Waiver),
        *(replace(each, waived=Waiver.EMERGENCY, review=review, delete_at=AT) for each in found),
        *(replace(each, outcome=outcome) for each in found for outcome in (LOST, VOID)),
        *(replace(each, votes=()) for each in found),
        *(
            replace(pending, terms=replace(pending.terms, action=action, command=command))
            for action in Action
            for command in ("key rename a b", "renew c1r --reason x", "key restore a")
        ),
    ]


def test_a_card_is_short() -> None:
    """It fits a phone: five lines while people decide, three afterwards; then what can be done

    An emergency has its reason too until it is reviewed, and a rotation warns in one more.
    """
    for request in (*shapes(), *requests(LONG)):
        drawn = posted(request)
        most = (
            5 + bool(request.terms.rotation)
            if request.state is State.PENDING
            else 3 + request.unreviewed
        )
        assert 0 < len(drawn.lines) <= most, plain(drawn)
        assert not any(each.item for each in drawn.lines)
        assert "details" == drawn.buttons[-1].command
        BLOCKS.validate(list(render(drawn).blocks))
        VIEW.validate(details_view(request, ENGLISH))


def test_a_pending_card_reads_as_a_sentence_each() -> None:
    """Who and what; where, how long and why; evidence as small print; who approves until when"""
    asker = Asker("Mia Lindqvist", "mia@lumen.example", "", "c-mia")
    terms = replace(DRAFT.terms, owner=DRAFT.terms.requester, reason="INC-42")
    request = replace(
        DRAFT, state=State.PENDING, asker=asker, terms=terms, evidence=Evidence(decided=0)
    )
    drawn = posted(request)
    assert [
        "Mia Lindqvist requests new credentials",
        "ci-bot in Shop for 7 days: INC-42",
        f"{PAST} · Tier: production · 0 enabled keys there · Fingerprint: {terms.fingerprint}",
        f"Needs 2 approvals from {KEY_ROLES} (not the requester). Expires 1 March 2026 20:30 UTC.",
    ] == plain(drawn).splitlines()
    assert [False, False, True, False] == [each.context for each in drawn.lines]
    assert ["rich_text", "context", "rich_text", "actions"] == [
        block["type"] for block in render(drawn).blocks
    ]
    labels = ["Approve", "Deny…", "Ask…", "Cancel request", "Details"]
    assert labels == [str(each.label) for each in drawn.buttons]


def test_a_card_says_before_a_decision_which_key_and_for_whom() -> None:
    """The API key of one that exists, the owner where it is another person, and a high risk"""
    terms = replace(DRAFT.terms, action=Action.KEY_ENABLE, key="814", owner=DRAFT.terms.requester)
    risky = replace(DRAFT.approval, high_risk=True)
    changed = plain(posted(replace(in_state(State.PENDING, risky), terms=terms)))
    assert "ci-bot (814) in Shop" in changed
    assert "High risk: to approve, type ci-bot." in changed
    signing = replace(in_state(State.PENDING, risky), signs_in=True)
    assert "High risk: to approve, sign in with Slack or type ci-bot." in plain(posted(signing))
    assert "High risk" not in plain(posted(replace(in_state(State.PENDING), signs_in=True)))
    assert "credentials for @U0OWNER" in plain(posted(in_state(State.PENDING)))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.DENIED, "Denied by Ann 1 March 2026 12:30 UTC: not now"),
        (State.CANCELLED, "Cancelled 1 March 2026 12:30 UTC."),
        (State.EXPIRED, "Expired 1 March 2026 12:30 UTC: no one decided in time."),
        (State.CLAIMABLE, "Approved by Bob 1 March 2026 12:30 UTC. Ready to collect by @U0OWNER."),
        (State.LAPSED, "Not collected in time: the key never worked."),
    ],
)
def test_a_decided_card_has_two_lines(state: State, said: str) -> None:
    """Who, what and where; what became of it, by whom and when"""
    votes = (replace(word("ann", approves=False), comment="not now"), word("bob"))
    request = replace(in_state(state), votes=votes)
    first, second = plain(posted(request)).splitlines()
    assert "Asker requests new credentials for @U0OWNER: ci-bot in Shop" == first
    assert said in second


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_the_card_of_a_failed_request_tells_of_no_access(state: State) -> None:
    """None was given, so none ends"""
    request = replace(request_of("ci-bot", state), ends_at=AT)
    assert (state is State.DONE) == ("Access ends" in render(posted(request)).text)
