"""What forms are called, what they say they do, and what their buttons say."""

from dataclasses import dataclass, replace
from typing import Final

from bot.cards.invisible import shown
from bot.cards.kit import Block, Phrase, msg, plain_text
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import MANY
from bot.domain.commands.requests import Steer
from bot.domain.languages import Language
from bot.domain.phrases import Span, Text, worded
from bot.domain.rotation import Step

CANCEL: Final = msg("Cancel")
NAME_OF_FORMS: Final = Text("Keysmith")


@dataclass(frozen=True)
class FormWords:
    """A form's title, what it does, and its two buttons."""

    title: Span
    does: Phrase
    submit: Phrase
    close: Phrase = CANCEL


MOST: Final = 24
"""Characters of a title or a button, by Slack."""
OTHERS: Final = FormWords(NAME_OF_FORMS, msg("Fill in what is missing."), msg("Continue"))
"""Of a command without words of its own."""
SEND: Final = msg("Send request")
FORMS: Final = {
    "approve": FormWords(
        msg("Approve a request"), msg("Choose a request that waits for you."), msg("Approve")
    ),
    "ask": FormWords(
        msg("Ask the requester"),
        msg("Your question is posted in the thread of the request."),
        msg("Send question"),
    ),
    "cancel": FormWords(
        msg("Cancel a request"),
        msg("The request ends. If its key exists, the key is disabled."),
        msg("Cancel request"),
        msg("Keep it"),
    ),
    "deny": FormWords(msg("Deny a request"), msg("The requester reads your reason."), msg("Deny")),
    "env create": FormWords(
        msg("Create an environment"),
        msg("The words of its name decide its tier: production, staging or development."),
        msg("Create environment"),
    ),
    "env disable": FormWords(
        msg("Disable an environment"),
        msg("Everything in it stops: uploads, delivery of assets, every key."),
        msg("Disable environment"),
    ),
    "env enable": FormWords(
        msg("Enable an environment"),
        msg("Its enabled keys and its assets work again."),
        msg("Enable environment"),
    ),
    "env rename": FormWords(
        msg("Rename an environment"),
        msg("The words of the new name decide its tier. The cloud name stays the same."),
        msg("Rename environment"),
    ),
    "claim": FormWords(
        msg("Add a passphrase"), msg("A new link replaces the former one."), msg("Get new link")
    ),
    "env show": FormWords(
        msg("Show an environment"),
        msg("You see its tier, and its keys without their secrets."),
        msg("Show environment"),
    ),
    "env tier": FormWords(
        msg("Set a tier"),
        msg("The tier decides which changes in the environment need approval."),
        msg("Set tier"),
    ),
    "leak dismiss": FormWords(
        msg("Dismiss an incident"),
        msg("The key keeps working. Choose this only if its secret did not leak."),
        msg("Dismiss"),
    ),
    "leak review": FormWords(
        msg("Review an incident"),
        msg("Keysmith disabled the key by itself. This marks that as reviewed."),
        msg("Mark reviewed"),
    ),
    "leak disown": FormWords(
        msg("That wasn't me"),
        msg("The key is disabled at once. Keysmith tells security."),
        msg("Disable key"),
    ),
    "group add": FormWords(
        msg("Add to a group"),
        msg("Once approved, the person has the roles of the group."),
        SEND,
    ),
    "group create": FormWords(
        msg("Create a group"), msg("Once approved, the group exists, without members."), SEND
    ),
    "group drop": FormWords(
        msg("Take out of a group"),
        msg("Once approved, the person loses the roles of the group."),
        SEND,
    ),
    "group remove": FormWords(
        msg("Remove a group"),
        msg("Once approved, the group ends. Its members stay users, without its roles."),
        SEND,
    ),
    "group rename": FormWords(
        msg("Rename a group"), msg("Once approved, only the name changes."), SEND
    ),
    "group show": FormWords(
        msg("Show a group"), msg("You see its members and its roles."), msg("Show group")
    ),
    "key create": FormWords(
        msg("Create a key"),
        msg("You collect its credentials with a one-time link."),
        msg("Create key"),
    ),
    "key delete": FormWords(
        msg("Delete a key"),
        msg(
            "Once approved, the key is disabled. It is deleted 7 days later; restore it until then."
        ),
        msg("Delete key"),
    ),
    "key brownout": FormWords(
        msg("Disable for a time"),
        msg("Keysmith enables the key again by itself, and asks you what broke."),
        msg("Disable for a time"),
    ),
    "key disable": FormWords(
        msg("Disable a key"),
        msg("Everything that uses the key stops working. You can enable it again."),
        msg("Disable key"),
    ),
    "key enable": FormWords(
        msg("Enable a key"),
        msg("The key works again, with the same credentials."),
        msg("Enable key"),
    ),
    "key adopt": FormWords(
        msg("Adopt keys"),
        msg("Keys without an owner get one. You see the list before anything changes."),
        msg("Show list"),
    ),
    "key note": FormWords(
        msg("Write a note"),
        msg("Everyone who may see the key reads the note. Never write a secret in it."),
        msg("Save note"),
    ),
    "key tag": FormWords(
        msg("Tag a key"),
        msg("A tag groups keys: `/cld key list --tag` finds them."),
        msg("Save tag"),
    ),
    "key owner": FormWords(
        msg("Choose an owner"),
        msg("The owner hears of the key, can always disable it, and renews it before it ends."),
        msg("Choose owner"),
    ),
    "key rename": FormWords(
        msg("Rename a key"),
        msg("Only the name changes. The credentials stay the same."),
        msg("Rename key"),
    ),
    "key restore": FormWords(
        msg("Restore a key"),
        msg("The key is not deleted, and is enabled or disabled as before."),
        msg("Restore key"),
    ),
    "key roles": FormWords(
        msg("Change a key's roles"), msg("A role decides what a key can do."), msg("Change roles")
    ),
    "key why": FormWords(
        msg("Explain a key"), msg("You see what it can do, and what it lacks."), msg("Explain key")
    ),
    "key show": FormWords(
        msg("Show a key"), msg("You see everything but its secret."), msg("Show key")
    ),
    "key rotate": FormWords(
        msg("Rotate a key"),
        msg("The key gets a successor with the same roles. Both work until you press Deployed."),
        msg("Rotate key"),
    ),
    "rotation": FormWords(
        msg("Take a step"),
        msg("The rotation goes on from there. Its card says what each step does."),
        msg("Go on"),
    ),
    "key webhook": FormWords(
        msg("Choose webhook signer"),
        msg("The key is pinned: it signs webhook notifications, whichever key is the oldest."),
        msg("Pin key"),
    ),
    "link": FormWords(
        msg("Link a person"),
        msg("The person's email leads to another Cloudinary user than before."),
        SEND,
    ),
    "renew": FormWords(
        msg("Renew access"), msg("Your access lasts longer once it is approved."), SEND
    ),
    "request": FormWords(
        msg("Request credentials"),
        msg("An approver decides. Then you collect the credentials with a one-time link."),
        SEND,
    ),
    "review": FormWords(
        msg("Review an emergency"),
        msg(
            "Confirm that you checked what was done without approval. Access keys are reviewed with"
            " `/cld review keys`."
        ),
        msg("Mark reviewed"),
    ),
    "review answer": FormWords(
        msg("Answer a review"),
        msg("A key that you end is disabled at once."),
        msg("Send answer"),
    ),
    "result": FormWords(
        msg("Say what broke"),
        msg("Your answer is shown on the request of the brown-out."),
        msg("Send answer"),
    ),
    "user add": FormWords(
        msg("Invite a person"), msg("Once approved, Cloudinary sends the invitation."), SEND
    ),
    "user disable": FormWords(
        msg("Disable a user"), msg("They can't sign in to Cloudinary. Access keys go on."), SEND
    ),
    "user enable": FormWords(
        msg("Enable a user"), msg("They can sign in to Cloudinary again."), SEND
    ),
    "user envs": FormWords(
        msg("Set environments"), msg("You choose which environments they can access."), SEND
    ),
    "user offboard": FormWords(
        msg("Offboard a person"),
        msg("You see everything that they have first."),
        msg("Show list"),
    ),
    "user remove": FormWords(
        msg("Remove a user"), msg("They lose their access. Access keys go on."), SEND
    ),
    "user role": FormWords(
        msg("Change a role"), msg("The role decides what they can do in Cloudinary."), SEND
    ),
    "user show": FormWords(
        msg("Show a user"), msg("You see their role, access and groups."), msg("Show user")
    ),
    "withdraw": FormWords(
        msg("Withdraw your decision"),
        msg("Your decision no longer counts. You can decide again."),
        msg("Withdraw"),
    ),
}
"""By the command's name."""
STEPS: Final = {
    Step.ABORT: (msg("Abort rotation"), msg("Abort rotation")),
    Step.DELETE: (msg("Delete a key"), msg("Delete key")),
    Step.ROLL_BACK: (msg("Roll back"), msg("Roll back")),
    Step.SIGNER: (msg("Choose webhook signer"), FORMS["rotation"].submit),
}
"""Title and button of the form that asks for the key's name before a step of a rotation."""


def words_of(incomplete: Incomplete, only: frozenset[str]) -> FormWords:
    """Name the form of a command; that about many targets shows their list first.

    `only` names the fields that are left to it, if it does not ask for all.
    """
    spec = incomplete.spec
    if only and spec.build is Steer:
        words, step = FORMS["rotation"], Step(dict(incomplete.given)["step"])
        title, submit = STEPS.get(step, (words.title, words.submit))
        return replace(words, title=title, submit=submit)
    if spec in MANY.values():
        return FormWords(msg("Many keys at once"), spec.summary, msg("Show list"))
    return form_words(spec.name)


def form_words(name: str) -> FormWords:
    """Name the form of a command."""
    return FORMS.get(name, OTHERS)


def written(span: Span, language: Language, most: int = MOST) -> Block:
    """Write a span in a language as Slack's plain text; too long a text is cut."""
    text = shown(worded(span, language)) or " "
    return plain_text(text if len(text) <= most else f"{text[: most - 1]}…")
