// <k-password>: one's own password is changed.

import { ask } from "./api.js";
import { make, put } from "./dom.js";
import { field, form } from "./form.js";
import { say } from "./texts.js";

class Password extends HTMLElement {
  #reader;

  begin(reader) {
    this.#reader = reader;
    return this;
  }

  connectedCallback() {
    if (this.firstChild) return;
    const input = (name, autocomplete) => make("input", { name, type: "password", autocomplete, required: true });
    const done = make("p.note", { role: "status" });
    if (!this.#reader.has_password) return this.append(make("p.quiet", {}, say("no-password")));
    this.append(
      form(
        "form.narrow",
        [
          // So that a password manager knows whose it is.
          make("input", { type: "text", name: "username", autocomplete: "username", value: this.#reader.login, hidden: true, readonly: true }),
          field(say("password-now"), input("current", "current-password")),
          field(say("password-new"), input("password", "new-password"), say("password-hint")),
        ],
        say("password-set"),
        async (sent) => {
          const { current, password } = sent.elements;
          put(done, "");
          await ask("PUT", "/api/accounts/me/password", { current: current.value, password: password.value });
          sent.reset();
          put(done, say("password-done"));
        },
      ),
      done,
    );
  }
}

customElements.define("k-password", Password);
