// <k-board>: a department on a wall, for a screen that nobody touches. Its link has a read-only token in the fragment.

import { LOGIN, ask } from "./api.js";
import { Catalogue } from "./catalogue.js";
import { Directory, callOf, partyOf, presence } from "./directory.js";
import { TICK, wall } from "./dates.js";
import { make, put } from "./dom.js";
import { mark } from "./mark.js";
import { timeOf, words } from "./row.js";
import { isOutdated } from "./source.js";
import { Stream } from "./stream.js";
import { learn, say } from "./texts.js";
import { en, sv } from "./board-words.js";

learn({ sv, en });

const TURN = 12_000; // milliseconds that each of several pages is shown
const AGAIN = 30_000; // until the link is tried again

class Board extends HTMLElement {
  #directory = new Directory();
  #catalogue = new Catalogue();
  #tiles = new Map();
  #token = new URLSearchParams(location.hash.slice(1)).get("token");
  #department = new URLSearchParams(location.search).get("department") ?? "";
  #page = 0;
  #lost = ""; // since when
  #stream = null;

  connectedCallback() {
    document.title = `${this.#department || document.body.dataset.organisation || "katalog"} · katalog`;
    this.clock = make("time");
    this.pages = make("span.pages");
    this.alarm = make("p.alarm", { role: "status" });
    this.tiles = make("ul.tiles");
    this.replaceChildren(
      make("header", {}, make("h1", {}, this.#department || document.body.dataset.organisation || "katalog"), this.pages, this.clock),
      this.alarm, make("main", {}, this.tiles),
    );
    this.#directory.addEventListener("changed", () => this.#changed());
    new ResizeObserver(() => this.#draw()).observe(this.tiles);
    setInterval(() => this.#tick(), TICK);
    setInterval(() => {
      this.#page += 1;
      this.#draw();
    }, TURN);
    document.addEventListener("visibilitychange", () => this.#wake());
    this.#wake();
    this.#begin();
  }

  /** The screen stays on, where the browser allows it: on https and localhost (Screen Wake Lock API). */
  async #wake() {
    if (document.hidden) return;
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // Not allowed: the computer's own settings hold.
    }
  }

  /** Lets itself in, and follows. Whatever fails is tried again for ever: there is nobody who would. */
  async #begin() {
    try {
      if (this.#token) await ask("POST", LOGIN, undefined, { headers: { authorization: `Bearer ${this.#token}` } });
      const { data: reader } = await ask("GET", "/api/accounts/me");
      if (this.#token && !reader.read_only) {
        await ask("POST", "/api/auth/logout");
        return put(this.alarm, say("board-may-change"));
      }
      await this.#catalogue.load();
    } catch (problem) {
      put(this.alarm, problem.status === 401 ? say("board-refused") : problem.message);
      return setTimeout(() => this.#begin(), AGAIN);
    }
    const asked = this.#department ? `?department=${encodeURIComponent(this.#department)}` : "";
    this.#stream?.end();
    this.#stream = new Stream(`/api/events${asked}`, (kind, data) => this.#directory.take(kind, data));
  }

  async #changed() {
    const { state, callsLive } = this.#directory;
    const before = this.dataset.state;
    this.dataset.state = state;
    this.dataset.calls = callsLive ? "live" : "stale";
    if (state === "refused") return this.#begin();
    if (state === "lost" && before !== "lost") this.#lost = wall(this.#directory.now()).slice(11, 16);
    put(this.alarm, state === "lost" ? say("board-lost", this.#lost) : callsLive ? "" : say("stale-calls"));
    if (before === "lost" && state === "live" && (await isOutdated())) return location.reload();
    this.#draw();
  }

  #draw() {
    const people = this.#directory.everybody.filter((entry) => entry.kind === "person");
    const style = getComputedStyle(this.tiles);
    const columns = style.gridTemplateColumns.split(" ").length;
    const [height, gap] = [Number.parseFloat(style.gridAutoRows), Number.parseFloat(style.rowGap)];
    const room = this.tiles.clientHeight - Number.parseFloat(style.paddingTop) - Number.parseFloat(style.paddingBottom);
    const most = Math.max(1, columns * Math.floor((room + gap) / (height + gap)));
    const pages = Math.max(1, Math.ceil(people.length / most));
    this.#page %= pages;
    put(this.pages, pages > 1 ? `${this.#page + 1}/${pages}` : "");
    const shown = people.slice(this.#page * most, (this.#page + 1) * most);
    const ids = new Set(shown.map((entry) => entry.id));
    for (const [id, tile] of this.#tiles) {
      if (ids.has(id)) continue;
      tile.element.remove();
      this.#tiles.delete(id);
    }
    shown.forEach((entry, index) => {
      let tile = this.#tiles.get(entry.id);
      if (!tile) this.#tiles.set(entry.id, (tile = new Tile()));
      tile.show(entry, this.#directory, this.#catalogue);
      if (this.tiles.children[index] !== tile.element) this.tiles.insertBefore(tile.element, this.tiles.children[index] ?? null);
    });
    if (!people.length && this.#directory.state === "live") put(this.pages, say("board-nobody"));
    this.#tick();
  }

  #tick() {
    put(this.clock, wall(this.#directory.now()).slice(11, 16));
    for (const tile of this.#tiles.values()) tile.tick();
  }
}

class Tile {
  constructor() {
    this.mark = make("span.mark");
    this.name = make("span.name");
    this.state = make("span.state");
    this.element = make("li.tile", {}, this.mark, make("span.lines", {}, this.name, " ", this.state));
  }

  show(entry, directory, catalogue) {
    [this.entry, this.directory] = [entry, directory];
    this.element.dataset.presence = presence(entry);
    mark(this.mark, entry, catalogue);
    put(this.name, entry.name);
    this.tick();
  }

  /** The call, or else the profile: on a wall there is room for one. */
  tick() {
    const call = callOf(this.entry);
    put(this.state, call ? `${partyOf(call.call, this.directory)} ${timeOf(call, this.directory)}` : words(this.entry, this.directory));
  }
}

customElements.define("k-board", Board);
