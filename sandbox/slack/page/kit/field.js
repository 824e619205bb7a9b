// An input block: its label, control, error and hint.

import { make, newId } from "../core/dom.js";
import { control, isControl } from "./controls.js";
import { textObject } from "./mrkdwn.js";
import { press } from "./press.js";
import { undrawn } from "./undrawn.js";

function put(node, name, value) {
  if (value) node.setAttribute(name, value);
  else node.removeAttribute(name);
}

// Shows or clears an input's error; a group of checkboxes has no attribute for it.
const complainer = (marked, error, hint) => (text) => {
  error.textContent = text;
  put(marked, "aria-describedby", [text ? error.id : null, hint?.id].filter(Boolean).join(" "));
  if (marked.role !== "group") put(marked, "aria-invalid", text ? "true" : null);
};

function titled(b, drawn) {
  const text = [make("span", {}, textObject(b.label)), b.optional ? make("span", { class: "soft optional" }, " (optional)") : null];
  if (!drawn.group) return make("label", { for: drawn.field.id }, text);
  const title = make("span", { class: "label", id: newId("label") }, text);
  drawn.group.setAttribute("aria-labelledby", title.id);
  return title;
}

function fill(node, b, on) {
  // Dispatches a choice, if the block says so; if the person declines the confirmation, undoes it.
  const chosen = async (value, undo) => {
    complain("");
    if (!b.dispatch_action || (await press(drawn.node, b.element, () => on.act(b.element, b, value)))) return;
    undo();
    fill(node, b, on);
  };
  const drawn = control(b.element, b, on, chosen);
  const hint = b.hint ? make("p", { class: "soft", id: newId("hint") }, textObject(b.hint)) : null;
  const error = make("p", { class: "error", id: newId("error"), role: "alert", "data-error": b.block_id });
  const complain = complainer(drawn.marked, error, hint);
  complain("");
  drawn.node.addEventListener("input", () => complain(""));
  on.fields?.set(b.block_id, { complain, focus: () => { drawn.field.focus(); node.scrollIntoView({ block: "nearest" }); }, isFirst: Boolean(b.element.focus_on_load) });
  node.replaceChildren(...[titled(b, drawn), drawn.node, error, hint].filter(Boolean));
}

export function field(b, on) {
  if (!isControl(b.element)) return undrawn("element", b.element);
  const node = make("div", { class: "field" });
  fill(node, b, on);
  return node;
}
