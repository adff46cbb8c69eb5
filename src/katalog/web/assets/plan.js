// <k-plan>: what somebody has planned, once or again and again, on a small calendar.

import { ask, latest, path } from "./api.js";
import { dayAfter, local, span, wall } from "./dates.js";
import { drawing, make, put } from "./dom.js";
import { doing, field, form, select, tick } from "./form.js";
import { markChoice } from "./mark.js";
import "./month.js";
import { ruleOf, tell } from "./rule.js";
import { say } from "./texts.js";

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

class Plan extends HTMLElement {
  #app;
  #id = "";
  #absences = [];
  #last = latest();

  /** `app` has the directory and the catalogue; `id` is whose plans they are. */
  begin(app, id) {
    [this.#app, this.#id] = [app, id];
    return this;
  }

  connectedCallback() {
    if (this.month) return this.#read();
    this.month = make("k-month").begin(this.#now().slice(0, 10));
    this.month.addEventListener("month", () => this.#paint());
    this.month.addEventListener("days", ({ detail: [from, until] }) => this.#open({ from: `${from} 00:00:00`, until: `${until} 23:59:59` }));
    this.planned = make("ul.plans");
    this.wrong = make("p.wrong", { role: "alert" });
    this.note = make("p.note", { "aria-live": "polite" });
    this.place = make("div");
    this.add = make("button.second", { type: "button", onclick: () => this.#open({}) }, drawing("add"), say("plan"));
    this.append(this.month, make("div.planning", {}, this.planned, this.note, this.wrong, this.add, this.place));
    this.#read();
  }

  #now() {
    return wall(this.#app.directory.now());
  }

  async #read() {
    try {
      this.#absences = (await ask("GET", path("/api/entries", this.#id, "absences"))).data;
      put(this.wrong, "");
    } catch (problem) {
      return put(this.wrong, problem.message);
    }
    this.#list();
    await this.#paint();
  }

  #list() {
    const now = this.#now();
    const coming = this.#absences.filter((each) => each.rrule || !each.until || each.until > now);
    this.planned.replaceChildren(
      ...(coming.length ? coming.map((each) => this.#row(each, now)) : [make("li.quiet", {}, say("nothing-planned"))]),
    );
  }

  #row(absence, now) {
    const choice = this.#app.catalogue.of(absence);
    const disc = make("span.mark");
    if (choice) markChoice(disc, choice);
    const times = absence.rrule ? `${absence.from.slice(11, 16)}–${absence.until.slice(11, 16)}` : span(absence.from, absence.until ?? "", now);
    return make(
      "li", {}, disc,
      make(
        "span.lines", {},
        make("span.name", {}, absence.name), " ",
        make("span.about", {}, absence.rrule ? `${tell(absence.rrule, absence.from)} ${times}` : times),
        absence.message ? make("span.about", {}, absence.message) : null,
      ),
      make("button.icon", { type: "button", "aria-label": say("change-plan", absence.name), onclick: () => this.#open(absence) }, drawing("edit")),
      doing("button.icon", { "aria-label": say("remove-plan", absence.name) }, drawing("remove"), () => this.#remove(absence), this.wrong),
    );
  }

  /** What holds on the days that are seen, by everything that is planned. */
  async #paint() {
    const [from, until] = this.month.seen;
    try {
      const answer = await this.#last(ask("GET", `${path("/api/entries", this.#id, "agenda")}?from=${from}&to=${until}`));
      if (answer) this.month.show(answer.data.spans.map((each) => ({
        from: local(each.from), until: each.until ? local(each.until) : "", name: each.name, choice: this.#app.catalogue.get(each.profile),
      })));
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  async #remove(absence) {
    await ask("DELETE", path("/api/entries", this.#id, "absences", absence.id));
    await this.#read();
    const again = async () => {
      const { id, ...kept } = absence;
      await ask("POST", path("/api/entries", this.#id, "absences"), kept);
      this.note.replaceChildren();
      await this.#read();
    };
    this.note.replaceChildren(say("removed", absence.name), " ", doing("button.link", {}, say("undo"), again, this.wrong));
  }

  /** The form: for a new one, or one that is there. */
  #open(absence) {
    const { choices } = this.#app.catalogue;
    const day = this.#now().slice(0, 10);
    const { from = `${dayAfter(day, 1)} 00:00:00`, until = `${dayAfter(day, 1)} 23:59:59` } = absence;
    const isWhole = from.endsWith("00:00:00") && (!until || until.endsWith("23:59:59"));
    const known = absence.name ? this.#app.catalogue.of(absence)?.id : (choices.find((choice) => choice.end === "ask") ?? choices[0]).id;
    const rule = ruleOf(absence.rrule ?? "");
    const name = select("name", choices.map((choice) => [choice.id, choice.name]), known);
    const begins = make("input", { name: "from" });
    const ends = make("input", { name: "until" });
    const whole = tick("whole", say("whole-days"), isWhole);
    const repeats = select("repeats", ["", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "own"].map((each) => [each, say(`repeat-${each}`)]), rule.repeats);
    const days = make("fieldset.weekdays", {}, make("legend", {}, say("on-days")), DAYS.map((each) => tick(each, say(each), rule.days.includes(each))));
    const last = field(say("repeat-until"), make("input", { type: "date", name: "last", value: rule.last }));
    const own = field(say("own-rule"), make("input", { name: "rrule", value: absence.rrule ?? "", placeholder: "FREQ=WEEKLY;BYDAY=FR" }));
    const shape = () => {
      const type = whole.firstChild.checked ? "date" : "datetime-local";
      for (const [input, text] of [[begins, from], [ends, until]]) {
        const value = input.value || (text ?? "").slice(0, 16).replace(" ", "T");
        input.type = type;
        input.value = type === "date" ? value.slice(0, 10) : value.length === 10 ? `${value}T${input === begins ? "08:00" : "17:00"}` : value;
      }
    };
    const repeat = () => {
      days.hidden = repeats.value !== "WEEKLY";
      own.hidden = repeats.value !== "own";
      last.hidden = !repeats.value || repeats.value === "own";
    };
    whole.addEventListener("change", shape);
    repeats.addEventListener("change", repeat);
    shape();
    repeat();
    const close = () => {
      this.place.replaceChildren();
      this.add.hidden = false;
      this.month.choose("", "");
    };
    const sheet = form(
      "form.sheet",
      [
        field(say("profile"), name), whole,
        field(say("from"), begins), field(say("until"), ends),
        field(say("message"), make("input", { name: "message", maxlength: 4000, value: absence.message ?? "" })),
        field(say("repeats"), repeats), days, last, own,
      ],
      say("set"),
      async () => {
        const value = (input) => input.value.replace("T", " ") || null;
        const sent = {
          name: name.value, from: value(begins) ?? "", until: value(ends), message: sheet.elements.message.value || null,
          rrule: rule.written(repeats.value, DAYS.filter((each) => sheet.elements[each].checked), sheet.elements.last.value, sheet.elements.rrule.value),
        };
        const all = path("/api/entries", this.#id, "absences");
        if (absence.id) await ask("PUT", path(all, absence.id), sent);
        else await ask("POST", all, sent);
        close();
        await this.#read();
      },
      [make("button.plain", { type: "button", onclick: close }, say("cancel"))],
    );
    this.place.replaceChildren(sheet);
    this.note.replaceChildren();
    this.add.hidden = true;
    this.month.choose(from.slice(0, 10), (until ?? from).slice(0, 10));
    name.focus();
  }
}

customElements.define("k-plan", Plan);
