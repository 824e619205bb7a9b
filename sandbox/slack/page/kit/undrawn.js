// Shows an unsupported block or element with its whole content, so that nothing is hidden.

import { make } from "../core/dom.js";

export const undrawn = (what, payload) =>
  make("details", { class: "undrawn", "data-testid": "undrawn" },
    make("summary", {}, `This ${what} isn't drawn here: ${payload.type}`),
    make("pre", { tabindex: "0" }, JSON.stringify(payload, null, 2)));
