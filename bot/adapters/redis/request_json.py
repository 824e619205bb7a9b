"""A request as JSON, and back: every field by its stored name, nothing that could run."""

import json
from datetime import date, timedelta
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.records import ACTOR, PLAIN, TIME, Form, Record, maybe
from bot.domain import bulk
from bot.domain.brownouts import Brownout, Ending, Report
from bot.domain.key_roles import KeyRole, Loss, Use
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.kinds import kind_stored
from bot.domain.policy import Action, Approval, AutoApproval, Escalation, Part, Reach
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Hearing
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import Vote
from bot.domain.rotation import Phase, Rotation, Trouble
from bot.domain.signing import SignerMove
from bot.domain.user_groups import GroupTerms, Member
from bot.domain.users import UserTerms

SPAN: Final = Form(timedelta.total_seconds, lambda seconds: timedelta(seconds=seconds))
_json: Final = json.JSONEncoder(separators=(",", ":")).encode
TEXTS: Final = Form(tuple, tuple)
ESCALATION: Final = Form(
    lambda it: [it.after.total_seconds(), it.to],
    lambda found: Escalation(timedelta(seconds=found[0]), tuple(found[1])),
)
AUTO: Final = Form(
    lambda it: [it.each_week, it.until.isoformat()],
    lambda found: AutoApproval(found[0], date.fromisoformat(found[1])),
)

USES: Final = Form(lambda uses: [*map(str, uses)], lambda found: tuple(map(Use, found)))
ROLE: Final = Record(
    KeyRole, PLAIN("id", "name", "allows", "folder", "collection", "size"), USES("uses")
)
LOSS: Final = Record(Loss, USES("uses"), PLAIN("all"))
SIGNER: Final = Record(SignerMove, PLAIN("old", "old_name", "new", "new_name"))
MEMBER: Final = Record(Member, PLAIN("id", "name", "email"))
FROZEN: Final = Record(bulk.Part, PLAIN("command", "name", "where", "seen"))
GROUP: Final = Record(
    GroupTerms,
    PLAIN("id", "name", "decides"),
    TEXTS("roles"),
    PLAIN("grave", "size"),
    maybe(MEMBER.form)("member"),
    TEXTS("held"),
    Form(lambda it: [*map(MEMBER.write, it)], lambda found: tuple(map(MEMBER.read, found)))(
        "members"
    ),
)
ROLES: Final = Form(lambda it: [*map(ROLE.write, it)], lambda found: tuple(map(ROLE.read, found)))
SUCCESSOR: Final = Record(
    RotationTerms,
    PLAIN("successor"),
    SPAN("grace", "soak"),
    Form(
        lambda it: None if it is None else ROLES.write(it),
        lambda found: None if found is None else ROLES.read(found),
    )("roles"),
    PLAIN("changed", "held", "grave", "signs", "last", "compromised"),
)
ROTATION: Final = Record(
    Rotation,
    TIME("since"),
    Form(str, Phase)("phase"),
    SPAN("grace", "soak"),
    PLAIN("compromised"),
    maybe(TIME)("until", "tested_at"),
    PLAIN("nudged", "stops", "moved"),
    maybe(Form(str, Trouble))("trouble"),
)
USER: Final = Record(UserTerms, TEXTS("before", "after", "lost"), PLAIN("unseen"))
TERMS: Final = Record(
    Terms,
    Form(str, Action)("action"),
    PLAIN("command", "environment_id", "environment_name", "cloud_name", "tier", "key", "name"),
    ACTOR("requester", "owner"),
    PLAIN("reason"),
    maybe(SPAN)("lasts"),
    maybe(ROLE.form)("role"),
    maybe(LOSS.form)("loss"),
    maybe(SIGNER.form)("signer"),
    maybe(GROUP.form)("group"),
    Form(lambda it: [*map(FROZEN.write, it)], lambda found: tuple(map(FROZEN.read, found)))(
        "parts"
    ),
    TEXTS("opens"),
    maybe(USER.form)("user"),
    maybe(SUCCESSOR.form)("rotation"),
)
ASKER: Final = Record(
    Asker, PLAIN("name", "email", "role", "cloudinary_id", "owner_id", "owner_mailbox")
)
EVIDENCE: Final = Record(
    Evidence,
    TEXTS("approvers"),
    PLAIN("siblings"),
    maybe(TIME)("created_at"),
    PLAIN("enabled", "last", "before", "granted", "decided", "approved", "unread"),
    maybe(TIME)("changed_at"),
    PLAIN("rotation"),
)
PART: Final = Record(
    Part,
    TEXTS("approvers", "of_which"),
    PLAIN("reason"),
    TEXTS("emergency"),
    maybe(ESCALATION)("escalation"),
)
PARTS: Final = Form(lambda it: [*map(PART.write, it)], lambda found: tuple(map(PART.read, found)))
APPROVAL: Final = Record(
    Approval,
    PLAIN("quorum"),
    TEXTS("approvers", "of_which"),
    PLAIN("denials", "reason"),
    maybe(SPAN)("longest"),
    PLAIN("comment", "high_risk"),
    TEXTS("emergency"),
    maybe(ESCALATION)("escalation"),
    maybe(AUTO)("auto"),
    PARTS("also"),
    PLAIN("notify", "open_at_most"),
    Form(str, Reach)("reach"),
)
HEARING: Final = Record(Hearing, TEXTS("chosen", "told"), maybe(TIME)("next_at"))
REPORT: Final = Record(Report, ACTOR("by"), PLAIN("name", "broke"), TIME("at"), PLAIN("comment"))
BROWNOUT: Final = Record(
    Brownout,
    maybe(ACTOR)("owner"),
    maybe(TIME)("enable_at"),
    PLAIN("enabling", "late"),
    maybe(Form(str, Ending))("ending"),
    maybe(TIME)("ended_at"),
    Form(lambda it: [*map(REPORT.write, it)], lambda found: tuple(map(REPORT.read, found)))(
        "reports"
    ),
)
VOTE: Final = Record(
    Vote,
    ACTOR("by"),
    PLAIN("name", "cloudinary_id"),
    Form(sorted, frozenset)("holds"),
    PLAIN(**{names.VOTE_APPROVES: "approves"}),
    TIME("at"),
    PLAIN(
        "fingerprint",
        "comment",
        "mailbox",
        "principal_mailbox",
        **{names.VOTE_ON_BEHALF_OF: "on_behalf_of"},
    ),
    maybe(ACTOR)("principal"),
    PLAIN("principal_name"),
)
VOTES: Final = Form(lambda it: [*map(VOTE.write, it)], lambda found: tuple(map(VOTE.read, found)))
REQUEST: Final = Record(
    Request,
    PLAIN("id"),
    TERMS.form("terms"),
    ASKER.form("asker"),
    APPROVAL.form("approval"),
    PLAIN("policy", "policy_version"),
    TIME("asked_at", "expires_at"),
    EVIDENCE.form("evidence"),
    Form(str, State)("state"),
    TIME("since"),
    VOTES("votes"),
    Form(str, kind_stored)("outcome"),
    maybe(TIME)("ends_at"),
    PLAIN("made", "noticed", "escalated", "ended", "enabling"),
    maybe(Form(str, ProtectionReason))("held"),
    maybe(Form(str, Waiver))("waived"),
    maybe(VOTE.form)("review", "second_review"),
    PLAIN(**{names.REVIEW_REMINDERS: "review_reminders"}),
    maybe(TIME)(**{names.REVIEW_REMINDED_AT: "review_reminded_at"}),
    maybe(TIME)("delete_at"),
    maybe(ROTATION.form)("rotation"),
    HEARING.form("heard"),
    maybe(BROWNOUT.form)("brownout"),
    PLAIN("version", "shown", "passphrase", "signs_in"),
    required="state votes version",
)


def dumps(request: Request) -> str:
    """Write a request."""
    return _json(REQUEST.write(request))


def loads(text: str, card: str) -> Request:
    """Read a request; the place of its card is kept beside it. Raises as `Record.read`."""
    return REQUEST.read(json.loads(text), card=card)
