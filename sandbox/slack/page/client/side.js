// The sidebar: the person, and the channels with their unread counts.

import { act } from "../core/api.js";
import { byId, make, times } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { update } from "../core/list.js";
import { addressOf, canSignIn, channelsOf, isOutsider, nameOf, persons, state } from "../core/state.js";
import { doing } from "./actions.js";
import { appFace, face } from "./avatar.js";
import { totals, unread } from "./unread.js";

const FLAGS = [
  [(person) => person.is_ultra_restricted, "Single-channel guest"],
  [(person) => person.is_restricted && !person.is_ultra_restricted, "Guest"],
  [isOutsider, "From another company (Slack Connect)"],
  [(person) => !person.is_email_confirmed, "Email not confirmed"],
];
const GROUPS = [
  ["Colleagues", (person) => canSignIn(person) && !person.is_restricted && !isOutsider(person)],
  ["Guests and partners", (person) => canSignIn(person) && (person.is_restricted || isOutsider(person))],
  ["Can't sign in", (person) => !canSignIn(person)],
];

// The languages that the page offers; the bot reads a person's from users.info.
const LANGUAGES = [["en-US", "English"], ["de-DE", "Deutsch"], ["fr-FR", "Français"], ["es-ES", "Español"], ["ja-JP", "日本語"], ["he-IL", "עברית"]];

function drawLanguage({ locale }) {
  const known = LANGUAGES.some(([code]) => code === locale) ? LANGUAGES : [...LANGUAGES, [locale, locale]];
  update(byId("language"), known.map(([code, name]) => ({ key: code, shape: name, draw: () => make("option", { value: code, lang: code }, name) })));
  byId("language").value = locale;
}

export function prepareLanguage() {
  byId("language").addEventListener("change", ({ target }) => doing(() => act("person", { id: state.user.id, locale: target.value })));
}

const choice = (person) => make("option", { value: person.id, disabled: !canSignIn(person) }, [person.name, person.title].filter(Boolean).join(" · "));

const group = ([label, belongs]) => {
  const members = persons().filter(belongs);
  return members.length ? [{ key: label, shape: JSON.stringify(members), draw: () => make("optgroup", { label }, members.map(choice)) }] : [];
};

function drawPerson() {
  const { user } = state;
  update(byId("person"), GROUPS.flatMap(group));
  byId("person").value = user.id;
  byId("face").replaceChildren(face(user.id, user.name));
  byId("name").textContent = user.name;
  byId("about").textContent = user.title;
  drawLanguage(user);
  byId("flags").replaceChildren(...FLAGS.filter(([holds]) => holds(user)).map(([, words]) => make("span", { class: "flag" }, words)));
}

const spoken = ({ fresh, calls }) => [` ${times(fresh, "unread message", "unread messages")}`, calls ? `, ${calls} for you` : ""].join("");

function link(channel, marks, isCurrent, enter) {
  const go = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    enter(channel);
  };
  return make("li", {}, make("a", { href: addressOf(state.user, channel), "data-testid": `channel-${nameOf(channel)}`, class: marks.fresh ? "unread" : null,
    "aria-current": isCurrent ? "page" : null, onclick: go },
    channel.is_im ? appFace() : icon(channel.is_private ? "lock" : "hash"),
    make("span", { class: "grow" }, channel.is_im ? state.app.name : channel.name),
    channel.is_ext_shared ? make("span", { title: "Shared with another company" }, icon("shared"), make("span", { class: "unseen" }, " shared with another company")) : null,
    marks.fresh ? make("span", { class: "unseen" }, spoken(marks)) : null,
    marks.calls ? make("span", { class: "count", "aria-hidden": "true" }, String(marks.calls)) : null));
}

const item = (enter) => (channel) => {
  const marks = unread(channel);
  const isCurrent = channel.id === state.channel.id;
  return { key: channel.id, shape: JSON.stringify([channel, marks, isCurrent, state.user.id]), draw: () => link(channel, marks, isCurrent, enter) };
};

export function drawSide(enter) {
  const mine = channelsOf(state.user);
  byId("team").textContent = state.team.name;
  drawPerson();
  update(byId("channels"), mine.filter((channel) => !channel.is_im).map(item(enter)));
  update(byId("apps"), mine.filter((channel) => channel.is_im).map(item(enter)));
  byId("drawer").classList.toggle("unread", totals().fresh > 0);
}
