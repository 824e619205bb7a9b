"""Forms: what they are called, what they ask for, and how."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from bot.cards.field_errors import errors_of, expired, problems_of
from bot.cards.form_words import FORMS, form_words, written
from bot.cards.forms import Form, form_of, form_view, working_view
from bot.cards.inputs import MAX_VALUE, date_input, inputs, option
from bot.domain.choices import Choice, as_typed
from bot.domain.commands.completing import completing
from bot.domain.commands.environments import DisableEnvironment
from bot.domain.commands.fields import ENV, SEARCHED, Ask
from bot.domain.commands.grammar import Incomplete, read, write
from bot.domain.commands.keys import CreateKey
from bot.domain.commands.registry import BY_WORDS, COMMANDS, Spec
from bot.domain.commands.requests import RequestKey
from bot.domain.commands.users import DisableUser, RemoveUser
from bot.domain.environments import Environment
from bot.domain.keys import ProtectionReason
from bot.domain.languages import ENGLISH, English
from bot.domain.outcomes.bulk import OffboardPreviewed
from bot.domain.outcomes.environment_changes import EnvironmentProtected, Uses
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.general import NotOffered
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.requests import RequestNeeded
from bot.domain.outcomes.roles import NoRoles, NoSuchRole, WhichRole
from bot.domain.outcomes.users import UserShown, UserToConfirm
from bot.domain.people import CloudinaryUser, Role
from bot.domain.phrases import Text, worded
from bot.domain.policy import ON_USERS
from bot.domain.requests.machine import State
from handlers.form_values import filled
from tests.unit.cards_drawn import VIEW, strings
from tests.unit.outcomes_made import located, outcomes, request_of

NEEDING: Final = [spec for spec in COMMANDS if spec.required]
ELEMENTS: Final = {
    Ask.TEXT: "plain_text_input",
    Ask.PROSE: "plain_text_input",
    Ask.TYPED_NAME: "plain_text_input",
    Ask.PASSPHRASE: "plain_text_input",
    Ask.ENVIRONMENT: "external_select",
    Ask.ENVIRONMENTS: "multi_external_select",
    Ask.KEY: "external_select",
    Ask.KEYS: "multi_external_select",
    Ask.ROLE: "external_select",
    Ask.GROUP: "external_select",
    Ask.REQUEST: "external_select",
    Ask.PERSON: "users_select",
    Ask.DURATION: "static_select",
    Ask.CHOICE: "radio_buttons",
    Ask.CHOICES: "checkboxes",
}


def drawn(text: str) -> Any:
    """The form of a text that lacks something."""
    incomplete = completing(text)
    assert incomplete
    return form_view(Form(incomplete), "offer0", ENGLISH)


def element(view: Any, name: str) -> Any:
    """The element of a field."""
    (found,) = (it for it in view["blocks"] if it.get("block_id") == f"field:{name}")
    return found["element"]


@pytest.mark.parametrize("spec", NEEDING, ids=lambda spec: spec.name)
def test_a_form_says_what_it_does(spec: Spec) -> None:
    """In its title, and on the button that does it"""
    view: Any = form_view(Form(Incomplete(spec, ())), "offer0", ENGLISH)
    words = FORMS[spec.name]
    written_ = [str(each) for each in (words.title, words.submit, words.close)]
    assert written_ == [view[part]["text"] for part in ("title", "submit", "close")]
    assert all(len(each) <= 24 for each in written_)
    assert words.submit != words.close
    assert str(words.submit) not in {"OK", "Submit"}
    assert str(words.does) == view["blocks"][0]["text"]["text"]


def test_a_form_to_cancel_has_one_button_cancel() -> None:
    """The other one keeps the request"""
    cancel = FORMS["cancel"]
    assert ("Cancel request", "Keep it") == (str(cancel.submit), str(cancel.close))


def test_a_command_without_words_of_its_own_still_has_a_short_title() -> None:
    """A later command may be forgotten"""
    assert "Keysmith" == str(worded(form_words("key forgotten").title))
    assert "Continue" == str(form_words("key forgotten").submit)


def test_a_long_translation_of_a_title_is_cut() -> None:
    """Slack refuses a view for one character too many"""
    title: Any = written(Text("Zugangsdaten zur Notfallüberprüfung"), ENGLISH)
    assert "Zugangsdaten zur Notfal…" == title["text"]
    assert 24 == len(title["text"])


@pytest.mark.parametrize("spec", NEEDING, ids=lambda spec: spec.name)
def test_a_form_asks_for_every_field_that_its_command_lacks(spec: Spec) -> None:
    """So that to submit it never fails for what it did not ask for"""
    view: Any = form_view(Form(Incomplete(spec, ())), "offer0", ENGLISH)
    required = {it["block_id"] for it in view["blocks"] if it.get("optional") is False}
    asked = {"role"} if spec.build in {CreateKey, RequestKey} else frozenset()
    assert {f"field:{name}" for name in spec.required | asked} == required


@pytest.mark.parametrize("spec", NEEDING, ids=lambda spec: spec.name)
def test_people_choose_what_there_is_to_choose(spec: Spec) -> None:
    """They type prose and new names"""
    view: Any = form_view(Form(Incomplete(spec, ())), "offer0", ENGLISH)
    for block in view["blocks"]:
        if block["type"] == "input":
            field = spec.fields[block["block_id"].removeprefix("field:")]
            assert ELEMENTS[field.kind.ask] == block["element"]["type"]
            assert block["element"].get("min_query_length", 0) == 0


def test_a_person_by_name_opens_the_form_with_a_picker() -> None:
    """Several people may have the name, so nothing is done for the person who typed it"""
    for person in ("mia", "Mia Lang", "mia@lumen-goods.example"):
        typed = f'request staging --reason ci --for "{person}"'
        reading = read(typed)
        assert isinstance(reading, Incomplete)
        assert reading == read(write(reading))
        view = drawn(typed)
        assert "initial_user" not in element(view, "for")
        assert person in str(view["blocks"])
        VIEW.validate(view)


def test_a_mention_is_chosen_already() -> None:
    """It can be changed"""
    assert (
        "U0MIA0001"
        == element(drawn("request staging --for <@U0MIA0001|mia>"), "for")["initial_user"]
    )


def test_what_was_typed_is_chosen_already() -> None:
    """Environments, and a time that is no preset"""
    view = drawn("request 'staging, preview' --expires 12h --emergency")
    chosen = [it["value"] for it in element(view, "env")["initial_options"]]
    assert ["staging", "preview"] == chosen
    assert {"12 hours", "12h"} == {
        element(view, "expires")["initial_option"]["text"]["text"],
        element(view, "expires")["initial_option"]["value"],
    }
    VIEW.validate(view)


@pytest.mark.parametrize("spec", [it for it in NEEDING if "id" in it.required])
def test_a_form_about_one_request_shows_it(spec: Spec) -> None:
    """And asks for the rest alone"""
    request = request_of("ci-bot", State.PENDING)
    outcome = RequestNeeded(Incomplete(spec, ()), (request,))
    form = form_of(outcome)
    assert form
    view: Any = form_view(form, "offer0", ENGLISH)
    assert "ci-bot" in str(view["blocks"])
    assert "field:id" not in str(view["blocks"])
    assert dict(form.incomplete.given) == {"id": request.id}
    VIEW.validate(view)


@pytest.mark.parametrize("verb", ["disable", "delete"])
def test_a_protected_key_is_confirmed_by_its_typed_name(
    verb: str,
) -> None:
    """In a form that asks for nothing else, and keeps the reason that was given"""
    retry = f"key {verb} ci-bot --env shop-dev --confirm ci-bot --reason leak"
    form = form_of(KeyProtected(located("ci-bot"), ProtectionReason.LAST_ENABLED, retry))
    assert form
    view: Any = form_view(form, "offer0", ENGLISH)
    asked = [it["block_id"] for it in view["blocks"] if it["type"] == "input"]
    assert ["field:confirm"] == asked
    assert {"name": "ci-bot", "env": "shop-dev", "reason": "leak"} == dict(form.incomplete.given)
    assert "initial_value" not in element(view, "confirm")


@pytest.mark.parametrize(
    ("step", "title", "button"),
    [
        ("abort", "Abort rotation", "Abort rotation"),
        ("delete", "Delete a key", "Delete key"),
        ("rollback", "Roll back", "Roll back"),
        ("signer", "Choose webhook signer", "Go on"),
        ("deployed", "Take a step", "Go on"),
    ],
)
def test_a_step_of_a_rotation_is_confirmed_under_its_own_name(
    step: str, title: str, button: str
) -> None:
    """A person reads what the press does, not that it is a step; the open form has its own title"""
    retry = f"rotation abc123 {step} --confirm ci-bot"
    form = form_of(KeyProtected(located("ci-bot"), ProtectionReason.COLLECTED, retry))
    assert form
    view: Any = form_view(form, "offer0", ENGLISH)
    assert (title, button) == (view["title"]["text"], view["submit"]["text"])
    assert "Take a step" == drawn("rotation abc123")["title"]["text"]


def test_a_root_key_has_no_form() -> None:
    """No confirmation overrides it"""
    assert form_of(KeyProtected(located("x", root=True), ProtectionReason.ROOT, None)) is None


def test_disabling_an_environment_asks_for_its_name_under_what_stops() -> None:
    """The name alone, and not the one that is filled in already"""
    where = Environment("e1", "Shop", "shop")
    stop = EnvironmentProtected(where, Uses(4), DisableEnvironment("shop", "Shop", "moved"))
    form = form_of(stop)
    assert form
    assert frozenset({"confirm"}) == form.only
    assert {"env": "shop", "reason": "moved"} == dict(form.incomplete.given)
    above = str(form_view(form, "o1", ENGLISH))
    assert " keys are enabled there." in above
    assert "To go on, type its name: " in above


@pytest.mark.parametrize("words", [spec.words for spec in COMMANDS if spec.action in ON_USERS])
def test_a_form_about_users_asks_for_no_environment_to_tell_who_approves(
    words: tuple[str, ...],
) -> None:
    """It would be the same in each of them"""
    form = Form(Incomplete(BY_WORDS[words], ()))
    assert "to see who has to approve" not in str(form_view(form, "o1", ENGLISH))


@pytest.mark.parametrize("build", [DisableUser, RemoveUser])
def test_ending_the_access_of_a_person_asks_for_their_email_under_what_they_lose(
    build: type[DisableUser | RemoveUser],
) -> None:
    """Their email alone, with the reason that was typed"""
    user = CloudinaryUser(
        "u1", "Mia", "mia@x.example", Role.ADMIN, enabled=True, pending=False, all_environments=True
    )
    shown = UserShown(user, False, "U1", (), (), ())  # noqa: FBT003  # as kept
    form = form_of(UserToConfirm(shown, build("u1", None, "left")))
    assert form
    assert frozenset({"confirm"}) == form.only
    assert {"person": "mia@x.example", "reason": "left"} == dict(form.incomplete.given)
    above = str(form_view(form, "o1", ENGLISH))
    assert "Access keys are not affected." in above


@pytest.mark.parametrize("label", ["", "x" * 500, "\u202egnp.exe", "ci-bot · Staging"])
def test_an_option_fits_slack(label: str) -> None:
    """Its label is cut, and holds no invisible characters"""
    text: Any = option(Choice(Text(label), "v" * MAX_VALUE), ENGLISH)["text"]
    assert 0 < len(text["text"]) <= 75
    assert "\u202e" not in text["text"]


class Marked(English):
    """A language that marks each translated text."""

    def one(self, message: str) -> str:
        """Mark a message."""
        return f"«{message}"

    def lasting(self, time: timedelta) -> str:
        """Mark a length of time."""
        return f"«{super().lasting(time)}"


@pytest.mark.parametrize("text", ["", "--emergency"])
@pytest.mark.parametrize("spec", NEEDING, ids=lambda spec: spec.name)
def test_a_form_is_in_the_language_of_its_reader(spec: Spec, text: str) -> None:
    """Every text of it but names, which people type"""
    given = (("emergency", "yes"),) if text and "emergency" in spec.fields else ()
    drawn = form_view(Form(Incomplete(spec, given)), "offer0", Marked())
    VIEW.validate(drawn)
    texts = {found for _, field, found in strings(drawn) if field == "text"}
    same = {each for each in texts if not each.startswith("«")}
    names = {"ci", "ci-bot", "ci-bot-2027", "Design", "Shop preview", "Archive"}
    assert same <= names | {"Development", "Staging", "Production", "\n"}


def test_errors_and_answers_in_a_form_are_in_its_language() -> None:
    """Beside a field, in a menu, while a command runs, and at its end"""
    language = Marked()
    nowhere = errors_of(NoSuchEnvironment("x", None, ()), {"field:env"}, language)
    texts = {"reason": "x" * 501, "env": " "}
    wrong = problems_of(BY_WORDS[("request",)], texts, {"field:reason", "field:env"}, language)
    old = expired(NotOffered(), {"field:env": {}}, language)
    assert 4 == len([*nowhere.values(), *wrong.values(), *old.values()])
    for each in (*nowhere.values(), *wrong.values(), *old.values()):
        assert each.startswith("«") or "longer than" in each
    (typed,) = as_typed("x")
    for drawn in (option(typed, language), working_view(language), date_input(ENV, language)):
        assert "«" in str(drawn)


@pytest.mark.parametrize("text", ["key create", "request"])
def test_a_form_asks_for_a_role_where_keys_have_roles(text: str) -> None:
    """On another account it does not"""
    incomplete = completing(text)
    assert incomplete
    for hidden, asks in ((frozenset[Ask](), True), (frozenset({Ask.ROLE}), False)):
        view: Any = form_view(Form(incomplete), "offer0", ENGLISH, (), hidden)
        assert asks is any(it.get("block_id") == "field:role" for it in view["blocks"])


def test_a_role_that_is_missing_or_wrong_is_told_at_its_field() -> None:
    """Beside the menu that has the roles"""
    for outcome in (WhichRole(()), NoSuchRole("x", ()), NoRoles()):
        assert ["field:role"] == [*errors_of(outcome, {"field:env", "field:role"}, ENGLISH)]


@pytest.mark.parametrize("ask", sorted(SEARCHED - {Ask.ENVIRONMENTS, Ask.KEYS}))
def test_what_is_chosen_in_a_menu_is_what_the_form_sends(ask: Ask) -> None:
    """Whatever is searched for: Slack sends the chosen option, and no text"""
    chosen = {"type": "external_select", "selected_option": {"value": "that"}}
    spec = next(each for each in COMMANDS if any(it.kind.ask is ask for it in each.fields.values()))
    field = next(it for it in spec.fields.values() if it.kind.ask is ask)
    view = {"state": {"values": {f"field:{field.name}": {"value": chosen}}}}
    assert "that" == filled(view, Incomplete(spec, ()), datetime.now(UTC))[field.name]


@pytest.mark.parametrize("text", ["request", "key create", "key roles"])
def test_a_role_is_asked_for_before_the_reason(text: str) -> None:
    """What the key may do belongs to the key, and few scroll to the end of a form"""
    form = drawn(text)
    asked = [block["block_id"] for block in form["blocks"] if block["type"] == "input"]
    assert asked.index("field:role") + 1 == asked.index("field:reason")


@pytest.mark.parametrize("spec", NEEDING, ids=lambda spec: spec.name)
def test_an_empty_input_shows_more_than_its_label(spec: Spec) -> None:
    """An example of its own noun, or what to do"""
    for field in spec.fields.values():
        for block in inputs(field, "", ENGLISH, required=True):
            asked: Any = block
            shown = asked["element"].get("placeholder", {"text": ""})["text"]
            assert asked["label"]["text"] != shown
            assert shown != "ci-bot" or "key" in spec.name


def test_the_button_of_a_form_says_what_it_does() -> None:
    """Nothing is requested before the person saw what the other has"""
    first = drawn("user offboard")
    assert "Show list" == first["submit"]["text"]
    several = (it for it in outcomes("ci-bot") if isinstance(it, OffboardPreviewed))
    previewed = next(it for it in several if it.bulk.parts)
    form = form_of(previewed)
    assert form
    second: Any = form_view(form, "o1", ENGLISH)
    assert "Send request" == second["submit"]["text"]


def test_the_form_that_invites_a_person_says_what_no_environment_means() -> None:
    """All of them: the input says so before anything is sent"""
    view: Any = form_view(Form(Incomplete(BY_WORDS["user", "add"], ())), "offer0", ENGLISH)
    assert "All environments, if none is chosen" in str(view)


@pytest.mark.parametrize("verb", ["delete", "disable", "rotate"])
def test_the_form_of_many_keys_says_so(verb: str) -> None:
    """Its button shows their list, where that for one key does what it says"""
    view = drawn(f"key {verb} --owner tom")
    shown = [view[part]["text"] for part in ("title", "submit")]
    assert ["Many keys at once", "Show list"] == shown
    assert f"{verb.capitalize()} many keys" in view["blocks"][0]["text"]["text"]
