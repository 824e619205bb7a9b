// Sends a command to the app, or a message to a channel or a thread.

import { act } from "../core/api.js";
import { state } from "../core/state.js";
import { doing } from "./actions.js";
import { toast } from "./toasts.js";

const first = (text) => text.split(/\s/)[0];
const place = () => ({ user: state.user.id, channel: state.channel.id });

export function send(text) {
  const { command } = state.app;
  if (text === command || text.startsWith(`${command} `)) {
    return doing(() => act("command", { ...place(), text: text.slice(command.length).trim() }));
  }
  if (text.startsWith("/")) return toast(`${first(text)} isn't a command. Try ${command} help.`);
  return doing(() => act("message", { ...place(), text }));
}

export function reply(text, threadTs) {
  if (text.startsWith("/")) return toast(`${first(text)} doesn't work in threads. Send it in the channel.`);
  return doing(() => act("message", { ...place(), text, thread_ts: threadTs }));
}
