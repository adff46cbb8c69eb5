// <k-login>: who one is. The server sets a cookie that no script can read.

import { LOGIN, ask } from "./api.js";
import { make, put } from "./dom.js";
import { otherLanguage, say } from "./texts.js";

class Login extends HTMLElement {
  /** Said at first: why one is asked. */
  reason = "";

  connectedCallback() {
    this.wrong = make("p.wrong", { role: "alert" });
    this.user = make("input", { id: "login", name: "username", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false" });
    this.password = make("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
    this.button = make("button.main", {}, say("log-in"));
    this.replaceChildren(
      make(
        "main.card",
        {},
        make("h1", {}, document.body.dataset.organisation || "katalog"),
        make("p.quiet", {}, say("log-in-lead")),
        make(
          "form",
          { onsubmit: (event) => this.#submit(event) },
          make("label", { for: "login" }, say("login")), this.user,
          make("label", { for: "password" }, say("password")), this.password,
          this.wrong,
          this.button,
        ),
        make("button.plain", { onclick: otherLanguage, lang: say("other-language") }, say("language")),
      ),
    );
    put(this.wrong, this.reason);
    this.user.focus();
  }

  async #submit(event) {
    event.preventDefault();
    this.button.disabled = true;
    put(this.wrong, "");
    try {
      await ask("POST", LOGIN, new URLSearchParams(new FormData(event.target)));
      location.reload();
    } catch (problem) {
      put(this.wrong, problem.status === 401 ? say("wrong-login") : problem.message);
      this.password.select();
    } finally {
      this.button.disabled = false;
    }
  }
}

customElements.define("k-login", Login);
