// What is said, in the reader's language: what was chosen in this browser, else what the server found in its wishes.

import en from "./en.js";
import sv from "./sv.js";

const TEXTS = { sv, en };
const CHOSEN = "katalog.language";

export const language = chosen() ?? document.documentElement.lang;
document.documentElement.lang = language;

/** What is said for a key, in the reader's language. */
export function say(key, ...values) {
  const text = TEXTS[language][key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return typeof text === "function" ? text(...values) : text;
}

/** The same where there may be no text for it: then what is given instead. */
export function sayOr(instead, key) {
  return key in TEXTS[language] ? say(key) : instead;
}

/** More of what there is to say: pages that are fetched later bring their own. */
export function learn(more) {
  for (const [each, texts] of Object.entries(more)) Object.assign(TEXTS[each], texts);
}

/** Everything is said anew in the other language. */
export function otherLanguage() {
  try {
    localStorage.setItem(CHOSEN, language === "sv" ? "en" : "sv");
  } finally {
    location.reload();
  }
}

function chosen() {
  try {
    const found = localStorage.getItem(CHOSEN);
    return found in TEXTS ? found : null;
  } catch {
    return null; // a browser that keeps nothing
  }
}
