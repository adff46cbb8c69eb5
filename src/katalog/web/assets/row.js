// One line of the list: who, whether they can be reached, the call on their line, their number.

import { ends, lasted, wall } from "./dates.js";
import { callOf, partyOf, presence } from "./directory.js";
import { drawing, make, put } from "./dom.js";
import { mark } from "./mark.js";
import { say } from "./texts.js";

export class Row {
  #directory;
  #catalogue;
  #entry = null;
  #shown = null; // the call's symbol that is drawn

  constructor(directory, catalogue) {
    [this.#directory, this.#catalogue] = [directory, catalogue];
    this.mark = make("span.mark");
    this.name = make("span.name");
    this.about = make("span.about");
    this.state = make("span.state");
    this.end = make("span.end");
    this.message = make("span.message");
    this.arrow = make("span.arrow");
    this.hear = make("span.unseen");
    this.party = make("span.party");
    this.time = make("span.time");
    this.line = make("span.line", { role: "gridcell" }, this.arrow, this.hear, this.party, " ", this.time);
    this.number = make("span.number", { role: "gridcell" });
    this.element = make(
      "div.row",
      { role: "row" },
      make("span.who", { role: "gridcell" }, this.mark, make("span.lines", {}, this.name, " ", this.about)),
      make("span.reach", { role: "gridcell" }, make("span.states", {}, this.state, " ", this.end), " ", this.message),
      this.line,
      this.number,
    );
  }

  /** Shows an entry at its place in the list; `now` is what the organisation's clock shows. */
  show(entry, index, now) {
    this.#entry = entry;
    const { element } = this;
    element.id = `row-${entry.id}`;
    element.dataset.id = entry.id;
    element.setAttribute("aria-rowindex", index + 2); // the first has the headings
    element.dataset.presence = presence(entry);
    element.toggleAttribute("data-away", entry.profile?.available === false);
    mark(this.mark, entry, this.#catalogue);
    put(this.name, entry.name);
    put(this.about, [entry.title, entry.department].filter(Boolean).join(" · "));
    put(this.state, entry.profile?.name ?? "");
    put(this.end, entry.profile ? ends(entry.profile.until, entry.profile.available, now) : "");
    put(this.message, entry.profile?.message ?? "");
    put(this.number, entry.extension);
    this.tick();
  }

  /** The running time of a call, each second. */
  tick() {
    const found = callOf(this.#entry);
    this.element.toggleAttribute("data-calls", Boolean(found));
    if (!found) {
      for (const each of [this.hear, this.party, this.time]) put(each, "");
      this.#shown = null;
      return this.arrow.replaceChildren();
    }
    const { call } = found;
    const kind = symbolOf(call);
    if (this.#shown !== kind) this.arrow.replaceChildren(drawing((this.#shown = kind)));
    put(this.hear, `${say(`hear-${call.linestatus}`)} ${say(`hear-${call.direction}`)} `);
    put(this.party, partyOf(call, this.#directory));
    put(this.time, timeOf(found, this.#directory));
  }
}

/** "Lunch, åter 13:00"; of who has no profile, nothing. */
export function words(entry, directory) {
  if (!entry.profile) return "";
  const { name, until, available } = entry.profile;
  return [name, ends(until, available, wall(directory.now()))].filter(Boolean).join(", ");
}

/** The drawing of a call: one that rings here has a bell, any other its direction. */
export function symbolOf(call) {
  return call.linestatus === "ringing" && call.direction === "in" ? "ringing" : call.direction;
}

/** "4:05", or "ringer"; " +1" for each further call. */
export function timeOf({ call, since, more }, directory) {
  const time = since === null ? "" : lasted((directory.now() - since) / 1000);
  const state = call.linestatus === "up" ? time : say(call.linestatus);
  return more ? `${state} +${more}` : state;
}
