// Rich text blocks: docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { anchor, make } from "../core/dom.js";
import { moment } from "./dates.js";
import { emoji } from "./emoji.js";
import { broadcast, channelName, mention } from "./mrkdwn.js";
import { undrawn } from "./undrawn.js";

const TAGS = { code: "code", underline: "u", strike: "s", italic: "em", bold: "strong" };

function styled(node, style = {}) {
  return Object.entries(TAGS).reduce((inner, [name, tag]) => (style[name] ? make(tag, {}, inner) : inner), node);
}

const symbol = (codes) => String.fromCodePoint(...codes.split("-").map((code) => parseInt(code, 16)));

const ELEMENTS = {
  text: (e) => document.createTextNode(e.text),
  link: (e) => anchor(e.url, e.text ?? e.url),
  user: (e) => mention(e.user_id),
  usergroup: (e) => broadcast(e.usergroup_id),
  channel: (e) => channelName(e.channel_id),
  broadcast: (e) => broadcast(e.range),
  emoji: (e) => document.createTextNode(e.unicode ? symbol(e.unicode) : emoji(e.name)),
  date: (e) => (e.url ? anchor(e.url, moment(e.timestamp, e.format, e.fallback)) : moment(e.timestamp, e.format, e.fallback)),
  color: (e) => make("code", {}, e.value),
};

const inline = (elements) => elements.map((e) => styled(ELEMENTS[e.type]?.(e) ?? undrawn("text", e), e.style));

const list = (b) =>
  make(b.style === "ordered" ? "ol" : "ul", { class: `indent-${b.indent ?? 0}`, start: b.offset ? b.offset + 1 : null },
    b.elements.map((e) => make("li", {}, inline(e.elements))));

const PARTS = {
  rich_text_section: (b) => make("span", { class: "section" }, inline(b.elements)),
  rich_text_preformatted: (b) => make("pre", {}, inline(b.elements)),
  rich_text_quote: (b) => make("blockquote", { class: "section" }, inline(b.elements)),
  rich_text_list: list,
};

export const richText = (block) => make("div", { class: "rich" }, block.elements.map((e) => PARTS[e.type]?.(e) ?? undrawn("text", e)));
