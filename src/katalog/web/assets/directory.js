// Everybody, as the server has told: kept in the order of names, and found by id or number.

import { wholeOf } from "./notation.js";
import { Ordered } from "./ordered.js";
import { Search } from "./search.js";
import { language, say } from "./texts.js";

const country = document.body.dataset;
const collator = new Intl.Collator(language, { numeric: true });

/**
 * `entry.id` → entry. Fires `changed` once for all that came together: `detail` has the ids, or null for everything.
 * `state` is "loading", "live", "lost" (what is shown may be old) or "refused" (nobody is logged in).
 */
export class Directory extends EventTarget {
  state = "loading";
  callsLive = true;
  #entries = new Map();
  #byName = new Ordered(byName);
  #listed = new Ordered(inList);
  #search = new Search(country);
  #numbers = null; // E.164 or internal number → entry; made when it is asked for
  #departments = null;
  #ahead = 0; // milliseconds that the server's clock is ahead of this one
  #touched = new Set();
  #all = false;
  #waiting = false;

  get size() {
    return this.#entries.size;
  }

  get(id) {
    return this.#entries.get(id);
  }

  /** In the order of names. */
  get everybody() {
    return this.#byName.items;
  }

  /** Everybody whom a query finds, the best first, as the API finds them; without a query everybody, by name. */
  find(query) {
    return query.trim() ? this.#search.find(query, this.#listed) : this.everybody;
  }

  get departments() {
    if (!this.#departments) {
      const found = new Set(this.everybody.map((entry) => entry.department).filter(Boolean));
      this.#departments = [...found].sort(collator.compare);
    }
    return this.#departments;
  }

  /** The moment now, in milliseconds, by the server's clock. */
  now() {
    return Date.now() + this.#ahead;
  }

  /** Whose number it is, if it is anybody's who may be seen. */
  party(number) {
    if (!number) return undefined;
    if (!this.#numbers) {
      this.#numbers = new Map();
      const put = (each, entry) => {
        const whole = wholeOf(each, country);
        if (whole && !this.#numbers.has(whole)) this.#numbers.set(whole, entry);
      };
      for (const entry of this.everybody) put(entry.extension, entry);
      for (const entry of this.everybody) for (const each of [...entry.numbers, entry.mobile]) put(each, entry);
    }
    return this.#numbers.get(wholeOf(number, country));
  }

  /** Everybody who has this extension, or it as one of their numbers. */
  holders(extension) {
    const wanted = wholeOf(extension, country);
    return this.everybody.filter((each) => [each.extension, ...each.numbers].some((one) => wholeOf(one, country) === wanted));
  }

  /** One event of the stream (docs/api.md, "The event stream"), or what the link has become. */
  take(kind, data) {
    if (kind === "state") {
      if (data === this.state) return;
      this.state = data;
      this.#all = true;
    } else if (kind === "clock") {
      this.#ahead = data;
      return;
    } else if (kind === "snapshot") {
      this.#entries = new Map(data.entries.map((entry) => [entry.id, entry]));
      this.#byName = new Ordered(byName, data.entries);
      this.#listed = new Ordered(inList, data.entries);
      this.#search.prepare(this.#listed);
      this.#numbers = this.#departments = null;
      this.#all = true;
    } else if (kind === "entry") {
      this.#put(data);
    } else if (kind === "removed") {
      this.#remove(data.id);
    } else if (kind === "calls") {
      this.callsLive = data.live;
      this.#all = true;
    }
    this.#tell();
  }

  #put(entry) {
    const before = this.#entries.get(entry.id);
    this.#entries.set(entry.id, entry);
    this.#byName.put(entry, before);
    this.#listed.put(entry, before);
    if (before?.department !== entry.department) this.#departments = null;
    // The map gives entries as they were when it was made: of these only who they are is asked.
    if (!before || reached(before) !== reached(entry)) this.#numbers = null;
    this.#touched.add(entry.id);
  }

  #remove(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#byName.remove(entry);
    this.#listed.remove(entry);
    this.#numbers = this.#departments = null;
    this.#touched.add(id);
  }

  /** Once for each picture that is painted, however much comes. */
  #tell() {
    if (this.#waiting) return;
    this.#waiting = true;
    const tell = () => {
      this.#waiting = false;
      const detail = this.#all ? null : new Set(this.#touched);
      this.#all = false;
      this.#touched.clear();
      this.dispatchEvent(new CustomEvent("changed", { detail }));
    };
    // A page that is not seen is never painted, and has to be right when it is looked at again.
    if (document.hidden) setTimeout(tell, 200);
    else requestAnimationFrame(tell);
  }
}

/** Whether somebody can be reached: "oncall" and "ringing" are the telephone's, the rest the profile's. */
export function presence(entry) {
  if (entry.calls.some((call) => call.linestatus === "up")) return "oncall";
  if (entry.calls.some((call) => call.linestatus === "ringing" && call.direction !== "out")) return "ringing";
  if (entry.calls.length) return "oncall";
  if (!entry.profile) return "none";
  return entry.profile.available ? "available" : "absent";
}

/** The call that is shown where there is room for one, the answered one first: `{ call, since, more }`, or null. */
export function callOf(entry) {
  if (!entry.calls.length) return null;
  const index = Math.max(0, entry.calls.findIndex((call) => call.linestatus === "up"));
  const since = entry.calls_since?.[index];
  return { call: entry.calls[index], since: since ? Date.parse(since) : null, more: entry.calls.length - 1 };
}

/** The other party of a call: a colleague's name, the number, or that it is withheld. */
export function partyOf(call, directory) {
  return directory.party(call.callerid)?.name ?? (call.callerid || say("withheld"));
}

function reached(entry) {
  return [entry.name, entry.extension, entry.mobile, ...entry.numbers].join("\n");
}

function byName(one, other) {
  return collator.compare(one.name, other.name) || inList(one, other);
}

/** The order of every list of the API: extension, name, id. */
function inList(one, other) {
  for (const key of ["extension", "name", "id"]) {
    if (one[key] !== other[key]) return one[key] < other[key] ? -1 : 1;
  }
  return 0;
}
