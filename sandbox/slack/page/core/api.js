// The sandbox's control surface; see sandbox/slack/README.md.

async function asked(path, options) {
  const answer = await fetch(`/sandbox/${path}`, { cache: "no-store", ...options });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error ?? `The sandbox answered ${answer.status}.`);
  return told;
}

export const look = (path, query = {}) => asked(`${path}?${new URLSearchParams(query)}`);

export const act = (path, body) =>
  asked(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

// Reports every change and every new connection, since changes may have been missed before it.
export function watch(user, { opened, changed, lost }) {
  const stream = new EventSource(`/sandbox/stream?user=${encodeURIComponent(user)}`);
  stream.onopen = opened;
  stream.onmessage = (event) => changed(JSON.parse(event.data));
  stream.onerror = lost;
  return () => stream.close();
}
