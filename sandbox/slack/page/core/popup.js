// Lists that open beside an element, above everything else.

const GAP = 4; // pixels
const LEAST = 160; // pixels of height that are enough to open downwards

function place(popup, anchor) {
  const at = anchor.getBoundingClientRect();
  const below = innerHeight - at.bottom - 2 * GAP;
  const upwards = below < LEAST && at.top > below;
  popup.style.minWidth = `${at.width}px`;
  popup.style.maxHeight = `${Math.min(320, upwards ? at.top - 2 * GAP : below)}px`;
  popup.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - popup.offsetWidth - GAP))}px`;
  popup.style.top = upwards ? `${at.top - popup.offsetHeight - GAP}px` : `${at.bottom + GAP}px`;
}

export const isOpen = (popup) => popup.matches(":popover-open");

export function openPopup(popup, anchor) {
  if (isOpen(popup)) return place(popup, anchor);
  popup.showPopover();
  place(popup, anchor);
  const away = new AbortController();
  const follow = (event) => {
    const at = anchor.getBoundingClientRect();
    if (popup.contains(event.target)) return;
    if (at.bottom < 0 || at.top > innerHeight) popup.hidePopover();
    else place(popup, anchor);
  };
  addEventListener("scroll", follow, { capture: true, signal: away.signal });
  addEventListener("resize", () => popup.hidePopover(), { signal: away.signal });
  popup.addEventListener("toggle", (event) => { if (event.newState === "closed") away.abort(); }, { signal: away.signal });
}

// The next of `items` in the direction of an arrow key; `at` is -1 for none.
export function step(items, at, key) {
  const move = { ArrowDown: 1, ArrowUp: -1 }[key];
  return at < 0 && move < 0 ? items.length - 1 : (at + move + items.length) % items.length;
}
