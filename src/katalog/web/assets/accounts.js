// <k-accounts>: who can log in, and as what: added, invited, changed, shut out; the tokens of programs.

import { ask, path } from "./api.js";
import { at, local, wall } from "./dates.js";
import { drawing, make, put } from "./dom.js";
import { copied, doing, field, form, select, surely, tick } from "./form.js";
import { say } from "./texts.js";

const MOST = 200; // accounts in sight; a search finds the others
const ROLES = ["user", "reception", "admin", "service"];

class Accounts extends HTMLElement {
  #app;
  #accounts = [];
  #shown = []; // in the order of the rows

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    this.wrong = make("p.wrong", { role: "alert" });
    this.told = make("div", { role: "status" });
    this.search = make("input", { type: "search", placeholder: say("accounts-search"), "aria-label": say("accounts-search"), oninput: () => this.#draw() });
    this.list = make("ul.plans");
    this.#shown = [];
    this.replaceChildren(
      make(
        "section", {}, make("h2", {}, say("part-accounts")), make("p.quiet", {}, say("accounts-lead")),
        make("div.actions", {}, doing("button.main", {}, say("invite-all"), () => this.#inviteAll(), this.wrong)),
        this.told, this.wrong,
        make("details", {}, make("summary", {}, drawing("add"), say("account-add"), drawing("down")), this.#adding()),
        make("label.search", {}, drawing("search"), this.search), this.list,
      ),
    );
    this.#read();
  }

  /** The accounts may be here before the people are, whose names stand beside them. */
  changed(ids) {
    if (ids !== null) return;
    const now = wall(this.#app.directory.now());
    this.#shown.forEach((account, at) => put(this.list.children[at].querySelector(".about"), this.#about(account, now)));
  }

  async #read() {
    try {
      this.#accounts = (await ask("GET", "/api/accounts")).data;
      this.#draw();
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  #draw() {
    const wanted = this.search.value.trim().toLowerCase();
    const found = this.#accounts.filter((each) => `${each.login} ${this.#owner(each)}`.toLowerCase().includes(wanted));
    const now = wall(this.#app.directory.now());
    this.#shown = found.slice(0, MOST);
    this.list.replaceChildren(
      ...this.#shown.map((each) => this.#row(each, now)),
      ...(found.length > MOST ? [make("li.quiet", {}, say("accounts-more", found.length - MOST))] : []),
    );
  }

  #owner(account) {
    const entry = this.#app.directory.get(account.entry);
    return entry ? `${entry.name} ${entry.extension}` : "";
  }

  #about(account, now) {
    const when = (moment) => at(local(moment), now);
    return [
      this.#owner(account), say(`role-${account.role}`),
      account.disabled ? say("account-disabled") : account.invited ? say("account-invited", when(account.invited)) : account.has_password || account.role === "service" ? "" : say("account-none"),
      account.last_used ? say("used", when(account.last_used)) : "",
    ].filter(Boolean).join(" · ");
  }

  #row(account, now) {
    const place = make("div.opened");
    return make(
      "li", { "data-login": account.login },
      make("details", { ontoggle: ({ target }) => target.open && !place.firstChild && this.#open(account.id, place) },
        make("summary", {}, make("span.lines", {}, make("span.name", {}, account.login), " ", make("span.about", {}, this.#about(account, now))), drawing("down")),
        place),
    );
  }

  async #open(id, place) {
    const wrong = make("p.wrong", { role: "alert" });
    const told = make("div", { role: "status" });
    try {
      const [{ data: account, etag }, { data: tokens }] = await Promise.all([ask("GET", path("/api/accounts", id)), ask("GET", path("/api/accounts", id, "tokens"))]);
      const again = async () => {
        await this.#read();
      };
      const change = (changes) => async () => {
        await ask("PATCH", path("/api/accounts", id), changes, { etag });
        await again();
      };
      const role = select("role", ROLES.map((each) => [each, say(`role-${each}`)]), account.role);
      role.addEventListener("change", async () => {
        put(wrong, "");
        try {
          await change({ role: role.value })();
        } catch (problem) {
          role.value = account.role;
          put(wrong, problem.message);
        }
      });
      const invite = async () => {
        const { data } = await ask("POST", path("/api/accounts", id, "invitation"));
        told.replaceChildren(secret(say("invitation-once"), data.link));
      };
      const person = account.role !== "service";
      place.replaceChildren(
        field(say("role"), role),
        make(
          "div.actions", {},
          person && !account.disabled ? doing("button.second", {}, say("invite"), invite, wrong) : null,
          account.disabled ? doing("button.second", {}, say("account-enable"), change({ disabled: false }), wrong) : surely(say("account-disable"), change({ disabled: true }), wrong),
          make("a.button", { href: `/admin/audit?subject=${id}`, "data-page": true }, say("history")),
        ),
        told, wrong,
        tokens.length ? make("h3", {}, say("opened-by")) : "",
        make("ul.plans", {}, tokens.map((token) => {
          const row = make("li", {}, make("span.lines", {}, make("span.name", {}, token.name || "–"), " ", make("span.about", {}, [say(token.session ? "session" : "token"), token.read_only ? say("read-only") : ""].filter(Boolean).join(", "))),
            doing("button.second", { "aria-label": `${say("revoke")}: ${token.name}` }, say("revoke"), async () => {
              await ask("DELETE", path("/api/accounts", id, "tokens", token.id));
              row.remove();
            }, wrong));
          return row;
        })),
        person ? "" : this.#token(id, told, again),
      );
    } catch (problem) {
      place.replaceChildren(make("p.wrong", { role: "alert" }, problem.message));
    }
  }

  /** A program's token: the secret is shown this once. */
  #token(id, told) {
    return form(
      "form.inline",
      [field(say("token-name"), make("input", { name: "name", maxlength: 100 }), say("token-hint")), tick("read_only", say("token-read-only"), true)],
      say("token-make"),
      async (sent) => {
        const { data } = await ask("POST", path("/api/accounts", id, "tokens"), { name: sent.elements.name.value, read_only: sent.elements.read_only.checked });
        sent.reset();
        told.replaceChildren(secret(say("token-once", data.name), data.token));
      },
    );
  }

  #adding() {
    const people = make("datalist", { id: "people" });
    const entry = make("input", { name: "entry", list: "people", autocomplete: "off", placeholder: say("account-entry-hint"), onfocus: () => {
      if (!people.firstChild) people.append(...this.#app.directory.everybody.slice(0, 2000).map((each) => make("option", { value: each.extension }, each.name)));
    } });
    return form(
      "form.narrow",
      [
        field(say("account-login"), make("input", { name: "login", autocomplete: "off" }), say("account-login-hint")),
        field(say("account-entry"), entry), people,
        field(say("role"), select("role", ROLES.map((each) => [each, say(`role-${each}`)]), "user"), say("role-hint")),
      ],
      say("account-make"),
      async (sent) => {
        const { login, role } = sent.elements;
        const owner = entry.value.trim() ? this.#app.directory.holders(entry.value)[0] : null;
        if (entry.value.trim() && !owner) throw Object.assign(new Error(say("account-nobody")), { status: 422, field: "entry" });
        const { data } = await ask("POST", "/api/accounts", { login: login.value.trim(), role: role.value, entry: owner?.id ?? null });
        sent.reset();
        this.told.replaceChildren(data.invitation ? secret(say("invitation-once"), data.invitation) : make("p.note", {}, say("account-made", data.login)));
        await this.#read();
      },
    );
  }

  async #inviteAll() {
    const { data } = await ask("POST", "/api/accounts/invitations");
    const { invited } = data;
    if (!invited.length) return this.told.replaceChildren(make("p.note", {}, say("invited-nobody")));
    const quoted = (value) => `"${String(value).replaceAll('"', '""')}"`;
    const rows = [["login", "name", "email", "link"], ...invited.map((each) => [each.login, each.name, each.email, each.link])];
    const file = new Blob(["\ufeff", rows.map((row) => row.map(quoted).join(";")).join("\r\n"), "\r\n"], { type: "text/csv" });
    this.told.replaceChildren(
      make("div.secret", {}, make("p", {}, say("invited", invited.length)), make("p", {}, make("a.main", { href: URL.createObjectURL(file), download: "inbjudningar.csv" }, drawing("save"), say("invited-save")))),
    );
    await this.#read();
  }
}

/** Something that is shown once, to be copied. */
function secret(told, text) {
  return make("div.secret", {}, make("p", {}, told), make("div.row-of", {}, copied(told, text)));
}

customElements.define("k-accounts", Accounts);
