// Emoji by name; an unknown name is shown as it is.

const EMOJI = {
  bell: "🔔", bulb: "💡", calendar: "📅", clipboard: "📋", closed_lock_with_key: "🔐", eyes: "👀", fire: "🔥", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", information_source: "ℹ️", heavy_check_mark: "✔️", key: "🔑", link: "🔗", lock: "🔒", mag: "🔍", memo: "📝",
  no_entry: "⛔", old_key: "🗝️", pray: "🙏", raised_hands: "🙌", robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", shield: "🛡️",
  smile: "😄", tada: "🎉", thumbsup: "👍", thumbsdown: "👎", unlock: "🔓", warning: "⚠️", wave: "👋", white_check_mark: "✅", x: "❌",
};

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;

export const withEmoji = (text) => text.replaceAll(/:([a-z_]+):/g, (_whole, name) => emoji(name));
