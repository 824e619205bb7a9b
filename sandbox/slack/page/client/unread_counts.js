// Counts unread messages in the channels that are not on the screen.

import { look } from "../core/api.js";
import { channelsOf, learn, state } from "../core/state.js";
import { offline, screenOf } from "./refresh.js";
import { count, unreadIds } from "./unread.js";

const isElsewhere = (channel) => channel.id !== state.channel.id && channel.members.includes(state.user.id);

async function recount(channels, done) {
  const { user } = state;
  const others = channels.filter(isElsewhere);
  const screens = await Promise.all(others.map((channel) => screenOf(user, channel)));
  if (user.id !== state.user.id) return;
  others.forEach((channel, index) => { if (isElsewhere(channel)) count(channel, screens[index].messages); });
  done();
}

// `done` is called after each count. Counts run one after another, so that the latest result is shown.
export function counter(done) {
  let last = Promise.resolve();
  const later = (work) => { last = last.then(work).catch(offline); };
  return {
    all: () => later(() => recount(channelsOf(state.user), done)),
    one: (id) => later(() => recount([state.channels.get(id)], done)),
    // A change without a channel is a modal, a notice, a person, or a reset.
    world: () => later(async () => {
      learn(await look("workspace"));
      await recount(unreadIds().map((id) => state.channels.get(id)), done);
    }),
  };
}
