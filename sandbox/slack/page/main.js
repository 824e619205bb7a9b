// A client of the simulated workspace, which shows what one person sees and performs their actions.

import { act, look, watch } from "./core/api.js";
import { byId } from "./core/dom.js";
import { icon } from "./core/icons.js";
import { followEnd, update } from "./core/list.js";
import { addressOf, canSignIn, channelCalled, isHome, learn, nameOf, personCalled, persons, state } from "./core/state.js";
import { compose, switchDraft } from "./client/composer.js";
import { counter } from "./client/unread_counts.js";
import { whenDone } from "./client/actions.js";
import { openDrawer, prepareDrawer } from "./client/drawer.js";
import { drawHome, openHome } from "./client/home.js";
import { looker, offline } from "./client/refresh.js";
import { message, withDays } from "./client/messages.js";
import { drawModal } from "./client/modal.js";
import { reply, send } from "./client/send.js";
import { drawSide, prepareLanguage } from "./client/side.js";
import { drawThread } from "./client/thread.js";
import { clearToasts, toastNew } from "./client/toasts.js";
import { drawTop, prepareTabs } from "./client/top.js";
import { firstNew, forgetCounts, lastRead, read } from "./client/unread.js";
import { welcome } from "./client/welcome.js";
import { retell } from "./kit/dates.js";

const A_WHILE = 30_000; // milliseconds between updates of relative times

const refresh = looker(draw);
const counts = counter(drawFrame);
let unwatch = () => {};
let language = ""; // of what is drawn
let follow = true; // scroll to the end at the next rendering
let readBefore = ""; // ts of the last message that was read when the person entered the channel

function drawMessages(messages) {
  const top = messages.filter((m) => !m.thread_ts || m.thread_ts === m.ts || !messages.some((root) => root.ts === m.thread_ts));
  const replies = (m) => messages.filter((other) => other.thread_ts === m.ts && other.ts !== m.ts).length;
  const item = (m) => message(m, { replies: replies(m), openThread });
  followEnd(byId("messages"), follow, () => update(byId("messages"), top.length ? withDays(top, firstNew(top, readBefore), item) : [welcome(become)]));
  follow = false;
  drawThread(messages, { reply, close: () => openThread(null) });
}

function draw(screen) {
  if (!isHome()) {
    drawMessages(screen.messages);
    read(state.channel, screen.messages);
  }
  drawHome(screen.home);
  drawModal(screen.modal);
  toastNew(state.user.id, screen.toasts);
}

function drawFrame() {
  drawSide(enter);
  drawTop();
  if (language === state.user.locale) return;
  language = state.user.locale;
  refresh(); // dates are written in another language
}

function changed({ channel }) {
  refresh();
  if (channel) counts.one(channel);
  else counts.world();
}

function opened() {
  refresh();
  counts.all();
}

function openThread(ts) {
  const { thread } = state;
  state.thread = ts;
  refresh();
  if (!ts) (document.querySelector(`[data-ts="${CSS.escape(thread)}"] .hover button`) ?? byId("text")).focus();
}

function chooseTab(tab) {
  state.tab = tab;
  state.thread = null;
  follow = true;
  drawTop();
  refresh();
  openHome(tab);
}

function enter(channel) {
  Object.assign(state, { channel, thread: null, tab: "messages" });
  history.replaceState(null, "", addressOf(state.user, channel));
  readBefore = lastRead(channel);
  read(channel, []);
  follow = true;
  clearToasts();
  openDrawer(false);
  switchDraft();
  drawFrame();
  refresh();
}

function become(user) {
  unwatch();
  const name = state.channel ? nameOf(state.channel) : null;
  state.user = user;
  forgetCounts();
  enter(channelCalled(name, user));
  unwatch = watch(user.id, { opened, changed, lost: offline });
}

function prepare() {
  whenDone(refresh);
  compose((text) => {
    follow = true;
    clearToasts();
    send(text);
  });
  prepareDrawer();
  prepareLanguage();
  prepareTabs(chooseTab);
  byId("change").append(icon("down"));
  byId("person").addEventListener("change", (event) => become(state.people.get(event.target.value)));
  document.addEventListener("visibilitychange", refresh);
  setInterval(retell, A_WHILE);
}

async function begin() {
  learn(await look("workspace"));
  const asked = new URLSearchParams(location.search);
  const user = personCalled(asked.get("as") ?? "tom") ?? persons().find(canSignIn);
  prepare();
  state.channel = channelCalled(asked.get("in") ?? "platform", user);
  await act("reload", { user: user.id });
  become(user);
  byId("text").focus();
}

begin().catch(offline);
