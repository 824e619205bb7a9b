// Reveals the credentials of one link, once, in this page only. The fragment key never leaves the browser: the page
// posts a proof that is derived from it, and decrypts the answer here. It stays in the address until the link is over,
// so that a reload, the history, another tab and “Open in browser” have the whole link (docs/decisions.md).
//
// Its messages come with the page, in the reader's language (handlers/page_words.py).
//
// States of the page (data-state): waiting -> shown -> cleared, or opened, gone, broken, cut (a link without its key),
// and where Slack's redirect ends without a sign-in: foreign (another person), unsigned.

const body = document.body;
const status = document.getElementById("status");
const texts = JSON.parse(body.dataset.texts);
// Signing in leaves this page and comes back without the fragment, which waits in this tab alone, and no longer.
const WAITING = "keysmith-link";
const link = stored();
if (!location.hash.slice(1) && link.startsWith(`${location.pathname}#`)) history.replaceState(null, "", link);
const key = location.hash.slice(1);
const visit = encode(crypto.getRandomValues(new Uint8Array(32)));
const WHOLE = /^[\w-]{43}$/; // 32 bytes

const FIELDS = [
  ["cloud_name", texts.cloud_name, "cloud-name"],
  ["api_key", texts.api_key, "api-key"],
  ["api_secret", texts.api_secret, "api-secret"],
  ["url", "CLOUDINARY_URL", "cloudinary-url"],
];
const TRY = ["try", texts.try, "try"];
const BARE = /^[\w-]+$/; // a word that means nothing else to a shell
const TRIES = 15;
const PAUSE = 2000; // milliseconds between two tries; together they outlast a restart of the server
const MASKED = new Set(["api_secret", "url"]);
const MASK = "•".repeat(16);
let act = reveal; // what the press does: sign in first, where the server asks for it
const REFUSALS = new Set(["refused", "being_opened", "no_longer_allowed", "moves_signer"]);

function stored() {
  try {
    const found = sessionStorage.getItem(WAITING) ?? "";
    sessionStorage.removeItem(WAITING);
    return found;
  } catch {
    return ""; // a browser that blocks storage
  }
}

function show(state) {
  body.dataset.state = state;
}

// The link is over: neither the address nor the history needs its key any more.
function end(state) {
  history.replaceState(null, "", location.pathname);
  show(state);
}

// A message around its values. Each is an element, or a text that keeps its own direction.
function filled(message, values = {}) {
  return message.split(/\{(\w+)\}/).map((part, at) => {
    const value = at % 2 ? values[part] : part;
    return at % 2 && !(value instanceof Node) ? element("bdi", value) : value;
  });
}

function worded(message, values = {}) {
  return filled(message, values).map((part) => part.textContent ?? part).join("");
}

function fill(id, message, values) {
  document.getElementById(id).replaceChildren(...filled(message, values));
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  if (name === "code") made.dir = "ltr";
  return made;
}

function report(message, values = {}, bad = false) {
  status.replaceChildren(...filled(message, values));
  status.classList.toggle("bad", bad);
}

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

function encode(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function proof() {
  const material = await crypto.subtle.importKey("raw", decode(key), "HKDF", false, ["deriveBits"]);
  const info = new TextEncoder().encode("keysmith link proof");
  const rules = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
  return encode(await crypto.subtle.deriveBits(rules, material, 256));
}

async function unseal(sealed, fingerprint) {
  const raw = decode(sealed);
  const opener = await crypto.subtle.importKey("raw", decode(key), "AES-GCM", false, ["decrypt"]);
  const id = location.pathname.split("/").pop();
  const additionalData = new TextEncoder().encode(`keysmith/1/${id}/${fingerprint}`);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: raw.slice(0, 12), additionalData }, opener, raw.slice(12));
  return JSON.parse(new TextDecoder().decode(plain));
}

function button(text, testid, act) {
  const made = element("button", text);
  made.type = "button";
  made.dataset.testid = testid;
  made.addEventListener("click", act);
  return made;
}

function field([name, label, testid], bundle) {
  const row = document.createElement("div");
  const title = element("dt", label);
  const value = document.createElement("dd");
  const shown = element("code", MASKED.has(name) ? MASK : bundle[name]);
  shown.dataset.testid = testid;
  value.append(shown);
  if (MASKED.has(name)) {
    const toggle = button(texts.show, `show-${testid}`, () => {
      const hidden = shown.textContent === MASK;
      shown.textContent = hidden ? bundle[name] : MASK;
      toggle.textContent = hidden ? texts.hide : texts.show;
      toggle.setAttribute("aria-label", worded(hidden ? texts.hide_field : texts.show_field, { field: label }));
    });
    toggle.setAttribute("aria-label", worded(texts.show_field, { field: label }));
    value.append(toggle);
  }
  const copy = button(texts.copy, `copy-${testid}`, async () => {
    try {
      await navigator.clipboard.writeText(bundle[name]);
      report(texts.copied, { field: label });
    } catch {
      shown.textContent = bundle[name];
      report(texts.not_copied, { field: label }, true);
    }
  });
  copy.setAttribute("aria-label", worded(texts.copy_field, { field: label }));
  value.append(copy);
  row.append(title, value);
  return row;
}

// A command that calls Cloudinary with the pair. curl asks for the secret, so no history and no list of processes has it.
function trial({ cloud_name, api_key }) {
  if (![cloud_name, api_key].every((each) => BARE.test(each))) return "";
  return `curl --user ${api_key} ${body.dataset.cloudinary}/v1_1/${cloud_name}/ping`;
}

function display(bundle, fingerprint) {
  const tried = trial(bundle);
  const rows = FIELDS.map((each) => field(each, bundle));
  if (tried) rows.push(field(TRY, { try: tried }));
  document.getElementById("fields").replaceChildren(...rows);
  document.getElementById("trying").hidden = !tried;
  fill("fingerprint", texts.fingerprint, { fingerprint: element("code", fingerprint) });
  fill("title", texts.title, { name: bundle.name, environment: bundle.environment });
  end("shown");
  document.getElementById("title").focus();
}

function clear() {
  document.getElementById("fields").replaceChildren();
  report("");
  if (body.dataset.state === "shown") show("cleared");
}

// In the language of the page, as the reader's region writes it.
function local(at) {
  const { lang } = document.documentElement;
  const region = navigator.languages.find((each) => each.split("-")[0] === lang) ?? lang;
  const time = element("time", new Intl.DateTimeFormat(region, { dateStyle: "long", timeStyle: "short" }).format(new Date(at)));
  time.dateTime = at;
  return time;
}

function opened(at) {
  fill("opened", texts.opened_at, { time: local(at) });
  end("opened");
}

// A lost answer is requested again: the server repeats it to the page with the same `visit`, and to no other.
async function post(body) {
  for (let left = TRIES; ; left--) {
    try {
      const response = await fetch(location.pathname, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
      return [response.ok, await response.json()];
    } catch (error) {
      if (!left) throw error;
      report(texts.again);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function send(more, use) {
  try {
    const [ok, answer] = await post({ proof: await proof(), visit, ...more });
    report("");
    if (ok) return await use(answer);
    if (answer.error === "opened") return opened(answer.opened_at);
    if (answer.error === "gone") return end("gone");
    if (answer.error === "sign_in") return signInFirst(texts.sign_in_over);
    const known = answer.text ? "not_enabled" : REFUSALS.has(answer.error) ? answer.error : "unknown";
    report(texts[known], { happened: answer.text, id: element("code", answer.id) }, true);
  } catch {
    report(texts.unread, {}, true);
  }
}

async function reveal(press) {
  press.disabled = true;
  report(texts.enabling);
  await send({}, async (answer) => {
    display(await unseal(answer.sealed, answer.fingerprint), answer.fingerprint);
    if (answer.signs) report(texts.signs);
  });
  press.disabled = false;
}

function signInFirst(message, values) {
  act = signIn;
  fill("reveal", texts.sign_in);
  report(message, values);
}

async function signIn(press) {
  press.disabled = true;
  await send({ sign_in: true }, (answer) => {
    try {
      sessionStorage.setItem(WAITING, `${location.pathname}#${key}`);
    } catch {
      return report(texts.no_storage, {}, true);
    }
    history.replaceState(null, "", location.pathname); // the history keeps no key either
    location.assign(answer.location);
  });
  press.disabled = false;
}

// The link that this tab came from, where Slack's redirect ends on a page of its own.
function offerBack() {
  history.replaceState(null, "", location.pathname);
  if (!link) return;
  for (const each of document.querySelectorAll(".back")) {
    each.href = link;
    each.hidden = false;
  }
}

function address(answer, press) {
  const { owner, workspace, name: key, environment, role, fingerprint } = answer;
  const text = role ? texts.whose_role : texts.whose;
  fill("whose", text, { owner, workspace, key, environment, role, terms: element("code", fingerprint) });
  document.getElementById("whose").hidden = false;
  if (answer.signs_in) signInFirst(texts.sign_in_first, { owner });
  else fill("reveal", texts.reveal_as, { owner });
  press.disabled = false;
}

function begin() {
  const state = body.dataset.state;
  if (state === "opened") return opened(body.dataset.openedAt);
  if (state === "gone") return end(state);
  if (state === "foreign" || state === "unsigned") offerBack();
  if (state !== "waiting") return show(state); // broken: a reload in a minute may work
  if (!WHOLE.test(key)) return show("cut");
  if (!globalThis.crypto?.subtle) {
    show("waiting");
    return report(texts.no_https, {}, true);
  }
  show("waiting");
  const press = document.getElementById("reveal");
  press.addEventListener("click", () => act(press));
  send({ whose: true }, (answer) => address(answer, press));
}

document.getElementById("done").addEventListener("click", clear);
addEventListener("pagehide", clear);
addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from Slack, as it was left
addEventListener("hashchange", () => location.reload()); // another link, or the rest of this one, in the same tab
begin();
