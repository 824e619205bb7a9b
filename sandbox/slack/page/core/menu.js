// A button that opens a menu.

import { make } from "./dom.js";
import { openPopup, step } from "./popup.js";

function moved(menu, event) {
  if (event.key === "Tab") menu.hidePopover();
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  items[step(items, items.indexOf(document.activeElement), event.key)].focus();
}

// `items` are {label, note, url, choose}: `choose` is called with the button; an item with a `url` is a link to it.
export function withMenu(opener, items) {
  const item = ({ label, note, url, choose }) => {
    const attributes = { role: "menuitem", tabindex: "-1", onclick: () => { menu.hidePopover(); choose(opener); } };
    const text = [make("span", {}, label), note ? make("small", {}, note) : null];
    if (url) return make("a", { href: url, target: "_blank", rel: "noopener noreferrer", ...attributes }, text);
    return make("button", { type: "button", ...attributes }, text);
  };
  const menu = make("div", { role: "menu", class: "popup", popover: "auto", "aria-label": opener.ariaLabel, onkeydown: (event) => moved(menu, event) },
    items.map(item));
  for (const [name, value] of [["aria-haspopup", "menu"], ["aria-expanded", "false"]]) opener.setAttribute(name, value);
  opener.addEventListener("click", () => { openPopup(menu, opener); menu.firstElementChild.focus(); });
  menu.addEventListener("toggle", (event) => opener.setAttribute("aria-expanded", String(event.newState === "open")));
  return make("span", { class: "menu" }, opener, menu);
}
