// The confirmation dialog, with the bot's texts.

import { byId, make } from "../core/dom.js";
import { textObject } from "./mrkdwn.js";

const or = (object, otherwise) => (object ? textObject(object) : [otherwise]);

function draw(box, dialog) {
  const button = (value, style, label) => make("button", { type: "button", class: style, onclick: () => box.close(value) }, label);
  box.replaceChildren(
    make("h2", { id: "confirm-title" }, or(dialog.title, "Are you sure?")),
    make("div", { id: "confirm-text", class: "section" }, or(dialog.text, "")),
    make("footer", {}, button("", null, or(dialog.deny, "Cancel")), button("yes", dialog.style === "danger" ? "danger" : "primary", or(dialog.confirm, "Yes"))));
}

// Resolves to true at once if there is nothing to confirm.
export function confirmed(dialog) {
  if (!dialog) return Promise.resolve(true);
  const box = byId("confirm");
  draw(box, dialog);
  box.returnValue = "";
  box.showModal();
  return new Promise((settle) => {
    box.addEventListener("close", () => settle(box.returnValue === "yes"), { once: true });
  });
}
