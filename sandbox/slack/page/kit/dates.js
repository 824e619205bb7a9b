// Slack's date formats, in the person's language: docs.slack.dev/messaging/formatting-message-text#date-formatting

import { make } from "../core/dom.js";
import { state } from "../core/state.js";

const DAY = 86_400_000; // milliseconds
const HALF_A_YEAR = 182 * DAY;
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];
const language = () => state.user?.locale ?? "en-US";
const relative = (count, unit) => new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(count, unit);

const show = (date, options) => date.toLocaleString(language(), options);
const isNear = (date) => Math.abs(date - Date.now()) < HALF_A_YEAR;
const days = (date) => Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / DAY);

function ago(date) {
  const away = (date - Date.now()) / 1000;
  for (const [unit, size] of UNITS) if (Math.abs(away) >= size) return relative(Math.round(away / size), unit);
  return relative(0, "second");
}

const full = (date) => show(date, { month: "long", day: "numeric", ...(isNear(date) ? {} : { year: "numeric" }) });
const short = (date) => show(date, { month: "short", day: "numeric", year: "numeric" });
const long = (date) => show(date, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
const pretty = (otherwise) => (date) => (Math.abs(days(date)) < 2 ? relative(days(date), "day") : otherwise(date));

const TOKENS = {
  ago,
  date: full,
  date_long: long,
  date_long_pretty: pretty(long),
  date_num: (date) => date.toLocaleDateString("sv"),
  date_pretty: pretty(full),
  date_short: short,
  date_short_pretty: pretty(short),
  time: (date) => show(date, { hour: "numeric", minute: "2-digit" }),
  time_secs: (date) => show(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
};

export function written(date, format) {
  const text = format.replaceAll(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(date) ?? whole);
  return format.startsWith("{date") ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

export const dateOf = (timestamp) => new Date(Number(timestamp) * 1000);

export function moment(timestamp, format, fallback = "") {
  const date = dateOf(timestamp);
  if (Number.isNaN(date.getTime())) return document.createTextNode(fallback);
  return make("time", { datetime: date.toISOString(), title: show(date, { dateStyle: "full", timeStyle: "medium" }), "data-format": format }, written(date, format));
}

// Updates relative times.
export function retell() {
  for (const time of document.querySelectorAll("time[data-format*=ago]")) time.textContent = written(new Date(time.dateTime), time.dataset.format);
}
