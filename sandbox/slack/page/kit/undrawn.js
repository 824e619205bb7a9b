// What this page has no drawing for is told of, with all that it holds: nothing is lost silently.

import { make } from "../core/dom.js";

export const undrawn = (what, payload) =>
  make("details", { class: "undrawn", "data-testid": "undrawn" },
    make("summary", {}, `This ${what} isn't drawn here: ${payload.type}`),
    make("pre", { tabindex: "0" }, JSON.stringify(payload, null, 2)));
