// A list that updates only changed items, so that the others are neither rerendered nor read aloud again.

const known = new WeakMap();

const PRESSES = "button, a, select, input, textarea";

// Restores the keyboard focus in a rerendered node, by action or by position.
function refocus(before, after) {
  const { activeElement: active } = document;
  if (!before.contains(active)) return () => {};
  const own = after.querySelector(`[data-action-id="${CSS.escape(active.dataset.actionId ?? "")}"]`);
  const all = [...after.querySelectorAll(PRESSES)];
  const index = [...before.querySelectorAll(PRESSES)].indexOf(active);
  return () => (own ?? all[index] ?? all[0] ?? after).focus({ preventScroll: true });
}

function drawn(old, { shape, draw }) {
  if (old?.shape === shape) return old;
  const node = draw();
  const focus = old ? refocus(old.node, node) : null;
  old?.node.replaceWith(node);
  focus?.();
  return { shape, node };
}

// `items` are {key, shape, draw}: two items with the same key and shape look the same.
export function update(parent, items) {
  const before = known.get(parent) ?? new Map();
  const after = new Map(items.map((item) => [item.key, drawn(before.get(item.key), item)]));
  for (const [key, { node }] of before) if (!after.has(key)) node.remove();
  [...after.values()].forEach(({ node }, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  known.set(parent, after);
}

const NEAR_END = 80; // pixels from the end within which the list follows new items

// Runs `change` on a log and stays scrolled to its end, if it was there.
export function followEnd(log, always, change) {
  const atEnd = always || log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
  change();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
