"""Strategies for requests: any valid value in each field, odd texts."""

from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from bot.domain.brownouts import Brownout, Ending, Report
from bot.domain.key_roles import KeyRole, Use
from bot.domain.keys import ProtectionReason
from bot.domain.people import Actor
from bot.domain.policy import Action, Approval, AutoApproval, Escalation, Reach
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Hearing
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import Vote
from bot.domain.rotation import Phase, Rotation, Trouble
from bot.domain.signing import SignerMove
from bot.domain.users import UserTerms

texts: Final = st.text() | st.sampled_from(["\x00", "\u2028", '"}', "\\u0000", "<!channel>", "a:b"])
_ids: Final = st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True)
_names: Final = st.lists(texts, max_size=3).map(tuple)
_times: Final = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001  # Hypothesis needs naive bounds
    lambda naive: naive.replace(tzinfo=UTC)
)
_spans: Final = st.integers(1, 52_560_000).map(lambda minutes: timedelta(minutes=minutes))
_counts: Final = st.integers(0, 100)

actors: Final = st.builds(Actor, _ids, _ids, st.none() | _ids)
_roles: Final = st.builds(
    KeyRole,
    id=texts,
    name=texts,
    allows=texts,
    folder=texts,
    collection=texts,
    uses=st.lists(st.sampled_from(Use)).map(tuple),
    size=_counts,
)
_terms: Final = st.builds(
    Terms,
    action=st.sampled_from(Action),
    command=texts,
    environment_id=texts,
    environment_name=texts,
    cloud_name=texts,
    tier=texts,
    key=texts,
    name=texts,
    requester=actors,
    owner=actors,
    reason=texts,
    lasts=st.none() | _spans,
    role=st.none() | _roles,
    signer=st.none() | st.builds(SignerMove, texts, texts, texts, texts),
    user=st.none() | st.builds(UserTerms, _names, _names, _names, _counts),
    rotation=st.none()
    | st.builds(
        RotationTerms,
        successor=texts,
        grace=_spans,
        soak=_spans,
        changed=st.booleans(),
        held=st.booleans(),
        grave=st.booleans(),
        roles=st.none() | st.lists(_roles, max_size=2).map(tuple),
        signs=st.booleans(),
        last=st.booleans(),
        compromised=st.booleans(),
    ),
)
_approvals: Final = st.builds(
    Approval,
    quorum=_counts,
    approvers=_names,
    of_which=_names,
    denials=_counts,
    reason=texts,
    longest=st.none() | _spans,
    comment=st.booleans(),
    high_risk=st.booleans(),
    emergency=_names,
    escalation=st.none() | st.builds(Escalation, _spans, _names),
    auto=st.none() | st.builds(AutoApproval, _counts, st.dates()),
    reach=st.sampled_from(Reach),
)
votes: Final = st.builds(
    Vote,
    by=actors,
    name=texts,
    cloudinary_id=texts,
    holds=st.frozensets(texts, max_size=3),
    approves=st.booleans(),
    at=_times,
    fingerprint=texts,
    comment=texts,
    on_behalf_of=texts,
    mailbox=texts,
    principal_mailbox=texts,
    principal=st.none() | actors,
    principal_name=texts,
)
FIELDS: Final[dict[str, st.SearchStrategy[object]]] = dict(  # noqa: C408  # names, as the record has them
    id=texts,
    terms=_terms,
    asker=st.builds(Asker, texts, texts, texts, texts, texts, texts),
    approval=_approvals,
    policy=texts,
    policy_version=texts,
    asked_at=_times,
    expires_at=_times,
    since=_times,
    evidence=st.builds(
        Evidence,
        approvers=_names,
        siblings=_counts,
        created_at=st.none() | _times,
        enabled=st.none() | st.booleans(),
        last=texts,
        before=_counts,
        granted=_counts,
        decided=st.none() | _counts,
        approved=_counts,
        unread=st.booleans(),
        changed_at=st.none() | _times,
    ),
    state=st.sampled_from(State),
    votes=st.lists(votes, max_size=2).map(tuple),
    outcome=texts,
    ends_at=st.none() | _times,
    made=texts,
    noticed=st.integers(0, 10),
    escalated=st.booleans(),
    ended=st.booleans(),
    enabling=st.booleans(),
    held=st.none() | st.sampled_from(ProtectionReason),
    waived=st.none() | st.sampled_from(Waiver),
    review=st.none() | votes,
    second_review=st.none() | votes,
    review_reminders=_counts,
    review_reminded_at=st.none() | _times,
    delete_at=st.none() | _times,
    brownout=st.none()
    | st.builds(
        Brownout,
        owner=st.none() | actors,
        enable_at=st.none() | _times,
        enabling=st.booleans(),
        late=st.booleans(),
        ending=st.none() | st.sampled_from(Ending),
        ended_at=st.none() | _times,
        reports=st.lists(
            st.builds(Report, actors, texts, st.booleans(), _times, texts), max_size=2
        ).map(tuple),
    ),
    rotation=st.none()
    | st.builds(
        Rotation,
        since=_times,
        phase=st.sampled_from(Phase),
        grace=_spans,
        soak=_spans,
        compromised=st.booleans(),
        until=st.none() | _times,
        tested_at=st.none() | _times,
        nudged=_counts,
        stops=st.booleans(),
        moved=st.booleans(),
        trouble=st.none() | st.sampled_from(Trouble),
    ),
    heard=st.builds(Hearing, _names, _names, next_at=st.none() | _times),
    card=texts,
    version=_counts,
    shown=st.integers(6, 40),
    passphrase=texts,
    signs_in=st.booleans(),
)
"""The strategy of each field of a request."""
requests: Final = st.builds(Request, **FIELDS)
