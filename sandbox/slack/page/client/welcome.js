// The introduction in a channel without messages.

import { make } from "../core/dom.js";
import { addressOf, isOutsider, persons, state } from "../core/state.js";
import { fill } from "./composer.js";

const EXAMPLES = ["key list", "key disable ci-bot", "key create deploy --env staging", "request staging my-app --reason \"trying it out\"", "help"];
const OTHER = "mia"; // a person with few permissions; for her, the default person is the other one
const DEFAULT = "tom";

function other() {
  const handle = state.user.handle === OTHER ? DEFAULT : OTHER;
  return persons().find((person) => person.handle === handle);
}

function start() {
  if (isOutsider(state.user)) {
    return make("p", {}, `You're from another company's workspace, so ${state.app.command} doesn't work for you. You can write messages and use buttons.`);
  }
  const example = (words) => make("button", { type: "button", class: "example", onclick: () => fill(words) }, words);
  return [
    make("p", {}, "Try ", make("code", {}, `${state.app.command} help`), ", or choose one of these and press Enter:"),
    make("div", { class: "actions" }, EXAMPLES.map((words) => example(`${state.app.command} ${words}`))),
  ];
}

function change(become) {
  const them = other();
  return make("p", { class: "soft" }, "What you can do depends on who you are. Switch to ",
    make("button", { type: "button", class: "link", onclick: () => become(them) }, them.name), ` (${them.title}), or `,
    make("a", { href: addressOf(them, state.channel), target: "_blank", rel: "noopener" }, "open a second window"), " as that person.");
}

function draw(become) {
  const { user } = state;
  return make("section", { class: "welcome", "aria-labelledby": "welcome" },
    make("h2", { id: "welcome" }, `You are ${user.name}${user.title ? `, ${user.title}` : ""}.`), start(), change(become));
}

// An item for `list.update`.
export const welcome = (become) => ({ key: "welcome", shape: `${state.user.id} ${state.channel.id}`, draw: () => draw(become) });
