// The round mark beside a name: the colour and symbol of somebody's profile, or of the call on their line.

import { presence } from "./directory.js";
import { drawing } from "./dom.js";

/** Shows what holds for an entry in an element of the class `mark`. */
export function mark(element, entry, catalogue) {
  const kind = presence(entry);
  const choice = catalogue.of(entry.profile);
  const isCall = kind === "oncall" || kind === "ringing";
  const symbol = isCall ? kind : (choice?.symbol ?? (kind === "available" ? "available" : kind === "none" ? "unknown" : "busy"));
  show(element, kind, symbol, isCall || kind === "none" ? "" : (choice?.colour ?? ""));
}

/** Shows a profile of the catalogue. */
export function markChoice(element, choice) {
  show(element, choice.available ? "available" : "absent", choice.symbol, choice.colour);
}

function show(element, kind, symbol, colour) {
  if (element.dataset.kind !== kind) element.dataset.kind = kind;
  if (element.dataset.colour !== colour) {
    element.dataset.colour = colour;
    if (colour) element.style.setProperty("--mark", colour);
    else element.style.removeProperty("--mark");
    element.classList.toggle("bright", isBright(colour));
  }
  if (element.dataset.symbol === symbol) return;
  element.dataset.symbol = symbol;
  element.replaceChildren(drawing(symbol));
}

/** Whether black is read better on a colour than white: relative luminance, WCAG 2.2. */
function isBright(colour) {
  if (!colour) return false;
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
