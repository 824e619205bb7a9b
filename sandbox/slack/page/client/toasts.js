// Short notices: Slack's own, and refusals of the sandbox.

import { byId, make } from "../core/dom.js";
import { iconButton } from "../core/icons.js";

const told = new Set();

// An open modal blocks everything else, so notices are shown in it.
export function toast(text) {
  const dialog = byId("modal");
  const where = dialog.open ? dialog.querySelector(".trouble") : byId("toasts");
  const shown = make("p", { class: "toast", "data-testid": "toast" }, make("span", { class: "grow" }, text), iconButton("close", "Dismiss", { onclick: () => shown.remove() }));
  where.append(shown);
}

// The sandbox keeps a person's last notices; each is shown once.
export function toastNew(user, toasts) {
  for (const each of toasts) {
    const id = `${user} ${JSON.stringify(each)}`;
    if (!told.has(id)) toast(each.text);
    told.add(id);
  }
}

export const clearToasts = () => byId("toasts").replaceChildren();
