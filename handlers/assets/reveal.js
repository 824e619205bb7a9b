// Reveals the credentials of one link, once, in this page only. The fragment key never leaves the browser: the page
// posts a proof that is derived from it, and decrypts the answer here. It stays in the address until the link is over,
// so that a reload, the history, another tab and “Open in browser” have the whole link (docs/decisions.md).
//
// Its messages come with the page, in the reader's language (handlers/page_words.py). The server takes comments and
// indentation out and puts the script into the page (handlers/page_document.py), so a line is code or a comment.
//
// States of the page (data-state): waiting -> shown -> cleared, or opened, gone, shut, broken, cut (a link without its key),
// and where Slack's redirect ends without a sign-in: foreign (another person), unsigned.

const at = (id) => document.getElementById(id);
const body = document.body;
const status = at("status");
const texts = JSON.parse(at("texts").textContent);
const here = location.pathname + location.search;
// Signing in leaves this page and comes back without the fragment, which waits in this tab alone. A browser writes that
// storage to its disk: the key in it is wrapped, and the server keeps what unwraps it in a cookie (bot/flows/links/wrapping.py).
const WAITING = "keysmith-link";
const [waits, wrapped] = stored().split("#");
let key = location.hash.slice(1);
const visit = encode(crypto.getRandomValues(new Uint8Array(32)));
// 32 bytes
const WHOLE = /^[\w-]{43}$/;

const FIELDS = [
  ["cloud_name", texts.cloud_name, "cloud-name"],
  ["api_key", texts.api_key, "api-key"],
  ["api_secret", texts.api_secret, "api-secret"],
  ["url", "CLOUDINARY_URL", "cloudinary-url"],
];
const TRY = ["try", texts.try, "try"];
// A word that means nothing else to a shell.
const BARE = /^[\w-]+$/;
const TRIES = 15;
// Milliseconds between two tries; together they outlast a restart of the server.
const PAUSE = 2000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
// How long the credentials stay on the page, and how long a copy of a secret stays in the clipboard.
const HOLD = 5 * MINUTE;
const CLIPPED = MINUTE;
const FILE = "cloudinary.env";
const MASKED = new Set(["api_secret", "url"]);
const MASK = "•".repeat(16);

// Each reads the pair from the environment, so no secret is in code, in a shell's history or in a list of processes.
// What follows the prompt is on its line: pasted as a line of its own, it could pass for the secret.
const ENTER = "read -rs CLOUDINARY_URL && export CLOUDINARY_URL";
const SNIPPETS = {
  "bash, zsh": ENTER,
  "Cloudinary CLI": "pip install cloudinary-cli\n" + ENTER + " && cld admin ping",
  Python: "# pip install cloudinary\nimport cloudinary.api\n\nprint(cloudinary.api.ping())",
  "Node.js": '// npm install cloudinary\nconst { v2: cloudinary } = require("cloudinary");\n\ncloudinary.api.ping().then(console.log);',
  PHP: "<?php // composer require cloudinary/cloudinary_php\nrequire 'vendor/autoload.php';\n\nprint_r((new Cloudinary\\Cloudinary())->adminApi()->ping());",
  Ruby: '# gem install cloudinary\nrequire "cloudinary"\n\nputs Cloudinary::Api.ping',
  Java: "// com.cloudinary:cloudinary-http5\nCloudinary cloudinary = new Cloudinary();\nSystem.out.println(cloudinary.api().ping(ObjectUtils.emptyMap()));",
  Go: "// go get github.com/cloudinary/cloudinary-go/v2\ncld, err := cloudinary.New()\nif err != nil {\n\tlog.Fatal(err)\n}\nfmt.Println(cld.Admin.Ping(context.Background()))",
  ".NET": '// dotnet add package CloudinaryDotNet\nvar url = Environment.GetEnvironmentVariable("CLOUDINARY_URL");\nvar cloudinary = new Cloudinary(url);\nConsole.WriteLine(cloudinary.ListResourceTypes().StatusCode);',
  "GitHub Actions": "# gh secret set CLOUDINARY_URL\nenv:\n  CLOUDINARY_URL: ${{ secrets.CLOUDINARY_URL }}",
  "GitLab CI": ENTER + ' && printf %s "$CLOUDINARY_URL" | glab variable set CLOUDINARY_URL --masked --raw',
  Docker: `docker run --env-file ${FILE} IMAGE`,
  "Docker Compose": `services:\n  app:\n    env_file: ${FILE}`,
};
// What the press does: sign in first, where the server asks for it.
let act = reveal;
const REFUSALS = new Set(["refused", "limited", "being_opened", "no_longer_allowed", "moves_signer"]);

function stored() {
  try {
    return sessionStorage.getItem(WAITING) ?? "";
  } catch {
    // A browser that blocks storage.
    return "";
  }
}

function drop() {
  if (waits) sessionStorage.removeItem(WAITING);
}

function show(state) {
  body.dataset.state = state;
}

// The link is over: neither the page, nor the address, nor the history needs its key any more.
// Its state and time stay in the history, so that a reload says what became of it.
function end(state, since = new Date().toISOString()) {
  key = "";
  at("passphrase").value = "";
  history.replaceState({ state, since }, "", here);
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
  at(id).replaceChildren(...filled(message, values));
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

const bytes = (text) => new TextEncoder().encode(text);

async function derive(name, from, rules) {
  const material = await crypto.subtle.importKey("raw", from, name, false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name, hash: "SHA-256", ...rules }, material, 256);
}

const expand = (from, salt, info) => derive("HKDF", from, { salt, info: bytes(info) });
const proof = async () => encode(await expand(decode(key), new Uint8Array(32), "keysmith link proof"));

const wrapper = (wrapping, use) => crypto.subtle.importKey("raw", decode(wrapping), "AES-GCM", false, [use]);

async function wrap(wrapping) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await wrapper(wrapping, "encrypt"), decode(key));
  return encode([...iv, ...new Uint8Array(sealed)]);
}

async function unwrap(wrapping) {
  const raw = decode(wrapped);
  const opener = await wrapper(wrapping, "decrypt");
  return encode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: raw.slice(0, 12) }, opener, raw.slice(12)));
}

// A passphrase in its one form, as bot/domain/passphrases.py writes it.
const folded = (text) => text.normalize("NFKC").replace(/[‘’]/g, "'").replace(/[“”]/g, '"').replace(/[–—]/g, "-").replace(/^ +| +$/g, "");
const stretch = ({ salt, rounds }, text) => derive("PBKDF2", bytes(folded(text)), { salt: decode(salt), iterations: Number(rounds) });

async function unseal(sealed, fingerprint, stretched) {
  const raw = decode(sealed);
  const content = stretched ? await expand(stretched, decode(key), "keysmith link content") : decode(key);
  const opener = await crypto.subtle.importKey("raw", content, "AES-GCM", false, ["decrypt"]);
  const id = location.pathname.split("/").pop();
  const additionalData = bytes(`keysmith/1/${id}/${fingerprint}`);
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
  const shown = element("code", bundle[name]);
  shown.dataset.testid = testid;
  value.append(shown);
  let turn = () => {};
  if (MASKED.has(name)) {
    const toggle = button(texts.show, `show-${testid}`, () => turn(shown.textContent === MASK));
    turn = (open) => {
      shown.textContent = open ? bundle[name] : MASK;
      toggle.textContent = open ? texts.hide : texts.show;
      toggle.setAttribute("aria-label", worded(open ? texts.hide_field : texts.show_field, { field: label }));
    };
    turn(false);
    value.append(toggle);
  }
  const copies = () => copy(bundle[name], label, MASKED.has(name), turn);
  const press = button(texts.copy, `copy-${testid}`, copies);
  press.setAttribute("aria-label", worded(texts.copy_field, { field: label }));
  value.append(press);
  row.append(title, value);
  return row;
}

// Of what is in the clipboard, only the latest copy is known here; it is cleared if it was a secret.
let clearing;

async function copy(text, field, secret, show = () => {}) {
  try {
    await navigator.clipboard.writeText(text);
    keepClipboard();
    if (secret) clearing = setTimeout(clearClipboard, CLIPPED);
    report(secret ? texts.copied_secret : texts.copied, { field });
  } catch {
    show(true);
    report(texts.not_copied, { field }, true);
  }
}

function keepClipboard() {
  clearTimeout(clearing);
  removeEventListener("focus", clearClipboard);
}

// A browser lets a page write while the person is in it: else when they come back.
async function clearClipboard() {
  keepClipboard();
  try {
    await navigator.clipboard.writeText("");
    report(texts.clipboard_cleared);
  } catch {
    addEventListener("focus", clearClipboard);
  }
}

// Without quotes, which docker takes for a part of the value; no value of Cloudinary's needs them.
function download({ cloud_name, api_key, api_secret, url }) {
  const values = {
    CLOUDINARY_URL: url,
    CLOUDINARY_CLOUD_NAME: cloud_name,
    CLOUDINARY_API_KEY: api_key,
    CLOUDINARY_API_SECRET: api_secret,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines, { type: "text/plain" }));
  link.download = FILE;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), SECOND);
  report(texts.downloaded, { file: element("code", FILE) });
}

// Hides what is typed, or not: no browser takes every script in a hidden field.
function toggle() {
  const typed = at("passphrase");
  const made = button(texts.show, "show-passphrase", () => turn(typed.type === "password"));
  const turn = (open) => {
    typed.type = open ? "text" : "password";
    made.textContent = open ? texts.hide : texts.show;
    made.setAttribute("aria-label", worded(open ? texts.hide_field : texts.show_field, { field: typed.labels[0].textContent }));
  };
  turn(false);
  return made;
}

function choose() {
  at("snippet").textContent = SNIPPETS[at("uses").value];
}

// When the page forgets; the clock of the wall goes on while a laptop sleeps, a timer does not.
let until = 0;
let ticking;
let warned;

function hold() {
  until = Date.now() + HOLD;
  warned = false;
  clearInterval(ticking);
  ticking = setInterval(tick, SECOND);
  tick();
}

function tick() {
  const left = Math.ceil((until - Date.now()) / SECOND);
  if (left <= 0) return forget();
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  fill("left", texts.forgets_in, { time: clock });
  if (left <= 60 && !warned) report(texts.forgets_soon);
  warned ||= left <= 60;
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
  at("fields").replaceChildren(...rows);
  at("trying").hidden = !tried;
  fill("fingerprint", texts.fingerprint, { fingerprint: element("code", fingerprint) });
  fill("title", texts.title, { name: bundle.name, environment: bundle.environment });
  at("download").onclick = () => download(bundle);
  end("shown");
  hold();
  at("title").focus();
}

function forget() {
  ticking = clearInterval(ticking);
  at("download").onclick = null;
  for (const id of ["fields", "title", "fingerprint", "whose", "left"]) at(id).replaceChildren();
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
  end("opened", at);
}

// A lost answer is requested again: the server repeats it to the page with the same `visit`, and to no other.
async function post(body) {
  for (let left = TRIES; ; left--) {
    try {
      const response = await fetch(here, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
      return [response.ok, await response.json()];
    } catch (error) {
      if (!left) throw error;
      report(navigator.onLine ? texts.again : texts.offline);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function send(more, use) {
  try {
    const [ok, answer] = await post({ proof: await proof(), visit, ...(await more) });
    report("");
    if (ok) return await use(answer);
    if (answer.error === "opened") return opened(answer.opened_at);
    if (answer.error === "gone" || answer.error === "shut") return end(answer.error);
    if (answer.error === "passphrase") return report(texts.wrong, { left: answer.left }, true);
    if (answer.error === "sign_in") {
      await ask();
      return report(texts.sign_in_over, {}, true);
    }
    const known = answer.text ? "not_enabled" : REFUSALS.has(answer.error) ? answer.error : "unknown";
    report(texts[known], { happened: answer.text, id: element("code", answer.id) }, true);
  } catch {
    report(texts.unread, {}, true);
  }
}

// What the link asks for: salt and rounds of its passphrase.
let asked;

async function proven(stretching) {
  return { passphrase: encode(await expand(await stretching, decode(key), "keysmith passphrase proof")) };
}

async function reveal(press) {
  const typed = at("passphrase");
  if (asked && !typed.value) return typed.focus();
  press.disabled = true;
  report(asked ? texts.checking : texts.enabling);
  const stretching = asked && stretch(asked, typed.value);
  await send(stretching && proven(stretching), async (answer) => {
    display(await unseal(answer.sealed, answer.fingerprint, await stretching), answer.fingerprint);
    if (answer.signs) report(texts.signs);
  });
  press.disabled = false;
}

async function signIn(press) {
  press.disabled = true;
  await send({ sign_in: true }, async (answer) => {
    // Answered by a process that signs no one in, as in the middle of a deployment.
    if (!answer.location) return address(answer, press);
    const left = await wrap(answer.wrapping);
    try {
      sessionStorage.setItem(WAITING, `${here}#${left}`);
    } catch {
      return report(texts.no_storage, {}, true);
    }
    // The history keeps no key either.
    history.replaceState(null, "", here);
    location.assign(answer.location);
  });
  press.disabled = false;
}

// The link that this tab came from, where Slack's redirect ends on a page of its own.
function offerBack() {
  history.replaceState(null, "", location.pathname);
  if (!waits) return;
  for (const each of document.querySelectorAll(".back")) {
    each.href = waits;
    each.hidden = false;
  }
}

function address(answer, press) {
  const { owner, workspace, name: key, environment, role, fingerprint } = answer;
  const text = role ? texts.whose_role : texts.whose;
  fill("whose", text, { owner, workspace, key, environment, role, terms: element("code", fingerprint) });
  at("whose").hidden = false;
  act = answer.signs_in ? signIn : reveal;
  asked = answer.salt && answer;
  at("asking").hidden = !asked || act === signIn;
  if (asked) fill("opens", texts.passphrase);
  fill("reveal", answer.signs_in ? texts.sign_in : texts.reveal_as, { owner });
  press.disabled = false;
}

// Whose link it is, and what the press does.
function ask() {
  return send({ whose: true }, (answer) => address(answer, at("reveal")));
}

// Back from Slack. A lost or late cookie unwraps nothing: the link is opened from Slack again.
async function back() {
  let answer;
  try {
    [, answer] = await post({ unwrap: true });
  } catch {
    return report(texts.unread, {}, true);
  }
  drop();
  try {
    const found = await unwrap(answer.wrapping);
    // The way back has not the language of the link: the whole address is opened.
    location.replace(`${waits}#${found}`);
  } catch {
    report("");
    before();
  }
}

// A page without its key: it ended here before, or the key was never there.
function before() {
  const { state, since } = history.state ?? {};
  if (state === "shown" || state === "opened") return opened(since);
  show(state === "gone" || state === "shut" ? state : "cut");
}

function begin() {
  const state = body.dataset.state;
  if (state === "gone") return end(state);
  if (state === "foreign" || state === "unsigned") offerBack();
  if (state !== "waiting") return show(state); // broken: a reload in a minute may work
  if (!key && waits.split("?")[0] === location.pathname) return back();
  drop();
  if (!WHOLE.test(key)) return before();
  if (!globalThis.crypto?.subtle) {
    show("waiting");
    return report(texts.no_https, {}, true);
  }
  show("waiting");
  const press = at("reveal");
  press.addEventListener("click", () => act(press));
  ask();
}

at("uses").append(...Object.keys(SNIPPETS).map((name) => element("option", name)));
at("uses").addEventListener("change", choose);
choose();
at("copy-snippet").addEventListener("click", () => copy(at("snippet").textContent, at("uses").value, false));
at("longer").addEventListener("click", hold);
at("passphrase").addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && at("reveal").click());
at("typing").append(toggle());
at("done").addEventListener("click", forget);
addEventListener("copy", keepClipboard);
document.addEventListener("visibilitychange", () => ticking && tick());
addEventListener("pagehide", forget);
// A page that comes back as it was has forgotten, and doesn't know what became of the link.
addEventListener("pageshow", (event) => event.persisted && location.reload());
// Another link, or the rest of this one, in the same tab.
addEventListener("hashchange", () => location.reload());
begin();
