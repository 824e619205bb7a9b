// Slack's mrkdwn as elements: docs.slack.dev/messaging/formatting-message-text

import { anchor, make } from "../core/dom.js";
import { state } from "../core/state.js";
import { moment } from "./dates.js";
import { withEmoji } from "./emoji.js";

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const badge = (text, mine = false) => make("span", { class: mine ? "mention mine" : "mention" }, text);
export const mention = (id) => badge(`@${state.people.get(id)?.name ?? id}`, id === state.user?.id);
export const channelName = (id, label) => badge(`#${state.channels.get(id)?.name || label || id}`);
export const broadcast = (range) => badge(`@${range}`, true);

function date(target, label) {
  const [, timestamp, format, url] = target.split("^");
  const shown = moment(timestamp, unescape(format ?? ""), unescape(label ?? ""));
  return url ? anchor(unescape(url), shown) : shown;
}

function entity(inner) {
  const [target, label] = inner.split("|");
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channelName(target.slice(1), label);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return broadcast(label ? unescape(label).replace(/^@/, "") : target.slice(1).split("^")[0]);
  return anchor(unescape(target), unescape(label ?? target).replace(/^mailto:/, ""));
}

const style = (mark, tag) => [
  new RegExp(`(?<![\\w${mark}])\\${mark}(?![\\s${mark}])([^${mark}\\n]*[^\\s${mark}])\\${mark}(?![\\w${mark}])`),
  (inner) => make(tag, {}, mrkdwn(inner)),
];

// Pairs of a pattern and the rendering of its group; the match that begins first wins.
const MARKS = [
  [/```\n?([\s\S]+?)\n?```\n?/, (inner) => make("pre", {}, unescape(inner))],
  [/`([^`\n]+)`/, (inner) => make("code", {}, unescape(inner))],
  [/<([^<>]+)>/, entity],
  [/((?:^(?:&gt;|>).*(?:\n|$))+)/m, (inner) => make("blockquote", {}, mrkdwn(inner.trimEnd().replaceAll(/^(?:&gt;|>) ?/gm, "")))],
  style("*", "strong"),
  style("_", "em"),
  style("~", "s"),
];

export function mrkdwn(text) {
  let first = null;
  for (const [pattern, draw] of MARKS) {
    const found = pattern.exec(text);
    if (found && (!first || found.index < first.found.index)) first = { found, draw };
  }
  if (!first) return text ? [withEmoji(unescape(text))] : [];
  const { found, draw } = first;
  const before = text.slice(0, found.index);
  return [...(before ? [withEmoji(unescape(before))] : []), draw(found[1]), ...mrkdwn(text.slice(found.index + found[0].length))];
}

// A text object as children for `make`; no children if it is missing.
export function textObject(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : [withEmoji(object.text)];
}
