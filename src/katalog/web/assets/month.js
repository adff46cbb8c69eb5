// <k-month>: a small calendar of a month: what is planned on each day, and days to choose.

import { dayAfter, month, shortWeekday } from "./dates.js";
import { drawing, make, put } from "./dom.js";
import { say } from "./texts.js";

const SEEN = 42; // days: six weeks hold any month
const MONDAY = "2026-01-05"; // one of them, for the names of the days

class Month extends HTMLElement {
  #today = "";
  #first = ""; // of the month
  #spans = [];
  #chosen = ["", ""];
  #focus = "";

  connectedCallback() {
    if (this.title_) return;
    this.title_ = make("h3", { "aria-live": "polite" });
    this.grid = make("div.days", { role: "grid", onkeydown: (event) => this.#key(event) });
    // The days stay: one that is replaced while it is being pressed is not pressed.
    this.days = Array.from({ length: SEEN }, () => this.#day());
    const weekdays = Array.from({ length: 7 }, (_, at) => make("span.weekday", { role: "columnheader" }, shortWeekday(dayAfter(MONDAY, at))));
    const weeks = [weekdays];
    for (let at = 0; at < SEEN; at += 7) weeks.push(this.days.slice(at, at + 7));
    this.grid.append(...weeks.map((week) => make("div.week", { role: "row" }, week)));
    this.append(
      make(
        "div.month", {},
        make("button.icon", { type: "button", "aria-label": say("month-before"), onclick: () => this.#turn(-1) }, drawing("back")),
        this.title_,
        make("button.icon", { type: "button", "aria-label": say("month-after"), onclick: () => this.#turn(1) }, drawing("forth")),
      ),
      this.grid,
    );
    this.#draw();
  }

  /** `today` as `YYYY-MM-DD`. Fires `month` with the first and last day that are seen, `days` with those chosen. */
  begin(today) {
    this.#today = today;
    this.#focus = today;
    this.#first = `${today.slice(0, 8)}01`;
    return this;
  }

  /** The days that are seen: whole weeks, from Monday. */
  get seen() {
    const weekday = (new Date(Date.parse(this.#first)).getUTCDay() + 6) % 7;
    const from = dayAfter(this.#first, -weekday);
    return [from, dayAfter(from, SEEN - 1)];
  }

  /** What is planned: `{ from, until, choice, name }` by wall clock, `until` "" for no end. */
  show(spans) {
    this.#spans = spans;
    this.#draw();
  }

  /** These days are chosen, the last one too. */
  choose(from, until) {
    this.#chosen = [from, until];
    this.#draw();
  }

  #turn(step) {
    const [year, number] = [Number(this.#first.slice(0, 4)), Number(this.#first.slice(5, 7)) - 1 + step];
    this.#first = new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
    this.#focus = this.#first;
    this.#draw();
    this.dispatchEvent(new CustomEvent("month", { detail: this.seen }));
  }

  #draw() {
    put(this.title_, month(this.#first));
    const hadFocus = this.grid.contains(document.activeElement);
    const [begin] = this.seen;
    this.grid.setAttribute("aria-label", month(this.#first));
    this.days.forEach((cell, at) => this.#show(cell, dayAfter(begin, at)));
    if (hadFocus) this.grid.querySelector("[tabindex='0']")?.focus();
  }

  #day() {
    const pick = ({ currentTarget }) => this.#pick(currentTarget.dataset.day);
    return make("button.day", { type: "button", role: "gridcell", onclick: pick }, make("span"), make("span.dots"));
  }

  #show(cell, day) {
    const held = this.#spans.filter(({ from, until }) => from.slice(0, 10) <= day && (!until || until > `${day} 00:00:00`));
    const [first, last] = this.#chosen;
    const names = [...new Set(held.map((each) => each.name))].join(", ");
    cell.dataset.day = day;
    cell.tabIndex = day === this.#focus ? 0 : -1;
    cell.title = names;
    cell.ariaLabel = [`${Number(day.slice(8))} ${month(day)}`, names].filter(Boolean).join(", ");
    cell.ariaSelected = String(Boolean(first) && first <= day && day <= last);
    cell.ariaCurrent = day === this.#today ? "date" : null;
    cell.classList.toggle("other", day.slice(0, 7) !== this.#first.slice(0, 7));
    put(cell.firstChild, String(Number(day.slice(8))));
    cell.lastChild.replaceChildren(...held.slice(0, 3).map(({ choice }) => {
      const dot = make("span.dot");
      if (choice) dot.style.setProperty("--mark", choice.colour);
      return dot;
    }));
  }

  /** The first press chooses a day, the second one the days until then. */
  #pick(day) {
    const [first, last] = this.#chosen;
    this.#chosen = first && first === last && day > first ? [first, day] : [day, day];
    this.#focus = day;
    this.#draw();
    this.dispatchEvent(new CustomEvent("days", { detail: this.#chosen }));
  }

  #key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    if (event.key === "PageUp" || event.key === "PageDown") this.#turn(event.key === "PageUp" ? -1 : 1);
    else if (event.key in steps) {
      this.#focus = dayAfter(this.#focus, steps[event.key]);
      const [begin, end] = this.seen;
      if (this.#focus < begin || this.#focus > end) {
        this.#first = `${this.#focus.slice(0, 8)}01`;
        this.dispatchEvent(new CustomEvent("month", { detail: this.seen }));
      }
      this.#draw();
    } else return;
    this.grid.querySelector("[tabindex='0']")?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

customElements.define("k-month", Month);
