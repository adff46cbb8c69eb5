// <k-set>: sets somebody's profile. One press takes one of the catalogue with its proposed end; until and message may
// be said before, or after.

import { ask, path } from "./api.js";
import { ends, NEVER, wall } from "./dates.js";
import { make, put } from "./dom.js";
import { markChoice } from "./mark.js";
import { say } from "./texts.js";

class Set extends HTMLElement {
  #directory;
  #catalogue;
  #id = "";
  #chosen = null; // waits for an end or a message
  #shown = "";
  #isBegun = false; // something is typed, or waits for an end or a message, and is not sent yet

  begin(directory, catalogue) {
    [this.#directory, this.#catalogue] = [directory, catalogue];
    return this;
  }

  connectedCallback() {
    if (this.choices) return;
    this.choices = make("div.choices", { role: "group", "aria-label": say("profile") });
    this.until = make("input", { type: "datetime-local", name: "until" });
    this.message = make("input", { name: "message", maxlength: 4000, autocomplete: "off" });
    this.wrong = make("p.wrong", { role: "alert" });
    this.save = make("button.main", {}, say("set"));
    this.note = make("p.note", { "aria-live": "polite" });
    this.append(
      this.choices,
      make(
        "form.more",
        { onsubmit: (event) => this.#submit(event), oninput: () => (this.#isBegun = true), novalidate: true },
        make("label", {}, say("message"), this.message),
        make("label", {}, say("until"), this.until),
        this.save,
      ),
      this.note,
      this.wrong,
    );
  }

  /** Whose profile is set; what was typed for somebody else is gone. */
  show(entry) {
    const profile = entry.profile;
    if (this.#id !== entry.id) {
      this.#id = entry.id;
      this.#reset();
    }
    const shown = JSON.stringify([profile, this.#catalogue.choices]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    // A press on a choice takes the focus from what was typed, before it chooses.
    if (!this.#isBegun && !this.contains(document.activeElement)) this.#reset();
    this.#draw(profile);
  }

  /** What was typed or chosen and not sent is given up. */
  forget() {
    this.#reset();
    if (this.until.validity.badInput) this.until.value = "";
    const entry = this.#directory.get(this.#id);
    if (entry) this.show(entry);
  }

  #draw(profile) {
    const { choices } = this.#catalogue;
    const ids = choices.map((choice) => choice.id).join(" ");
    if (this.choices.dataset.ids !== ids) {
      const focused = this.choices.contains(document.activeElement) ? document.activeElement.dataset.id : "";
      this.choices.dataset.ids = ids;
      this.choices.replaceChildren(...choices.map(({ id }) => this.#button(id)));
      if (focused) this.choices.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
    }
    // The buttons stay: one that is replaced while it is being pressed is not pressed.
    const held = this.#catalogue.of(profile)?.id;
    const pressed = (this.#isBegun && this.#chosen?.id) || held;
    choices.forEach((choice, at) => {
      const button = this.choices.children[at];
      const [until, available] = choice.id === held ? [profile.until, profile.available] : [choice.proposed, choice.available];
      button.setAttribute("aria-pressed", String(choice.id === pressed));
      markChoice(button.querySelector(".mark"), choice);
      put(button.querySelector(".name"), choice.name);
      put(button.querySelector(".about"), ends(until, available, this.#now()) || (asks(choice) ? say("asks") : ""));
    });
    if (this.#isBegun || this.until.validity.badInput) return; // half a date is no input yet
    this.message.value = this.message.defaultValue = profile?.message ?? "";
    this.until.value = profile && profile.until !== NEVER ? profile.until.slice(0, 16).replace(" ", "T") : "";
  }

  #button(id) {
    return make(
      "button.choice", { type: "button", "data-id": id, onclick: () => this.#choose(this.#catalogue.get(id)) },
      make("span.mark"), make("span.lines", {}, make("span.name"), " ", make("span.about")),
    );
  }

  #now() {
    return wall(this.#directory.now());
  }

  #reset() {
    this.#chosen = null;
    this.#isBegun = false;
    this.#shown = "";
    put(this.wrong, "");
    put(this.note, "");
  }

  /** At once, if nothing has to be asked. A message that stands there for what held before is not taken over. */
  #choose(choice) {
    const typed = this.message.value !== this.message.defaultValue ? this.message.value : "";
    this.#chosen = choice;
    if (!asks(choice)) return this.#send({ name: choice.id, message: typed || null });
    this.#isBegun = true;
    this.#draw(this.#profile());
    put(this.note, say("ask-end", choice.name));
    this.message.value = typed;
    this.until.value = "";
    (choice.end === "ask" ? this.until : this.message).focus();
  }

  #profile() {
    return this.#directory.get(this.#id)?.profile;
  }

  #submit(event) {
    event.preventDefault();
    const choice = this.#chosen ?? this.#catalogue.of(this.#profile());
    if (!choice) return;
    const until = this.until.value ? this.until.value.replace("T", " ") : null;
    if (!until && choice.end === "ask" && this.#chosen) {
      put(this.wrong, say("end-missing"));
      return this.until.focus();
    }
    const sent = { name: choice.id, message: this.message.value || null };
    if (until || !this.#chosen) sent.until = until ?? "none";
    this.#send(sent);
  }

  async #send(profile) {
    const before = this.#profile();
    put(this.wrong, "");
    this.toggleAttribute("aria-busy", true);
    try {
      await ask("PUT", path("/api/entries", this.#id, "profile"), profile);
      this.#chosen = null;
      this.#isBegun = false;
      put(this.note, "");
      this.message.defaultValue = profile.message ?? "";
      if (this.#profile() !== before) this.#draw(this.#profile()); // it was told before it was answered
      this.dispatchEvent(new CustomEvent("set", { bubbles: true }));
    } catch (problem) {
      put(this.wrong, problem.message);
      ({ until: this.until, message: this.message })[problem.field]?.focus();
    } finally {
      this.removeAttribute("aria-busy");
    }
  }
}

function asks(choice) {
  return choice.end === "ask" || choice.ask_message;
}

customElements.define("k-set", Set);
