// A click: asks for the bot's confirmation, and shows progress until it is answered.

import { confirmed } from "./confirm.js";

// False if the person declines the confirmation.
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
