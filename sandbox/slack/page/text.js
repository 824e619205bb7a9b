// Slack's mrkdwn, dates and mentions, as elements.

import { anchor, make } from "./dom.js";

export const names = { people: new Map(), channels: new Map() };

const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function ago(seconds) {
  const away = seconds - Date.now() / 1000;
  for (const [unit, size] of UNITS) if (Math.abs(away) >= size) return relative.format(Math.round(away / size), unit);
  return Math.abs(away) < 5 ? "just now" : relative.format(Math.round(away), "second");
}

const show = (date, options) => date.toLocaleString("en", options);
const LONG = { month: "long", day: "numeric" };
const SHORT = { month: "short", day: "numeric", year: "numeric" };
const TOKENS = {
  ago: (date) => ago(date / 1000),
  time: (date) => show(date, { hour: "numeric", minute: "2-digit" }),
  time_secs: (date) => show(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  date_num: (date) => date.toISOString().slice(0, 10),
  date_short: (date) => show(date, SHORT),
  date_short_pretty: (date) => show(date, SHORT),
  date_long: (date) => show(date, { weekday: "long", year: "numeric", ...LONG }),
  date: (date) => show(date, LONG),
  date_pretty: (date) => show(date, LONG),
};

export function moment(timestamp, format, fallback) {
  const date = new Date(Number(timestamp) * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode(fallback ?? "");
  const text = format.replaceAll(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(date) ?? whole);
  return make("time", { datetime: date.toISOString(), title: date.toLocaleString() }, text);
}

export const mention = (id) => make("span", { class: "mention" }, `@${names.people.get(id)?.name ?? id}`);
export const channelName = (id) => make("span", { class: "mention" }, `#${names.channels.get(id)?.name ?? id}`);

export const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function entity(inner) {
  const [target, label] = inner.split("|");
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channelName(target.slice(1));
  if (target.startsWith("!date^")) {
    const [, timestamp, format] = target.split("^");
    return moment(timestamp, format, label);
  }
  if (target.startsWith("!")) return make("span", { class: "mention" }, `@${target.slice(1)}`);
  return anchor(unescape(target), unescape(label ?? target));
}

const STYLES = [
  [/```([\s\S]+?)```/, (inner) => make("pre", {}, unescape(inner))],
  [/`([^`\n]+)`/, (inner) => make("code", {}, unescape(inner))],
  [/<([^<>]+)>/, entity],
  [/(?<![\w*])\*([^*\n]+)\*(?![\w*])/, (inner) => make("strong", {}, ...mrkdwn(inner))],
  [/(?<![\w_])_([^_\n]+)_(?![\w_])/, (inner) => make("em", {}, ...mrkdwn(inner))],
  [/(?<![\w~])~([^~\n]+)~(?![\w~])/, (inner) => make("s", {}, ...mrkdwn(inner))],
  [/^&gt; ?(.*)$/m, (inner) => make("blockquote", {}, ...mrkdwn(inner))],
];

export function mrkdwn(text) {
  let first = null;
  for (const [pattern, draw] of STYLES) {
    const found = pattern.exec(text);
    if (found && (!first || found.index < first.found.index)) first = { found, draw };
  }
  if (!first) return text ? [unescape(text)] : [];
  const { found, draw } = first;
  const rest = text.slice(found.index + found[0].length);
  return [...(found.index ? [unescape(text.slice(0, found.index))] : []), draw(found[1]), ...mrkdwn(rest)];
}

export function textObject(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : [object.text];
}
