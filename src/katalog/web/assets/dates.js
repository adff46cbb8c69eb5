// When something ends, in the words that people use. Times are the organisation's own: `YYYY-MM-DD HH:MM:SS`.

import { language, say } from "./texts.js";

const DAY = 86_400_000;
export const NEVER = "0000-00-00 00:00:00";
/** Milliseconds between two looks at the clock: a running time leaves no second out, and is the same wherever it is shown. */
export const TICK = 250;
const LOCALE = language === "en" ? "en-GB" : "sv-SE";

const clocks = new Map(); // a formatter takes longer to make than to use

/** What the organisation's clock shows at a moment in milliseconds: `YYYY-MM-DD HH:MM:SS`. */
export function wall(moment, zone = document.body.dataset.timezone) {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    });
    clocks.set(zone, clock);
  }
  return clock.format(moment);
}

/** The wall clock of a moment that the server tells: ISO 8601 with the organisation's offset. */
export function local(moment) {
  return moment.slice(0, 19).replace("T", " ");
}

/**
 * When a profile ends: "åter i morgon 08:00", "till 14 mars"; "" if no end is set.
 * Who is available is not back then, but no longer so: "till 14:30".
 */
export function ends(until, available, now) {
  if (!until || until === NEVER) return "";
  // An end at midnight is the end of the day before, as people have it.
  const midnight = until.endsWith(" 00:00:00");
  const last = midnight ? dayAfter(until.slice(0, 10), -1) : until.slice(0, 10);
  const days = daysBetween(now.slice(0, 10), last);
  if (midnight || until.slice(11, 16) === "23:59") {
    if (days <= 0) return say("today");
    if (days === 1) return say("through-tomorrow");
    return days < 7 ? say("through-day", weekday(last)) : say("through-date", date(last, now));
  }
  const time = until.slice(11, 16);
  const kind = available ? "until" : "back";
  if (days <= 0) return say(`${kind}-at`, time);
  if (days === 1) return say(`${kind}-tomorrow`, time);
  return days < 7 ? say(`${kind}-day`, weekday(last), time) : say(`${kind}-date`, date(last, now), time);
}

/** When something begins or has happened: "i dag 14:30", "i morgon 08:00", "fredag 08:00", "14 mars 08:00". */
export function at(moment, now) {
  const days = daysBetween(now.slice(0, 10), moment.slice(0, 10));
  const time = moment.slice(11, 16);
  if (days === 0) return say("at-today", time);
  if (days === 1) return say("at-tomorrow", time);
  if (days === -1) return say("at-yesterday", time);
  if (days > 1 && days < 7) return say("at-day", weekday(moment), time);
  return say("at-date", date(moment, now), time);
}

/** A span in the words of `at`, said once where both are of one day: "i morgon 08:00–12:00". `until` "": no end. */
export function span(from, until, now) {
  const last = until.endsWith(" 00:00:00") ? `${dayAfter(until.slice(0, 10), -1)} 24:00` : until;
  const whole = from.endsWith(" 00:00:00") && (!until || /(23:59:59|24:00)$/.test(last));
  const begins = whole ? day(from, now) : at(from, now);
  if (!until) return say("from-on", begins);
  if (from.slice(0, 10) === last.slice(0, 10)) return whole ? begins : `${begins}–${last.slice(11, 16)}`;
  return `${begins} – ${whole ? day(last, now) : at(last, now)}`;
}

/** "i dag", "i morgon", "fredag", "14 mars". */
export function day(moment, now) {
  const days = daysBetween(now.slice(0, 10), moment.slice(0, 10));
  if (days === 0) return say("day-today");
  if (days === 1) return say("day-tomorrow");
  return days > 1 && days < 7 ? weekday(moment) : date(moment, now);
}

/** How long something has gone on: "4:05", "1:02:09". `seconds` may be a fraction. */
export function lasted(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `count` days after a day, `YYYY-MM-DD`. */
export function dayAfter(day, count) {
  return new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10);
}

export function daysBetween(first, last) {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY);
}

const names = {
  weekday: new Intl.DateTimeFormat(LOCALE, { weekday: "long", timeZone: "UTC" }),
  short: new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" }),
  date: new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", timeZone: "UTC" }),
  dated: new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }),
  month: new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: "UTC" }),
};

export const weekday = (moment) => names.weekday.format(Date.parse(moment.slice(0, 10)));
export const shortWeekday = (moment) => names.short.format(Date.parse(moment.slice(0, 10)));
export const month = (moment) => names.month.format(Date.parse(moment.slice(0, 10)));

/** "14 mars", of another year than that of `now` "14 mars 2027". */
export function date(moment, now) {
  const form = moment.slice(0, 4) === now.slice(0, 4) ? names.date : names.dated;
  return form.format(Date.parse(moment.slice(0, 10)));
}
