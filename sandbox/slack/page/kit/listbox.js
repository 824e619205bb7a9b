// The options that open under a combobox; the keyboard stays in its input.

import { make } from "../core/dom.js";
import { isOpen, openPopup, step } from "../core/popup.js";
import { textObject } from "./mrkdwn.js";

export function listbox(input, anchor, choose) {
  const list = make("ul", { role: "listbox", id: `${input.id}-list`, class: "popup", popover: "manual", "aria-label": "Options" });
  let offered = [];
  let at = -1;
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) input.setAttribute(name, value);

  const nodes = () => [...list.querySelectorAll("[data-option]")];

  function point(to) {
    at = to;
    nodes().forEach((node, index) => node.setAttribute("aria-selected", String(index === at)));
    nodes()[at]?.scrollIntoView({ block: "nearest" });
    if (at >= 0) input.setAttribute("aria-activedescendant", nodes()[at].id);
    else input.removeAttribute("aria-activedescendant");
  }

  const line = (option) => {
    const index = offered.push(option) - 1;
    return make("li", { role: "option", id: `${list.id}-${index}`, "data-option": index, "aria-selected": "false", onclick: () => choose(option) },
      textObject(option.text), option.description ? make("small", {}, textObject(option.description)) : null);
  };

  const group = ({ label, options }) =>
    label ? make("li", { role: "group", "aria-label": label }, make("span", { class: "group", "aria-hidden": "true" }, label), make("ul", { role: "none" }, options.map(line))) : options.map(line);

  // Shows groups of options, or the reason why there are none.
  function show(groups, otherwise) {
    offered = [];
    const lines = groups.filter(({ options }) => options.length).map(group).flat();
    list.replaceChildren(...(lines.length ? lines : [make("li", { role: "option", "aria-disabled": "true", class: "none" }, otherwise)]));
    openPopup(list, anchor);
    point(offered.length ? 0 : -1);
  }

  function hide() {
    if (isOpen(list)) list.hidePopover();
    point(-1);
  }

  // True if the list handled the key.
  function key(event) {
    if (!isOpen(list)) return false;
    if (["ArrowDown", "ArrowUp"].includes(event.key) && offered.length) point(step(offered, at, event.key));
    else if (event.key === "Enter" && at >= 0) choose(offered[at]);
    else if (event.key === "Escape") hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the input keeps the focus
  list.addEventListener("toggle", (event) => input.setAttribute("aria-expanded", String(event.newState === "open")));
  return { node: list, show, hide, key, isOpen: () => isOpen(list) };
}
