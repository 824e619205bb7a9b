// Short notices: Slack's own voice, and what the sandbox refuses.

import { byId, make } from "../core/dom.js";
import { iconButton } from "../core/icons.js";

const told = new Set();

// Over an open modal nothing else can be reached, so that its notices stand in it.
export function toast(text) {
  const dialog = byId("modal");
  const where = dialog.open ? dialog.querySelector(".trouble") : byId("toasts");
  const shown = make("p", { class: "toast", "data-testid": "toast" }, make("span", { class: "grow" }, text), iconButton("close", "Dismiss", { onclick: () => shown.remove() }));
  where.append(shown);
}

// The sandbox keeps the last few of a person's: each is told once.
export function toastNew(user, toasts) {
  for (const each of toasts) {
    const id = `${user} ${JSON.stringify(each)}`;
    if (!told.has(id)) toast(each.text);
    told.add(id);
  }
}

export const clearToasts = () => byId("toasts").replaceChildren();
