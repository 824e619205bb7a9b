// Reveals the credentials of one link, once, in this page only. The fragment key never leaves the browser: the page
// posts a proof that is derived from it, and decrypts the answer here. It stays in the address until the link is over,
// so that a reload, the history, another tab and “Open in browser” have the whole link (docs/decisions.md).
//
// States of the page (data-state): waiting -> shown -> cleared, or opened, gone, broken, cut (a link without its key).

const body = document.body;
const status = document.getElementById("status");
const key = location.hash.slice(1);
const visit = encode(crypto.getRandomValues(new Uint8Array(32)));
const WHOLE = /^[\w-]{43}$/; // 32 bytes

const FIELDS = [
  ["cloud_name", "Cloud name", "cloud-name"],
  ["api_key", "API key", "api-key"],
  ["api_secret", "API secret", "api-secret"],
  ["url", "CLOUDINARY_URL", "cloudinary-url"],
];
const TRIES = 15;
const PAUSE = 2000; // milliseconds between two tries; together they outlast a restart of the server
const MASKED = new Set(["api_secret", "url"]);
const MASK = "•".repeat(16);
const ERRORS = {
  refused: "Keysmith refused this request. Nothing was revealed. Open the link from Slack again.",
  being_opened: "This link is being used right now, here or in another window. Try again in a minute.",
  no_longer_allowed: "You no longer have access to these credentials. Nothing was revealed, and the key stays disabled.",
};

function show(state) {
  body.dataset.state = state;
}

// The link is over: neither the address nor the history needs its key any more.
function end(state) {
  history.replaceState(null, "", location.pathname);
  show(state);
}

function report(text, bad = false) {
  status.textContent = text;
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
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.dataset.testid = testid;
  made.addEventListener("click", act);
  return made;
}

function field([name, label, testid], bundle) {
  const row = document.createElement("div");
  const title = document.createElement("dt");
  const value = document.createElement("dd");
  const shown = document.createElement("code");
  title.textContent = label;
  shown.dataset.testid = testid;
  shown.textContent = MASKED.has(name) ? MASK : bundle[name];
  value.append(shown);
  if (MASKED.has(name)) {
    const toggle = button("Show", `show-${testid}`, () => {
      const hidden = shown.textContent === MASK;
      shown.textContent = hidden ? bundle[name] : MASK;
      toggle.textContent = hidden ? "Hide" : "Show";
      toggle.setAttribute("aria-label", `${toggle.textContent} ${label}`);
    });
    toggle.setAttribute("aria-label", `Show ${label}`);
    value.append(toggle);
  }
  const copy = button("Copy", `copy-${testid}`, async () => {
    try {
      await navigator.clipboard.writeText(bundle[name]);
      report(`${label} copied.`);
    } catch {
      shown.textContent = bundle[name];
      report(`Your browser blocked copying. Select the ${label} shown above and copy it.`, true);
    }
  });
  copy.setAttribute("aria-label", `Copy ${label}`);
  value.append(copy);
  row.append(title, value);
  return row;
}

function display(bundle, fingerprint) {
  document.getElementById("fields").replaceChildren(...FIELDS.map((each) => field(each, bundle)));
  document.getElementById("fingerprint").textContent = fingerprint;
  const title = document.getElementById("title");
  title.textContent = `Credentials for ${bundle.name} in ${bundle.environment}`;
  end("shown");
  title.focus();
}

function clear() {
  document.getElementById("fields").replaceChildren();
  report("");
  if (body.dataset.state === "shown") show("cleared");
}

function opened(at) {
  const time = document.getElementById("opened");
  const when = new Date(at);
  time.dateTime = at;
  time.textContent = `${when.toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" })} (your time)`;
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
      report("Keysmith isn't responding. Trying again…");
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
    const words = answer.text ? `${answer.text} Nothing was revealed. Error id: ${answer.id}.` : ERRORS[answer.error];
    report(words ?? "Something went wrong. Reload this page to see if the link still works.", true);
  } catch {
    report("Keysmith didn't respond, or its response couldn't be read. Reload this page to see if the link still works.", true);
  }
}

async function reveal(press) {
  press.disabled = true;
  report("Enabling the key…");
  await send({}, async (answer) => display(await unseal(answer.sealed, answer.fingerprint), answer.fingerprint));
  press.disabled = false;
}

function address(answer, press) {
  const { owner, workspace, name: key, environment, fingerprint: terms } = answer;
  for (const [id, text] of Object.entries({ owner, workspace, key, environment, terms })) {
    document.getElementById(id).textContent = text;
  }
  document.getElementById("whose").hidden = false;
  press.textContent = `Reveal credentials as ${answer.owner}`;
  press.disabled = false;
}

function begin() {
  const state = body.dataset.state;
  if (state === "opened") return opened(body.dataset.openedAt);
  if (state === "gone") return end(state);
  if (state !== "waiting") return show(state); // broken: a reload in a minute may work
  if (!WHOLE.test(key)) return show("cut");
  if (!globalThis.crypto?.subtle) {
    show("waiting");
    return report("Your browser can't decrypt credentials on this page: it needs https. Nothing was revealed.", true);
  }
  show("waiting");
  const press = document.getElementById("reveal");
  press.addEventListener("click", () => reveal(press));
  send({ whose: true }, (answer) => address(answer, press));
}

document.getElementById("done").addEventListener("click", clear);
addEventListener("pagehide", clear);
addEventListener("hashchange", () => location.reload()); // another link, or the rest of this one, in the same tab
begin();
