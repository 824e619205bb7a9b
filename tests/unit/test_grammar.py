from datetime import timedelta

import pytest

from bot.cards.general import general_card
from bot.cards.kit import plain
from bot.domain.commands.adoption import AdoptKeys, ResumeAdoption
from bot.domain.commands.environments import (
    CreateEnvironment,
    DisableEnvironment,
    EnableEnvironment,
    ListEnvironments,
    RenameEnvironment,
    SetTier,
    ShowEnvironment,
)
from bot.domain.commands.general import Claim, Doctor, Help, Menu, WhoAmI
from bot.domain.commands.grammar import Incomplete, Misunderstood, read, read_typed
from bot.domain.commands.groups import (
    AddToGroup,
    CreateGroup,
    DropFromGroup,
    ListGroups,
    RemoveGroup,
    RenameGroup,
    ShowGroup,
)
from bot.domain.commands.key_records import NoteKey, OwnerOfKey, TagKey
from bot.domain.commands.keys import (
    BrownoutKey,
    CreateKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    ExplainKey,
    ListKeys,
    PinKey,
    RenameKey,
    RestoreKey,
    RolesOfKey,
    ShowKey,
)
from bot.domain.commands.leaks import DismissLeak, DisownOpening, ReviewLeak
from bot.domain.commands.links import ListLinks, RevokeLink
from bot.domain.commands.oversight import ReportKeys, ShowAudit
from bot.domain.commands.registry import COMMANDS, Command, Explain
from bot.domain.commands.requests import (
    Approve,
    AskAbout,
    Cancel,
    Delegate,
    Deny,
    ListRequests,
    Renew,
    RequestKey,
    Result,
    Review,
    Steer,
    Withdraw,
)
from bot.domain.commands.reviews import AnswerReview, OwnReviews, ReportReview, ReviewKeys
from bot.domain.commands.rotations import RotateKey
from bot.domain.commands.users import (
    AddUser,
    DisableUser,
    EnableUser,
    LinkUser,
    ListUsers,
    OffboardUser,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
    ShowUser,
)
from bot.domain.durations import MAX_DAYS

READ: dict[str, Command] = {
    "": Menu(),
    "   ": Menu(),
    "help": Help(),
    "help key": Help("key"),
    "whoami": WhoAmI(),
    "doctor": Doctor(),
    "leak dismiss ci-bot": DismissLeak("ci-bot"),
    "leak review 814259367148225 --env Staging": ReviewLeak("814259367148225", "Staging"),
    "leak disown ci-bot": DisownOpening("ci-bot"),
    "links": ListLinks(),
    "links revoke": RevokeLink(),
    "links revoke ci-bot": RevokeLink("ci-bot"),
    "links revoke ci-bot --env Staging": RevokeLink("ci-bot", "Staging"),
    "audit": ShowAudit(),
    "audit --who <@U0MIA0001|mia> --key ci-bot --since 7d": ShowAudit(
        "@U0MIA0001", "ci-bot", timedelta(days=7)
    ),
    "review keys": ReviewKeys(),
    "review keys --env Staging": ReviewKeys("Staging"),
    "review report": ReportReview(),
    "review report 1f2e": ReportReview("1f2e"),
    "review mine": OwnReviews(),
    "review answer 1f2e 814 End": AnswerReview("1f2e", "814", "end"),
    "report": ReportKeys(),
    "report --weekly": ReportKeys(weekly=True),
    "report --stop": ReportKeys(stop=True),
    "audit --export": ShowAudit(export=True),
    "claim": Claim(),
    "claim 1f2e": Claim("1f2e"),
    "env list": ListEnvironments(),
    "env show Staging": ShowEnvironment("Staging"),
    "env tier Staging production": SetTier("Staging", "production"),
    "env create Preview": CreateEnvironment("Preview"),
    "env create Preview --cloud-name shop-preview --copy-from Staging": CreateEnvironment(
        "Preview", "shop-preview", "Staging"
    ),
    'env rename Staging "Shop staging"': RenameEnvironment("Staging", "Shop staging"),
    "env disable Staging --confirm Staging": DisableEnvironment("Staging", "Staging"),
    "env enable Staging": EnableEnvironment("Staging"),
    "key list": ListKeys(),
    "key list --env Staging --stale 90d": ListKeys("Staging", 90),
    "key list --stale=1d": ListKeys(None, 1),
    "key list --expiring 14d --orphaned --unclaimed --mine": ListKeys(
        mine=True, expiring=14, orphaned=True, unclaimed=True
    ),
    "key show ci-bot": ShowKey("ci-bot"),
    "key show --env Staging ci-bot": ShowKey("ci-bot", "Staging"),
    "key create ci-bot --env Staging": CreateKey("ci-bot", "Staging"),
    "key create ci-bot --role uploader": CreateKey("ci-bot", None, "uploader"),
    "key roles ci-bot": RolesOfKey("ci-bot"),
    'key roles ci-bot ADD "Upload manager"': RolesOfKey("ci-bot", "add", "Upload manager"),
    "key create ci-bot --owner <@U0MIA0001|mia> --expires 30d": CreateKey(
        "ci-bot", owner="@U0MIA0001", expires=timedelta(days=30)
    ),
    "key owner ci-bot": OwnerOfKey("ci-bot"),
    "key owner ci-bot <@U0MIA0001|mia>": OwnerOfKey("ci-bot", "@U0MIA0001"),
    "key owner ci-bot <@U0MIA0001|mia> --also": OwnerOfKey("ci-bot", "@U0MIA0001", also=True),
    "key tag ci-bot ADD CI": TagKey("ci-bot", "add", "ci"),
    "key list --tag ci": ListKeys(tag="ci"),
    'key note ci-bot "builds of the shop"': NoteKey("ci-bot", "builds of the shop"),
    "key adopt ci-bot,old-bot --owner <@U0MIA0001|mia> --env Staging": AdoptKeys(
        "ci-bot,old-bot", "Staging", "@U0MIA0001"
    ),
    "key adopt --resume c1": ResumeAdoption("c1"),
    "key why ci-bot": ExplainKey("ci-bot"),
    "key why ci-bot Destroy --env Staging": ExplainKey("ci-bot", "delete", "Staging"),
    "key enable ci-bot": EnableKey("ci-bot"),
    "key disable ci-bot": DisableKey("ci-bot"),
    "key disable ci-bot --env=Staging --confirm ci-bot": DisableKey("ci-bot", "Staging", "ci-bot"),
    "key rename ci-bot ci-bot-2 --env Staging": RenameKey("ci-bot", "ci-bot-2", "Staging"),
    "key delete ci-bot": DeleteKey("ci-bot"),
    'key delete ci-bot --reason "not used"': DeleteKey("ci-bot", None, None, "not used"),
    "key restore ci-bot": RestoreKey("ci-bot"),
    "key rotate ci-bot --grace 2d --compromised": RotateKey(
        "ci-bot", grace=timedelta(days=2), compromised=True
    ),
    "rotation 1f2e Deployed": Steer("1f2e", "deployed"),
    "key brownout ci-bot --for 10m": BrownoutKey("ci-bot", timedelta(minutes=10)),
    "key webhook ci-bot --env Staging --confirm ci-bot": PinKey("ci-bot", "Staging", "ci-bot"),
    'request production ci-bot --reason "INC-42: rotate after leak" --expires 7d': RequestKey(
        "production", "INC-42: rotate after leak", "ci-bot", timedelta(days=7)
    ),
    "request staging --reason demo --for <@U0MIA0001|mia>": RequestKey(
        "staging", "demo", for_="@U0MIA0001"
    ),
    "request staging --reason demo --role uploader": RequestKey("staging", "demo", role="uploader"),
    "request production --reason down --emergency": RequestKey(
        "production", "down", emergency=True
    ),
    "renew 1f2er --reason more --expires 12h": Renew("1f2er", "more", timedelta(hours=12)),
    "review 1f2er --comment fine": Review("1f2er", "fine"),
    "result 1f2er Broke": Result("1f2er", "broke"),
    "delegate <@U0MIA0001|mia> --expires 7d": Delegate("@U0MIA0001", timedelta(days=7)),
    "delegate": Delegate(),
    "delegate --end": Delegate(end=True),
    "delegate @U0TOM0001 --instead @U0MIA0001": Delegate("@U0TOM0001", instead="@U0MIA0001"),
    "link <@U0MIA0001|mia>": LinkUser("@U0MIA0001"),
    "link <@U0MIA0001> --reason married": LinkUser("@U0MIA0001", "married"),
    "user list --role admin --env Staging --inactive 90d": ListUsers("admin", "Staging", 90),
    "user show <@U0MIA0001|mia>": ShowUser("@U0MIA0001"),
    "user add <mailto:mia@x.example|mia@x.example> --role Admin --env Staging": AddUser(
        "mia@x.example", "admin", "Staging"
    ),
    'user role mia@x.example "Technical admin"': SetUserRole("mia@x.example", "technical_admin"),
    "user envs mia@x.example all": SetUserEnvironments("mia@x.example", "all"),
    "user offboard mia@x.example --parts links,keys": OffboardUser("mia@x.example", "keys,links"),
    "user disable mia@x.example --confirm mia@x.example": DisableUser(
        "mia@x.example", "mia@x.example"
    ),
    "user enable mia@x.example": EnableUser("mia@x.example"),
    "user remove mia@x.example --reason left": RemoveUser("mia@x.example", None, "left"),
    "group list": ListGroups(),
    "group show Content": ShowGroup("Content"),
    'group create "On call" --reason new': CreateGroup("On call", "new"),
    "group rename Content Library": RenameGroup("Content", "Library"),
    "group remove Content --confirm Content": RemoveGroup("Content", "Content"),
    "group add Content <@U0MIA0001|mia>": AddToGroup("Content", "@U0MIA0001"),
    "group add Content <mailto:mia@x.example|mia@x.example>": AddToGroup(
        "Content", "mia@x.example"
    ),
    "group drop Content mia@x.example": DropFromGroup("Content", "mia@x.example"),
    "requests": ListRequests(),
    "requests pending": ListRequests("pending"),
    "requests 1f2e3d4cr": ListRequests("1f2e3d4cr"),
    "approve 1f2er": Approve("1f2er"),
    "approve 1f2er --comment fine --confirm ci-bot": Approve("1f2er", "fine", "ci-bot"),
    "deny 1f2er --reason no": Deny("1f2er", "no"),
    "withdraw 1f2er": Withdraw("1f2er"),
    "cancel 1f2er": Cancel("1f2er"),
    'ask 1f2er --question "Which pipeline?"': AskAbout("1f2er", "Which pipeline?"),
    "KEY List": ListKeys(),
    "explain key disable ci-bot": Explain(DisableKey("ci-bot")),
    "explain key disable": Explain(DisableKey("")),
    "explain key rename ci-bot": Explain(RenameKey("ci-bot", "")),
    "Explain whoami": Explain(WhoAmI()),
}


@pytest.mark.parametrize(("text", "command"), READ.items())
def test_a_text_is_parsed_into_its_command(text: str, command: Command) -> None:
    """Every command, with its arguments in order and its options anywhere"""
    assert command == read(text)


def test_every_command_has_an_example_here() -> None:
    """A new command without an example fails here"""
    read_here = {type(command) for command in READ.values()}
    assert {spec.build for spec in COMMANDS} <= read_here


HINTS = {
    "kye list": "/cld key list",
    "hepl": "/cld help",
    "zzzzzz": "/cld help",
    "key": "/cld key list",
    "keys": "/cld key list",
    "env": "/cld env list",
    "list": "/cld key list",
    "list keys": "/cld key list",
    "ls envs": "/cld env list",
    "list requests": "/cld requests",
    "request list": "/cld requests",
    "request show": "/cld requests",
    "disable ci-bot": "/cld key disable ci-bot",
    "revoke ci-bot --env Staging": "/cld key disable ci-bot --env Staging",
    "disable key ci-bot": "/cld key disable ci-bot",
    "keys disable ci-bot": "/cld key disable ci-bot",
    "key remove x": "/cld key delete x",
    "key rm x --reason not used": '/cld key delete x --reason "not used"',
    "key revoke x": "/cld key disable x",
    "key off x": "/cld key disable x",
    "key on x": "/cld key enable x",
    "key ls": "/cld key list",
    "key new x": "/cld key create x",
    "key add x": "/cld key create x",
    "key mv x y": "/cld key rename x y",
    "key pin x": "/cld key webhook x",
    "reject 1f2er --reason no": "/cld deny 1f2er --reason no",
    "key list production": "/cld key list --env production",
    "keys production": "/cld key list --env production",
    "env show Brand archive": '/cld env show "Brand archive"',
    "key disabel ci-bot": "/cld key disable ci-bot",
    "key disabel": "/cld key disable",
    "key zzzzzz": "/cld help key",
    "key show ci-bot --evn x": "/cld key show ci-bot --env x",
    "key show ci-bot --evn=x": "/cld key show ci-bot --env x",
    "request staging --reason need it --expiers 7d": (
        '/cld request staging --reason "need it" --expires 7d'
    ),
    "key show ci-bot --zzz x": None,
    "key show ci-bot --ENV": None,
    "key show one two": '/cld key show "one two"',
    "key rename a b c": None,
    "explain": "/cld explain key disable ci-bot",
    "explain explain": "/cld explain key disable ci-bot",
    "explain key disabel": "/cld explain key disable",
    "explain disable ci-bot": "/cld explain key disable ci-bot",
}


@pytest.mark.parametrize(("text", "hint"), HINTS.items())
def test_the_nearest_right_form_is_offered(text: str, hint: str | None) -> None:
    """With what was typed after it; what a button runs is a command again"""
    answer = read_typed(text)
    assert isinstance(answer, Misunderstood)
    assert hint == answer.hint
    if hint:
        assert not isinstance(read(hint.removeprefix("/cld ")), Misunderstood)
    else:
        assert answer.usage


@pytest.mark.parametrize("listing", ["list", "LS", "show", "all", "pending"])
def test_what_is_suggested_is_named_once(listing: str) -> None:
    """The problem leaves it to the question that follows"""
    answer = read_typed(f"request {listing}")
    assert isinstance(answer, Misunderstood)
    assert "/cld requests" == answer.hint
    assert 1 == plain(general_card(answer)).count("/cld requests")


@pytest.mark.parametrize("text", ["--dry-run", "--", "--x1", "\u2014force", "--no-env=x"])
def test_a_text_like_an_option_is_never_a_name(text: str) -> None:
    """No key named `--dry-run` is created"""
    assert isinstance(read(f"key create {text}"), Misunderstood)


def test_an_option_may_be_in_upper_case() -> None:
    """Phones capitalise the first letter"""
    assert ShowKey("ci-bot", "Staging") == read("key show ci-bot --Env Staging")


PROBLEMS = {
    "key show a --env x --env y": "--env is given twice.",
    "key show a --env": "--env needs a value.",
    "user offboard @U0A --resume": "--resume needs an id. Take the one of your request: "
    "/cld requests mine.",
    "key disable --resume": "--resume needs an id. Take the one in the message about the keys that"
    " were disabled.",
    "key disable a --env --confirm a": "--env needs a value.",
    "key show a --env=": "--env is empty.",
    'key show ""': "name is empty.",
    'key show "  "': "name is empty.",
    f"key show {'a' * 129}": "name is longer than 128 characters.",
    "key list --stale 90": f"--stale needs a number of days up to {MAX_DAYS}, such as 90d.",
    "key list --stale 0d": f"--stale needs a number of days up to {MAX_DAYS}, such as 90d.",
    "key list --stale 99999d": f"--stale needs a number of days up to {MAX_DAYS}, such as 90d.",
    "key list --stale ٣d": f"--stale needs a number of days up to {MAX_DAYS}, such as 90d.",
    "key list --env x --stale=": "--stale is empty.",
    "request a --reason b --expires 7": "--expires needs a time such as 12h or 7d.",
    "request a --reason b --expires 0h": "--expires needs a time such as 12h or 7d.",
    f"deny 1f2er --reason {'a' * 501}": "--reason is longer than 500 characters.",
    "requests yours": "Choose a list: mine, pending, all, open or closed. "
    "Or give the id of a request.",
    "key show \x07": "This has control characters.",
    "x" * 1001: "This is longer than 1000 characters.",
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.items())
def test_a_faulty_text_is_refused_with_its_fault(text: str, problem: str) -> None:
    """Limits, duplicates, blanks"""
    answer = read_typed(text)
    assert isinstance(answer, Misunderstood)
    assert problem == str(answer.problem)


def test_the_longest_name_is_still_a_name() -> None:
    """The limit itself is allowed"""
    assert ShowKey("a" * 128) == read(f"key show {'a' * 128}")


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("key show", ()),
        ("key rename ci-bot", (("name", "ci-bot"),)),
        ("key disable --confirm a --env b", (("confirm", "a"), ("env", "b"))),
    ],
)
def test_a_verb_without_its_arguments_keeps_what_was_given(
    text: str, given: tuple[tuple[str, str], ...]
) -> None:
    """So that a modal can ask for the rest"""
    answer = read(text)
    assert isinstance(answer, Incomplete)
    assert given == answer.given


@pytest.mark.parametrize("text", ["group", "group frobnicate", "env", "key frobnicate"])
def test_a_noun_alone_says_what_to_do_after_it(text: str) -> None:
    """And offers its list; no command is run"""
    found = read(text)
    assert isinstance(found, Misunderstood)
    assert "list" in str(found.problem)
