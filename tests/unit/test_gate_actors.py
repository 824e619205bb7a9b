import json
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from bot.adapters.slack.profiles import read_profile
from bot.domain.people import Actor, IdentityReason, Workspace, admit
from handlers.gate import ACTOR, Gate
from handlers.metrics import Metrics
from handlers.origin import origin_of
from handlers.refusals import EVERY, RefusalCause, Refusals

SAMPLES: Final = Path(__file__).parents[2] / "sandbox/slack/schemas/samples"
TEAM, SISTER, ENTERPRISE, USER = "T0LUMEN01", "T0LUMEN02", "E0LUMEN01", "W0NIA0001"
GRID: Final = Workspace(TEAM, "Lumen", ENTERPRISE)
NIA: Final = Actor(TEAM, USER, ENTERPRISE)
VERIFIER: Final = SignatureVerifier("s" * 32)
HOMES: Final = (None, TEAM, ENTERPRISE, SISTER)
PLACES: Final = ("nowhere", "team", "enterprise", "both")
PAYLOADS: Final = sorted(path.stem for path in SAMPLES.glob("*Payload.json"))
EVENTS: Final = ("app_home_opened", "user_change", "team_join", "message", "of_another_age", "")

Json = dict[str, Any]


def placed(sample: str, place: str, home: str | None) -> Json:
    """Fill in a published sample of Slack's, with the ids of an organisation in these places."""
    body: Json = json.loads((SAMPLES / f"{sample}.json").read_text())
    if "user_id" in body:
        ids = {"team_id": TEAM, "user_id": USER, "command": "/cld", "text": ""}
        return body | ids | {"enterprise_id": "" if place == "nowhere" else ENTERPRISE}
    within = ENTERPRISE if place in {"team", "both"} else ""
    enterprise = {"id": ENTERPRISE, "name": ""} if place in {"enterprise", "both"} else None
    user = {name: value for name, value in body["user"].items() if name != "team_id"}
    return body | {
        "user": user | {"id": USER} | ({} if home is None else {"team_id": home}),
        "team": body["team"] | {"id": TEAM, "enterprise_id": within},
        "enterprise": enterprise,
    }


def event(kind: str, place: str, home: str | None) -> Json:
    """An event about this person, with the ids of an organisation in these places."""
    about = {"id": USER} | ({} if home is None else {"team_id": home})
    outer = {SISTER: SISTER, ENTERPRISE: ENTERPRISE}.get(home or "", TEAM)
    granted = {"team_id": TEAM, "enterprise_id": ENTERPRISE if place != "nowhere" else None}
    inner = {"type": kind, "user": about if kind in {"user_change", "team_join"} else USER}
    body = {"type": "event_callback", "team_id": outer, "event": inner, "event_id": "Ev1"}
    top = {"enterprise_id": ENTERPRISE} if place == "both" else {}
    return body | top | {"authorizations": [granted]}


class Wire:
    """A gate behind HTTP, and the actors that it passed on."""

    def __init__(self, workspace: Workspace) -> None:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token="xoxb-none")

        self.actors: list[Actor] = []
        app = AsyncApp(
            authorize=authorize,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,
        )
        app.use(self._seen)
        self.gate = Gate(app, VERIFIER, workspace, Metrics())
        application = web.Application()
        application.router.add_post("/", self.gate.deliver)
        self.client = TestClient(TestServer(application))

    async def _seen(
        self, context: AsyncBoltContext, next_: Callable[[], Awaitable[object]]
    ) -> object:
        self.actors.append(context[ACTOR])
        return await next_()

    async def post(self, body: Json, *, at: int | None = None, secret: str = "s" * 32) -> int:
        """Sign a body and send it; gives the status of the answer."""
        text, content_type = json.dumps(body), "application/json"
        if body.get("type") != "event_callback":
            content_type = "application/x-www-form-urlencoded"
            text = urlencode(body if "command" in body else {"payload": text})
        signer = SignatureVerifier(secret)
        timestamp = str(int(signer.clock.now()) if at is None else at)
        signature = signer.generate_signature(timestamp=timestamp, body=text)
        headers = {"Content-Type": content_type, "X-Slack-Request-Timestamp": timestamp}
        signed = headers | {"X-Slack-Signature": str(signature)}
        async with self.client.post("/", data=text.encode(), headers=signed) as answer:
            return answer.status


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """A gate of a workspace in an organisation."""
    found = Wire(GRID)
    async with found.client:
        yield found


@pytest.mark.parametrize("sample", PAYLOADS)
async def test_every_payload_of_one_person_has_the_same_actor(sample: str, wire: Wire) -> None:
    """Wherever Slack puts the ids of the organisation; and Slack gets a 200"""
    found = [await wire.post(placed(sample, *where)) for where in product(PLACES, HOMES)]
    assert {200} == set(found)
    assert {NIA} == set(wire.actors)
    assert {str(NIA)} == set(map(str, wire.actors))


@pytest.mark.parametrize("kind", EVENTS)
async def test_every_event_of_one_person_has_the_same_actor(kind: str, wire: Wire) -> None:
    """With a listener or without; the installation that it is for counts, and Slack gets a 200"""
    found = [await wire.post(event(kind, *where)) for where in product(PLACES, HOMES)]
    assert {200} == set(found)
    assert {str(NIA)} == set(map(str, wire.actors))


async def test_events_of_another_workspace_run_nothing_and_are_not_sent_again(wire: Wire) -> None:
    """Slack switches an app's events off if most of them fail; commands get a 401"""
    with capture_logs() as logs:
        foreign = {"type": "event_callback", "team_id": "T9", "event": {"type": "user_change"}}
        assert 200 == await wire.post(foreign)
        assert 401 == await wire.post({"command": "/cld", "team_id": "T9", "user_id": USER})
    assert [] == wire.actors
    assert ["other_workspace"] == [line["reason"] for line in logs]


@given(st.sampled_from(PAYLOADS), st.sampled_from(PLACES), st.sampled_from(HOMES))
def test_outside_an_organisation_a_person_of_another_team_is_another_actor(
    sample: str, place: str, home: str | None
) -> None:
    """A Slack Connect user's press names this workspace, and their own team beside it"""
    origin = origin_of(placed(sample, place, home))
    actor = origin.actor(Workspace(TEAM, "Lumen"))
    foreign = "user_id" not in json.loads((SAMPLES / f"{sample}.json").read_text())
    foreign = foreign and place == "nowhere" and home in {SISTER, ENTERPRISE}
    assert Actor(str(home) if foreign else TEAM, USER) == actor


def test_what_former_versions_stored_is_the_same_person() -> None:
    """Of a command with the enterprise, and of a press without it; each is written as it was"""
    for text in (f"{ENTERPRISE}:{TEAM}:{USER}", f"-:{TEAM}:{USER}"):
        stored = Actor.parse(text)
        assert (NIA, text) == (stored, str(stored))
        assert hash(NIA) == hash(stored)
        assert stored in NIA.forms
    assert Actor(SISTER, USER) != NIA


def test_a_member_is_who_the_served_workspace_lists() -> None:
    """On Grid without `team_id`; a workspace that is not listed makes a stranger"""
    user: Json = {"id": USER, "deleted": False, "is_email_confirmed": True}
    user |= {"profile": {"email": "nia@lumen.example"}, "real_name": "Nia"}
    listed: list[Json] = [
        {"enterprise_user": {"enterprise_id": ENTERPRISE, "teams": [SISTER, TEAM]}},
        {"teams": [TEAM]},
        {"team_id": SISTER, "teams": [SISTER, TEAM]},
        {"team_id": None, "enterprise_user": {"enterprise_id": ENTERPRISE, "teams": [TEAM]}},
    ]
    for teams in listed:
        assert admit(read_profile(user | teams), TEAM) is None
        for flag in ("is_restricted", "is_bot", "is_stranger", "deleted"):
            assert admit(read_profile(user | teams | {flag: True}), TEAM)
    elsewhere: list[Json] = [
        {},
        {"enterprise_user": {"enterprise_id": ENTERPRISE, "teams": [SISTER]}},
        {"enterprise_user": None, "teams": TEAM},
        {"team_id": ENTERPRISE, "teams": [SISTER]},
    ]
    for teams in elsewhere:
        assert admit(read_profile(user | teams), TEAM) is IdentityReason.OTHER_TEAM


async def test_a_refusal_is_logged_with_its_reason_and_nothing_else(wire: Wire) -> None:
    """One line for many of them"""
    old = int(SignatureVerifier("x").clock.now()) - 400
    body = {"command": "/cld", "team_id": TEAM, "user_id": USER, "text": "tell-tale-7391"}
    with capture_logs() as logs:
        assert {401} == {await wire.post(body, at=old) for _ in range(3)}
        assert {401} == {await wire.post(body, secret="t" * 32) for _ in range(3)}
    assert ["old_timestamp", "bad_signature"] == [line["reason"] for line in logs]
    assert "tell-tale-7391" not in str(logs)
    assert {"event", "log_level", "reason", "deliveries"} == logs[0].keys()


def test_a_line_a_minute_tells_how_many_were_refused() -> None:
    """Of each reason"""
    now = 0.0
    refusals = Refusals(lambda: now)
    with capture_logs() as logs:
        for _ in range(10):
            refusals.tell(RefusalCause.BAD_SIGNATURE)
        now = EVERY
        refusals.tell(RefusalCause.BAD_SIGNATURE)
        refusals.tell(RefusalCause.OLD_TIMESTAMP)
    assert [1, 10, 1] == [line["deliveries"] for line in logs]


@pytest.mark.parametrize("place", ["user_team", "source_team"])
def test_the_writer_of_another_company_is_another_person(place: str) -> None:
    """In a shared channel the team stands beside the user's id"""
    body = event("app_mention", "nowhere", None)
    body["authorizations"][0]["enterprise_id"] = None
    body["event"][place] = "T0PARTNER"
    alone = Workspace(TEAM, "Lumen", None)
    assert Actor("T0PARTNER", USER, None) == origin_of(body).actor(alone)
    assert alone.id in origin_of(body).teams
