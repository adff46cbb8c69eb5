// <k-app>: the page around everything: who one is, where one can go, whether what is shown is now.

import { LOGIN, ask } from "./api.js";
import { Catalogue } from "./catalogue.js";
import { Directory } from "./directory.js";
import { make, put } from "./dom.js";
import "./keys.js";
import "./login.js";
import "./own.js";
import "./people.js";
import { follow, isOutdated } from "./source.js";
import { say } from "./texts.js";
import { View } from "./view.js";

// Each page is an element; those that not everybody opens are fetched when they are.
const PAGES = [
  ["/profile", "k-profile", () => import("./profile.js")],
  ["/admin", "k-admin", () => import("./admin.js")],
  ["/", "k-people", null],
];

const CATALOGUE = 60_000; // milliseconds between two looks at the catalogue of profiles

class App extends HTMLElement {
  directory = new Directory();
  catalogue = new Catalogue();
  view = new View();
  reader = null;
  #pages = new Map();
  #isGuided = false;

  async connectedCallback() {
    const organisation = document.body.dataset.organisation;
    document.title = `${organisation || say("title")} · katalog`;
    addEventListener("katalog-refused", () => this.#refused());
    this.directory.addEventListener("changed", ({ detail }) => this.#changed(detail));
    this.view.addEventListener("changed", () => this.#looked());
    this.addEventListener("open", ({ detail }) => this.view.set({ open: detail }));
    this.addEventListener("hear", ({ detail }) => put(this.hear, detail));
    this.addEventListener("help", () => this.keys.open());
    // Before anybody else: what a page has of its own comes after what closes or opens something.
    document.addEventListener("keydown", (event) => this.#key(event));
    const exchanged = await this.#exchange();
    if (exchanged === null) return;
    follow(this.directory, { anew: exchanged });
    try {
      [{ data: this.reader }] = await Promise.all([ask("GET", "/api/accounts/me"), this.catalogue.load()]);
    } catch (problem) {
      if (problem.status !== 401) this.#wait(problem);
      return;
    }
    this.#build(organisation);
  }

  /** A link may bring a token in its fragment, which no server sees: it is exchanged for a session. */
  async #exchange() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!token) return false;
    history.replaceState(null, "", location.pathname + location.search);
    try {
      await ask("POST", LOGIN, undefined, { headers: { authorization: `Bearer ${token}` } });
      return true;
    } catch (problem) {
      this.#refused(problem.status === 401 ? say("link-over") : problem.message);
      return null;
    }
  }

  /** The server cannot be reached at first: it is tried again until it can. */
  #wait(problem) {
    this.replaceChildren(make("main.empty", {}, make("h1", {}, say("title")), make("p.wrong", { role: "alert" }, problem.message)));
    setTimeout(() => location.reload(), 5000);
  }

  #refused(reason = "") {
    if (this.querySelector("k-login")) return;
    const login = make("k-login");
    login.reason = reason;
    this.reader = null;
    this.replaceChildren(login);
  }

  #build(organisation) {
    const { reader } = this;
    const link = (href, text) => make("a", { href, "data-page": true }, say(text));
    this.nav = make(
      "nav", { "aria-label": say("pages") },
      link("/", "title"),
      reader.entry && !reader.read_only ? link("/profile", "my-profile") : null,
      reader.role === "admin" ? link("/admin", "administration") : null,
    );
    this.own = make("k-own").begin(this);
    this.alarm = make("p.alarm", { role: "status" });
    this.hear = make("p.unseen", { "aria-live": "polite" });
    this.main = make("main");
    this.keys = make("k-keys");
    this.replaceChildren(
      make("header", {}, make("h1", {}, organisation || "katalog"), this.nav, this.own),
      this.alarm, this.main, this.keys, this.hear,
    );
    this.#looked();
    this.#changed(null);
    setInterval(() => this.#renew(), CATALOGUE);
  }

  /** No event tells of the catalogue: the ends that it proposes go on with the clock, and admins change it. */
  async #renew() {
    if (!this.reader) return;
    try {
      await this.catalogue.load();
      this.#changed(null);
    } catch {
      // A lost link is told at the top; who is refused is asked who they are.
    }
  }

  /** What the server has told: of some, or of everything. */
  #changed(ids) {
    const { state, callsLive } = this.directory;
    if (state === "refused") return this.#refused();
    if (!this.reader) return;
    put(this.alarm, state === "lost" ? say("lost") : callsLive ? "" : say("stale-calls"));
    if (this.dataset.state === "lost" && state === "live") this.#back();
    this.dataset.state = state;
    this.dataset.calls = callsLive ? "live" : "stale";
    this.own.show();
    this.page?.changed?.(ids);
    if (state !== "live" || this.#isGuided) return;
    // An admin who comes to an empty directory is shown what to do.
    this.#isGuided = true;
    if (this.reader.role === "admin" && !this.directory.size && this.view.page === "/") this.view.go("/admin");
  }

  /** The server is back. If it is another one now, the page is loaded anew, unless somebody is in the middle of it. */
  async #back() {
    if (!(await isOutdated())) return;
    const isTyping = this.page?.contains(document.activeElement) && document.activeElement.matches("input, textarea");
    if (!isTyping) return location.reload();
    this.alarm.replaceChildren(say("outdated"), " ", make("button.link", { onclick: () => location.reload() }, say("reload")));
  }

  /** Something else is looked at: another page, or another part of it. */
  async #looked() {
    if (!this.reader) return;
    const [begin, name, load] = this.#wanted();
    for (const link of this.nav.children) {
      link.toggleAttribute("aria-current", false);
      if (link.getAttribute("href") === begin) link.setAttribute("aria-current", "page");
    }
    await load?.();
    if (this.#wanted()[1] !== name) return; // somebody has gone on meanwhile
    let page = this.#pages.get(name);
    if (!page) this.#pages.set(name, (page = make(name).begin(this)));
    const isOther = this.page !== page;
    if (isOther) {
      this.page = page;
      this.main.replaceChildren(page);
      page.changed?.(null);
    }
    page.look?.();
  }

  /** The page that the address is of. */
  #wanted() {
    const may = [...this.nav.children].map((link) => link.getAttribute("href"));
    return PAGES.find(([begin]) => may.includes(begin) && this.view.page.startsWith(begin));
  }

  #key(event) {
    if (!this.reader || event.ctrlKey || event.metaKey || event.altKey || this.keys.isOpen) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && this.own.panel.matches(":popover-open")) return;
    if (this.page?.key?.(event)) return event.preventDefault();
    if (typing) return;
    if (event.key === "?") this.keys.open();
    else if (event.key === "p") this.own.open();
    else return;
    event.preventDefault();
  }
}

customElements.define("k-app", App);
