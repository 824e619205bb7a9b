// A press asks what the bot wants asked, and shows that it is being worked on until it is answered.

import { confirmed } from "./confirm.js";

// False if the person thought better of it.
export async function press(node, element, work) {
  if (!(await confirmed(element.confirm))) return false;
  node.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    node.removeAttribute("aria-busy");
  }
  return true;
}

export const isBusy = (node) => node.ariaBusy === "true";
