// <k-list>: everybody that was found. Only what is seen is in the document, however many there are.

import { TICK, wall } from "./dates.js";
import { make } from "./dom.js";
import { Row } from "./row.js";
import { say } from "./texts.js";

const SPARE = 4; // rows above and below what is seen

class List extends HTMLElement {
  #directory;
  #catalogue;
  #entries = [];
  #rows = new Map();
  #free = [];
  #active = -1;
  #top = 0; // how far it is scrolled; this and the sizes are kept, as to ask for them has everything laid out first
  #height = 0; // of a row,
  #room = 0; // of what is seen,
  #head = 0; // and of the headings, in pixels
  #timers = [];

  /** Of whom it shows, and what their profiles look like. */
  begin(directory, catalogue) {
    [this.#directory, this.#catalogue] = [directory, catalogue];
    return this;
  }

  connectedCallback() {
    if (!this.body) this.#build();
    this.sized.observe(this);
    this.#timers = [
      setInterval(() => {
        for (const row of this.#rows.values()) row.tick();
      }, TICK),
      // What is shown of dates is another at the next minute, and at midnight.
      setInterval(() => this.#paint(true), 20_000),
    ];
  }

  disconnectedCallback() {
    this.#timers.forEach(clearInterval);
    this.sized.disconnect();
  }

  #build() {
    this.body = make("div.rows", { role: "rowgroup" });
    const headings = ["name", "profile", "line", "extension"].map((text) =>
      make("span", { role: "columnheader" }, say(text)),
    );
    this.replaceChildren(make("div.head", { role: "rowgroup" }, make("div.headings", { role: "row" }, headings)), this.body);
    this.tabIndex = 0;
    this.setAttribute("role", "grid");
    this.setAttribute("aria-label", say("title"));
    this.addEventListener("scroll", () => {
      this.#top = this.scrollTop;
      this.#paint();
    }, { passive: true });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.#choose(this.#entries.findIndex((entry) => entry.id === row.dataset.id), true);
    });
    this.sized = new ResizeObserver(() => {
      // The style has the height of a row where it moves nothing: a custom property would be given in rem, not in px.
      this.#height = Number.parseFloat(getComputedStyle(this.body).scrollMarginTop);
      [this.#room, this.#head, this.#top] = [this.clientHeight, this.body.offsetTop, this.scrollTop];
      this.#lay();
    });
  }

  /** Show these; the chosen one stays chosen if it is among them. `anew`: other people are looked for, none is chosen. */
  show(entries, { anew = false } = {}) {
    const chosen = this.#entries[this.#active]?.id;
    this.#entries = entries;
    this.#active = anew ? -1 : entries.findIndex((entry) => entry.id === chosen);
    if (anew) this.#scroll(0);
    this.#lay();
  }

  /** `step` rows down (up, if negative). */
  move(step) {
    if (this.#entries.length) this.#choose(Math.min(this.#entries.length - 1, Math.max(0, this.#active + step)), false);
  }

  /** Opens the chosen one; if none is, the first. */
  enter() {
    if (this.#entries.length) this.#choose(Math.max(0, this.#active), true);
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.#room / this.#height) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.move(steps[event.key]);
    else if (event.key === "Enter") this.enter();
    else return;
    event.preventDefault();
  }

  #choose(index, open) {
    this.#active = index;
    const [top, bottom] = [index * this.#height, (index + 1) * this.#height + this.#head];
    if (top < this.#top) this.#scroll(top);
    else if (bottom > this.#top + this.#room) this.#scroll(bottom - this.#room);
    this.#paint();
    if (open) this.dispatchEvent(new CustomEvent("open", { detail: this.#entries[index].id, bubbles: true }));
  }

  #scroll(top) {
    if (top !== this.#top) this.scrollTop = this.#top = top;
  }

  #lay() {
    this.body.style.height = `${this.#entries.length * this.#height}px`;
    this.setAttribute("aria-rowcount", this.#entries.length + 1);
    this.#paint(true);
  }

  /** `anew`: also what was shown already. */
  #paint(anew = false) {
    if (!this.#height || !this.#room) return;
    const seen = this.#top - this.#head;
    const first = Math.max(0, Math.floor(seen / this.#height) - SPARE);
    const last = Math.min(this.#entries.length, Math.ceil((seen + this.#room) / this.#height) + SPARE);
    const now = wall(this.#directory.now());
    const wanted = new Set();
    for (let index = first; index < last; index++) wanted.add(this.#entries[index].id);
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      this.#rows.delete(id);
      this.#free.push(row);
    }
    for (let index = first; index < last; index++) this.#place(this.#entries[index], index, now, anew);
    for (const row of this.#free) row.element.remove();
    this.#free.length = Math.min(this.#free.length, 2 * SPARE);
    const active = this.#entries[this.#active];
    if (active && wanted.has(active.id)) this.setAttribute("aria-activedescendant", `row-${active.id}`);
    else this.removeAttribute("aria-activedescendant");
  }

  #place(entry, index, now, anew) {
    let row = this.#rows.get(entry.id);
    const isNew = !row;
    if (isNew) this.#rows.set(entry.id, (row = this.#free.pop() ?? new Row(this.#directory, this.#catalogue)));
    if (isNew || anew) row.show(entry, index, now);
    row.element.style.transform = `translateY(${index * this.#height}px)`;
    row.element.setAttribute("aria-selected", index === this.#active);
    if (!row.element.isConnected) this.body.append(row.element);
  }
}

customElements.define("k-list", List);
