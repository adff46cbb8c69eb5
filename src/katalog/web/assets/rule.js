// Rules by which something is planned again and again (RFC 5545, section 3.3.10): those that people choose from, and
// what they say. Whatever else a rule may have is kept, and written by hand.

import { date, weekday } from "./dates.js";
import { say } from "./texts.js";

const KNOWN = /^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;BYDAY=((?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*))?(;UNTIL=(\d{8})(?:T235959)?)?$/;

/** What a form shows of a rule; `written` makes one of what a form has, null for none. */
export function ruleOf(text) {
  const [, repeats, , days, , last] = KNOWN.exec(text) ?? [];
  const isKnown = !text || (repeats && (!days || repeats === "WEEKLY"));
  return {
    repeats: isKnown ? (repeats ?? "") : "own",
    days: isKnown && days ? days.split(",") : [],
    last: isKnown && last ? `${last.slice(0, 4)}-${last.slice(4, 6)}-${last.slice(6)}` : "",
    written,
  };
}

function written(repeats, days, last, own) {
  if (repeats === "own") return own || null;
  if (!repeats) return null;
  const parts = [`FREQ=${repeats}`];
  if (repeats === "WEEKLY" && days.length) parts.push(`BYDAY=${days.join(",")}`);
  if (last) parts.push(`UNTIL=${last.replaceAll("-", "")}`);
  return parts.join(";");
}

/** "varje måndag, fredag till 14 mars"; of a rule that people write by hand, the rule. */
export function tell(text, from) {
  const { repeats, days, last } = ruleOf(text);
  if (repeats === "own") return text;
  const on = repeats === "WEEKLY" ? (days.length ? days.map((each) => say(each)).join(", ") : weekday(from)) : "";
  const end = last ? say("through-date", date(last, from)) : "";
  return [say(`each-${repeats}`, on), end].filter(Boolean).join(" ");
}
