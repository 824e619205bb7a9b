// On a phone, the sidebar is a drawer.

import { byId } from "../core/dom.js";
import { icon } from "../core/icons.js";

export function openDrawer(open) {
  const wasOpen = document.body.classList.contains("drawer");
  byId("drawer").setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("drawer", open);
  byId("shade").hidden = !open;
  byId("panel").inert = open;
  if (open) byId("person").focus();
  else if (wasOpen) byId("drawer").focus();
}

export function prepareDrawer() {
  byId("drawer").append(icon("menu"));
  byId("drawer").addEventListener("click", () => openDrawer(true));
  byId("shade").addEventListener("click", () => openDrawer(false));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") openDrawer(false); });
  matchMedia("(min-width: 761px)").addEventListener("change", () => openDrawer(false));
}
