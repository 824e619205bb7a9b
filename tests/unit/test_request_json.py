import json
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given

from bot.adapters.redis.request_json import dumps, loads
from bot.domain import bulk
from bot.domain.brownouts import Brownout, Ending, Report
from bot.domain.key_roles import KeyRole, Loss, Use
from bot.domain.keys import ProtectionReason
from bot.domain.people import Actor
from bot.domain.policy import Approval, AutoApproval, Escalation, Part, Reach
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Hearing
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import Vote
from bot.domain.rotation import Phase, Rotation, Trouble
from bot.domain.signing import SignerMove
from bot.domain.users import UserTerms
from tests.unit.requests_drawn import FIELDS, requests
from tests.unit.requests_made import AT, PENDING, word

VOTE: Final = replace(
    word("ann", holds=("key_roles", "admin"), on_behalf_of="c-bob"),
    comment="fine \u6771",
    principal=Actor("T1", "U0BOB"),
    principal_name="Bob",
)
WHOLE: Final = replace(
    PENDING,
    terms=replace(
        PENDING.terms,
        role=KeyRole("r1", "Viewer", "Look.", "shop", uses=(Use.READ,)),
        loss=Loss((Use.READ,), all=True),
        signer=SignerMove("1", "old", "2", "new"),
        parts=(bulk.Part("user disable u", "Mia"),),
        opens=("e1", "e2"),
        user=UserTerms(("Shop",), ("Blog",), ("Shop",), 1),
        rotation=RotationTerms(
            "ci-bot-c1", timedelta(hours=1), roles=(KeyRole("r1", "Viewer"),), signs=True
        ),
    ),
    approval=Approval(
        quorum=2,
        approvers=("key_roles",),
        of_which=("admin",),
        denials=3,
        reason="^OPS",
        longest=timedelta(days=7),
        comment=True,
        high_risk=True,
        emergency=("admins",),
        escalation=Escalation(timedelta(hours=1), ("members",)),
        auto=AutoApproval(3, date(2027, 1, 1)),
        also=(
            Part(
                ("group:On duty",),
                ("billing",),
                "^INC",
                ("admin",),
                Escalation(timedelta(minutes=1), ("admins",)),
            ),
        ),
        notify=True,
        open_at_most=20,
        reach=Reach.MENTION,
    ),
    evidence=Evidence(("Ann", "Bob"), 3, AT, True, "used yesterday", 4, 2),  # noqa: FBT003  # as kept
    state=State.EXECUTING,
    votes=(VOTE,),
    outcome="made",
    ends_at=AT + timedelta(days=7),
    made="814",
    noticed=1,
    escalated=True,
    ended=True,
    enabling=True,
    held=ProtectionReason.WEBHOOK_SIGNER,
    waived=Waiver.EMERGENCY,
    review=VOTE,
    second_review=VOTE,
    review_reminders=2,
    review_reminded_at=AT,
    delete_at=AT + timedelta(days=14),
    rotation=Rotation(
        *(AT, Phase.SOAKING, timedelta(hours=1), timedelta(days=14), False, AT, AT),  # as kept
        *(2, True, True, Trouble.RENAMED),  # as kept
    ),
    heard=Hearing(("U1", "U2"), ("U1",), AT + timedelta(hours=9)),
    brownout=Brownout(
        Actor("T1", "U0OWNER"),
        AT,
        enabling=True,
        late=True,
        ending=Ending.ENABLED,
        ended_at=AT,
        reports=(Report(Actor("T1", "U0ANN"), "Ann", broke=True, at=AT, comment="builds"),),
    ),
    card="C1:1.2",
    version=3,
    passphrase="sealed",
    signs_in=True,
)
STORED: Final = (
    '{"id":"c1r","terms":{"action":"key:request","command":"request shop ci-bot --reason demo",'
    '"environment_id":"e-prod","environment_name":"Shop","cloud_name":"shop","tier":"production",'
    '"key":"","name":"ci-bot","requester":"-:T1:U0ASKER","owner":"-:T1:U0OWNER","reason":"demo",'
    '"lasts":604800.0,"role":{"id":"r1","name":"Viewer","allows":"Look.","folder":"shop",'
    '"collection":"","size":0,"uses":["read"]},'
    '"loss":{"uses":["read"],"all":true},'
    '"signer":{"old":"1","old_name":"old","new":"2","new_name":"new"},"group":null,'
    '"parts":[{"command":"user disable u","name":"Mia","where":"","seen":""}],'
    '"opens":["e1","e2"],'
    '"user":{"before":["Shop"],"after":["Blog"],"lost":["Shop"],"unseen":1},'
    '"rotation":{"successor":"ci-bot-c1","grace":3600.0,"soak":1209600.0,"roles":[{"id":"r1","name":"Viewer",'
    '"allows":"","folder":"","collection":"","size":0,"uses":[]}],"changed":false,"held":false,'
    '"grave":false,"signs":true,"last":false,"compromised":false}},'
    '"asker":{"name":"Asker","email":"asker@lumen.example","role":"admin",'
    '"cloudinary_id":"c-asker","owner_id":"c-owner","owner_mailbox":""},"approval":{"quorum":2,"approvers":'
    '["key_roles"],"of_which":["admin"],"denials":3,"reason":"^OPS","longest":604800.0,'
    '"comment":true,"high_risk":true,"emergency":["admins"],"escalation":[3600.0,["members"]],'
    '"auto":[3,"2027-01-01"],"also":[{"approvers":["group:On duty"],"of_which":["billing"],'
    '"reason":"^INC","emergency":["admin"],"escalation":[60.0,["admins"]]}],"notify":true,'
    '"open_at_most":20,"reach":"mention"},"policy":"rule-1","policy_version":"v1",'
    '"asked_at":"2026-03-01T12:30:00+00:00","expires_at":"2026-03-01T20:30:00+00:00",'
    '"evidence":{"approvers":["Ann","Bob"],"siblings":3,"created_at":"2026-03-01T12:30:00+00:00",'
    '"enabled":true,"last":"used yesterday","before":4,"granted":2,"decided":null,'
    '"approved":0,"unread":false,"changed_at":null,"rotation":""},"state":"executing",'
    '"since":"2026-03-01T12:30:00+00:00","votes":[VOTE],"outcome":"made",'
    '"ends_at":"2026-03-08T12:30:00+00:00","made":"814","noticed":1,"escalated":true,'
    '"ended":true,"enabling":true,"held":"webhook_signer","waived":"emergency","review":VOTE,"second_review":VOTE,"nagged":2,'
    '"nagged_at":"2026-03-01T12:30:00+00:00","delete_at":"2026-03-15T12:30:00+00:00",'
    '"rotation":{"since":"2026-03-01T12:30:00+00:00","phase":"soaking","grace":3600.0,'
    '"soak":1209600.0,"compromised":false,"until":"2026-03-01T12:30:00+00:00",'
    '"tested_at":"2026-03-01T12:30:00+00:00","nudged":2,"stops":true,"moved":true,'
    '"trouble":"renamed"},'
    '"heard":{"chosen":["U1","U2"],"told":["U1"],'
    '"next_at":"2026-03-01T21:30:00+00:00"},'
    '"brownout":{"owner":"-:T1:U0OWNER","enable_at":"2026-03-01T12:30:00+00:00","enabling":true,'
    '"late":true,"ending":"enabled","ended_at":"2026-03-01T12:30:00+00:00","reports":[{"by":'
    '"-:T1:U0ANN","name":"Ann","broke":true,"at":"2026-03-01T12:30:00+00:00",'
    '"comment":"builds"}]},"version":3,"shown":6,"passphrase":"sealed",'
    '"signs_in":true}'
).replace(
    "VOTE",
    '{"by":"-:T1:U0ANN","name":"Ann","cloudinary_id":"c-ann","holds":["admin","key_roles"],'
    '"agrees":true,"at":"2026-03-01T12:30:00+00:00","fingerprint":"6e15-f3b6",'
    '"comment":"fine \\u6771","mailbox":"","principal_mailbox":"",'
    '"stands_for":"c-bob","principal":"-:T1:U0BOB","principal_name":"Bob"}',
)
"""A request as Redis stores it. Running systems have it, so it must not change."""
OLD: Final = (
    '{"id":"c1r","terms":{"action":"key:request","command":"request shop ci-bot --reason demo",'
    '"environment_id":"e-prod","environment_name":"Shop","cloud_name":"shop","tier":"production",'
    '"key":"","name":"ci-bot","requester":"-:T1:U0ASKER","owner":"-:T1:U0OWNER"},'
    '"asker":{"name":"Asker","email":"asker@lumen.example","role":"admin"},'
    '"approval":{"quorum":2,"approvers":["key_roles"]},"policy":"rule-1","policy_version":"v1",'
    '"asked_at":"2026-03-01T12:30:00+00:00","expires_at":"2026-03-01T20:30:00+00:00",'
    '"state":"pending","since":"2026-03-01T12:30:00+00:00","votes":[{"by":"-:T1:U0ANN",'
    '"name":"Ann","cloudinary_id":"c-ann","holds":[],"agrees":false,'
    '"at":"2026-03-01T12:30:00+00:00","fingerprint":"x"}],"version":1,"unknown":{"field":1}}'
)
"""A request with the required fields only, and with a field that is unknown now."""


@given(requests)
def test_a_request_is_read_back_as_it_was_written(request_: Request) -> None:
    """In every field, with any value"""
    assert request_ == loads(dumps(request_), request_.card)


@given(requests)
def test_what_is_written_is_ascii_on_one_line(request_: Request) -> None:
    """Nothing in it depends on the reader's encoding"""
    written = dumps(request_)
    assert written.isascii()
    assert "\n" not in written


def test_the_stored_form_never_changes() -> None:
    """And the stored text is readable; its names never change"""
    assert STORED == dumps(WHOLE)
    assert WHOLE == loads(STORED, WHOLE.card)


def test_a_request_from_before_a_field_is_readable() -> None:
    """With the field's default"""
    terms = replace(PENDING.terms, reason="", lasts=None)
    asker = Asker("Asker", "asker@lumen.example", "admin")
    vote = word("ann", approves=False, holds=(), fingerprint="x")
    bare = replace(PENDING, terms=terms, asker=asker, votes=(vote,), version=1)
    assert bare == loads(OLD, "")


@pytest.mark.parametrize("missing", ["id", "terms", "asker", "approval", "state", "votes"])
def test_a_text_that_is_no_request_is_refused(missing: str) -> None:
    """It has no default"""
    document = {name: value for name, value in json.loads(STORED).items() if name != missing}
    with pytest.raises(KeyError):
        loads(json.dumps(document), "")


def test_every_field_is_written() -> None:
    """Of the request and of each part; the card's place is stored beside it"""
    written = json.loads(dumps(WHOLE))
    parts = [(written["votes"][0], Vote), (written["review"], Vote), (written["terms"], Terms)]
    parts += [(written["asker"], Asker), (written["evidence"], Evidence)]
    parts += [(written["approval"], Approval), (written["rotation"], Rotation)]
    parts += [(written["terms"]["rotation"], RotationTerms)]
    assert len(written) == len(fields(Request)) - 1
    for found, kind in parts:
        assert len(found) == len(fields(kind)), kind


def test_the_strategy_has_every_field() -> None:
    """So that tests try a new field with odd values too"""
    assert {field.name for field in fields(Request)} == FIELDS.keys()
