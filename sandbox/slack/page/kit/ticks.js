// Checkboxes and radio buttons.

import { make, newId } from "../core/dom.js";
import { textObject } from "./mrkdwn.js";

export const ticks = (type) => (e, { kept, changed }) => {
  const name = newId("ticks");
  const chosen = new Set([kept ?? []].flat().map((option) => option.value ?? option));
  const boxes = e.options.map((option) => make("input", { type, name, value: option.value, checked: chosen.has(option.value), "data-action-id": e.action_id }));
  const lines = e.options.map((option, index) =>
    make("label", { class: "tick" }, boxes[index],
      make("span", {}, textObject(option.text), option.description ? make("small", {}, textObject(option.description)) : null)));
  const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const value = type === "radio" ? () => ticked()[0] ?? null : ticked;
  const node = make("div", { class: "ticks", role: type === "radio" ? "radiogroup" : "group", onchange: () => changed(value()) }, lines);
  return { node, field: boxes[0], group: node };
};
