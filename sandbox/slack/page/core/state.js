// The current person and channel, and the data of the workspace.

export const state = {
  team: null,
  app: null,
  people: new Map(),
  channels: new Map(),
  user: null,
  channel: null,
  thread: null, // the ts of the message whose thread is open
  tab: "messages", // or "home", in the conversation with the app
};

export const isOutsider = (person) => person.team_id !== state.team.id;
export const canSignIn = (person) => !person.deleted && !person.is_invited_user;
export const persons = () => [...state.people.values()].filter((person) => !person.is_bot);
export const channelsOf = (user) => [...state.channels.values()].filter((channel) => channel.members.includes(user.id));
export const nameOf = (channel) => channel.name || state.app.name.toLowerCase();
export const titleOf = (channel) => (channel.is_im ? state.app.name : `#${channel.name}`);
export const addressOf = (user, channel) => `?as=${encodeURIComponent(user.handle)}&in=${encodeURIComponent(nameOf(channel))}`;
export const isHome = () => state.channel.is_im && state.tab === "home";

export const shortcuts = (type) => (state.app.shortcuts ?? []).filter((shortcut) => shortcut.type === type);

export const personCalled = (word) => persons().find((person) => canSignIn(person) && [person.id, person.handle].includes(word));

export function channelCalled(word, user) {
  const open = channelsOf(user);
  return open.find((channel) => [channel.id, nameOf(channel)].includes(word)) ?? open.find(({ name }) => name === "platform") ?? open[0];
}

// Stores the workspace's data from the sandbox.
export function learn({ team, app, people, channels }) {
  Object.assign(state, { team, app });
  state.people = new Map(people.map((person) => [person.id, person]));
  state.channels = new Map(channels.map((channel) => [channel.id, channel]));
  if (state.user) state.user = state.people.get(state.user.id);
  if (state.channel) state.channel = state.channels.get(state.channel.id);
}
