// <k-tokens>: what opens one's account beside the password: sessions of browsers, and tokens for programs.

import { browser } from "./agent.js";
import { ask, path } from "./api.js";
import { at, day, local, wall } from "./dates.js";
import { drawing, make, put } from "./dom.js";
import { copied, doing, field, form, tick } from "./form.js";
import { say } from "./texts.js";

const MOST = 5; // that are seen without asking for more

class Tokens extends HTMLElement {
  #app;

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    if (!this.sessions) {
      this.wrong = make("p.wrong", { role: "alert" });
      this.sessions = make("ul.plans");
      this.tokens = make("ul.plans");
      this.secret = make("div.secret", { role: "status" });
      this.append(
        make("h3", {}, say("sessions")), this.sessions,
        make("h3", {}, say("tokens")), this.tokens, this.wrong, this.secret,
        make("details", {}, make("summary", {}, drawing("add"), say("token-add"), drawing("down")), this.#form()),
      );
    }
    this.#read();
  }

  #form() {
    return form(
      "form.narrow",
      [
        field(say("token-name"), make("input", { name: "name", maxlength: 100, autocomplete: "off" }), say("token-hint")),
        field(say("token-expires"), make("input", { name: "expires", type: "date" }), say("token-never")),
        tick("read_only", say("token-read-only"), true),
      ],
      say("token-make"),
      async (sent) => {
        const { name, expires, read_only } = sent.elements;
        const { data } = await ask("POST", "/api/tokens", { name: name.value, expires: expires.value || null, read_only: read_only.checked });
        sent.reset();
        this.#show(data);
        await this.#read();
      },
    );
  }

  /** The secret, once: after this nobody can see it again. */
  #show(token) {
    const secret = copied(say("token-secret"), token.token);
    const copy = make("button.second", {
      type: "button",
      onclick: async () => {
        secret.select();
        await navigator.clipboard?.writeText(token.token).catch(() => {});
        put(copy, say("copied"));
      },
    }, say("copy"));
    const board = `${location.origin}/board#token=${token.token}`;
    const link = token.read_only
      ? [make("p.quiet", {}, say("token-board")), copied(say("token-board"), board)]
      : [];
    this.secret.replaceChildren(make("p", {}, say("token-once", token.name)), make("div.row-of", {}, secret, copy), ...link);
    secret.focus();
  }

  async #read() {
    try {
      const { data } = await ask("GET", "/api/tokens");
      this.#list(this.sessions, data.filter((each) => each.session), "sessions-none");
      this.#list(this.tokens, data.filter((each) => !each.session), "tokens-none");
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  #list(place, found, none) {
    const now = wall(this.#app.directory.now());
    const row = (each) => {
      const about = [
        each.current ? say("this-one") : each.last_used ? say("used", at(local(each.last_used), now)) : say("unused"),
        each.read_only ? say("read-only") : "",
        each.expires ? say("expires", day(local(each.expires), now)) : "",
      ];
      const end = async () => {
        await ask("DELETE", path("/api/tokens", each.id));
        if (each.current) location.assign("/");
        else await this.#read();
      };
      return make(
        "li", {},
        make("span.lines", {}, make("span.name", {}, each.session ? browser(each.name) : each.name), " ", make("span.about", {}, about.filter(Boolean).join(", "))),
        doing("button.second", { "aria-label": `${say(each.session ? "end-session" : "revoke")}: ${each.name}` }, say(each.session ? "end-session" : "revoke"), end, this.wrong),
      );
    };
    const rows = found.reverse().map(row);
    const older = rows.splice(MOST);
    place.replaceChildren(
      ...(rows.length ? rows : [make("li.quiet", {}, say(none))]),
      ...(older.length ? [make("li", {}, make("details", {}, make("summary", {}, say("older", older.length), drawing("down")), make("ul", {}, older)))] : []),
    );
  }
}

customElements.define("k-tokens", Tokens);
