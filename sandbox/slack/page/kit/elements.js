// Interactive elements inside a block: docs.slack.dev/reference/block-kit/block-elements
//
// `on` is the surface that holds it; see client/surfaces.js.

import { anchor, isSafe, make } from "../core/dom.js";
import { iconButton } from "../core/icons.js";
import { withMenu } from "../core/menu.js";
import { control, isControl } from "./controls.js";
import { textObject } from "./mrkdwn.js";
import { isBusy, press } from "./press.js";
import { undrawn } from "./undrawn.js";

// A link with a confirmation opens after it is confirmed.
async function pressed(event, e, work) {
  const node = event.currentTarget;
  if (isBusy(node)) return;
  if (e.url && e.confirm) event.preventDefault();
  const done = await press(node, e, work);
  if (done && e.url && e.confirm) open(e.url, "_blank", "noopener");
}

function button(e, b, on) {
  const attributes = {
    class: ["button", e.style].filter(Boolean).join(" "),
    "data-action-id": e.action_id,
    "aria-label": e.accessibility_label,
    onclick: (event) => pressed(event, e, () => on.act(e, b, e.value)),
  };
  if (isSafe(e.url)) return anchor(e.url, make("span", {}, textObject(e.text)), attributes);
  return make("button", { type: "button", ...attributes }, textObject(e.text));
}

function overflow(e, b, on) {
  const opener = iconButton("dots", "More actions", { class: "button dots", "data-action-id": e.action_id });
  return withMenu(opener, e.options.map((option) => ({
    label: textObject(option.text),
    note: option.description ? textObject(option.description) : null,
    url: isSafe(option.url) ? option.url : null,
    choose: (node) => press(node, e, () => on.act(e, b, option.value)),
  })));
}

function chooser(e, b, on) {
  const chosen = async (value, undo) => {
    if (value === null || (await press(drawn.node, e, () => on.act(e, b, value)))) return;
    undo();
    drawn.node.replaceWith(chooser(e, b, on));
  };
  const drawn = control(e, b, on, chosen);
  drawn.marked.setAttribute("aria-label", e.placeholder?.text ?? b.text?.text ?? "Choose an option");
  return drawn.node;
}

const ELEMENTS = { button, overflow, workflow_button: button };

export function element(e, b, on) {
  if (ELEMENTS[e.type]) return ELEMENTS[e.type](e, b, on);
  return isControl(e) ? chooser(e, b, on) : undrawn("element", e);
}
