// Fetches the person's screen, one request at a time; changes in the meantime cause another request.

import { look } from "../core/api.js";
import { byId } from "../core/dom.js";
import { state } from "../core/state.js";

export const offline = () => { byId("offline").hidden = false; };
const online = () => { byId("offline").hidden = true; };

export const screenOf = (user, channel) => look("screen", { user: user.id, channel: channel.id });

// Gives a function that fetches the screen and calls `draw` with it.
export function looker(draw) {
  let looking = false;
  let again = false;

  async function once() {
    const { user, channel } = state;
    const screen = await screenOf(user, channel);
    if (user.id === state.user.id && channel.id === state.channel.id) draw(screen);
  }

  return async function refresh() {
    again = true;
    if (looking) return;
    looking = true;
    while (again) {
      again = false;
      await once().then(online, offline);
    }
    looking = false;
  };
}
