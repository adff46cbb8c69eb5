// Forms: fields with their names, and what the server has against them beside what caused it.

import { make, put } from "./dom.js";
import { say } from "./texts.js";

const PATIENCE = 6000; // milliseconds in which a question waits for its answer

/** A field of a form: `input` is named as the server names it in a Problem. */
export function field(label, input, hint = "") {
  const name = input.getAttribute("name");
  const wrong = make("span.wrong", { id: `wrong-${name}-${field.count++}` });
  const explained = hint ? make("span.hint", { id: `hint-${name}-${field.count}` }, hint) : null;
  input.setAttribute("aria-describedby", [wrong.id, explained?.id].filter(Boolean).join(" "));
  return make("label.field", { "data-field": name }, label, input, explained, wrong);
}
field.count = 0;

/** A text that is there to be copied. */
export function copied(label, value) {
  const input = make("input", { readonly: true, value, "aria-label": label, onfocus: () => input.select() });
  return input;
}

/** A box to tick, with its words after it. */
export function tick(name, label, checked = false) {
  return make("label.tick", {}, make("input", { type: "checkbox", name, checked }), " ", label);
}

/** `choices` are [value, words]. */
export function select(name, choices, value = "") {
  const element = make("select", { name }, choices.map(([each, words]) => make("option", { value: each }, words)));
  element.value = value;
  return element;
}

/**
 * A form that does something when it is sent: `send` is called with it, and may throw a Problem, which is shown beside
 * its field; what was typed stays. `actions` stand beside the button.
 */
export function form(what, fields, button, send, actions = []) {
  const wrong = make("p.wrong.general", { role: "alert" });
  const sending = make("button.main", {}, button);
  const element = make(
    what,
    {
      novalidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        sending.disabled = true;
        clear(element);
        try {
          await send(element, event.submitter);
        } catch (problem) {
          if (problem.status === undefined) throw problem;
          complain(element, problem);
        } finally {
          sending.disabled = false;
        }
      },
    },
    fields,
    wrong,
    make("div.actions", {}, sending, actions),
  );
  return element;
}

/** Shows a Problem beside the field that it names, else at the end of the form. */
export function complain(element, problem) {
  const place = problem.field ? element.querySelector(`[data-field="${CSS.escape(problem.field)}"]`) : null;
  if (!place) return put(element.querySelector(".general"), problem.field ? `${problem.field}: ${problem.message}` : problem.message);
  put(place.querySelector(".wrong"), problem.message);
  const input = place.querySelector("input, select, textarea");
  input.setAttribute("aria-invalid", "true");
  input.focus();
}

export function clear(element) {
  for (const each of element.querySelectorAll(".wrong")) put(each, "");
  for (const each of element.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
}

/** A button that does something which may be refused: the reason stands in `place`. */
export function doing(what, properties, label, act, place) {
  const button = make(what, { type: "button", ...properties, onclick: () => attempt(button, act, place) }, label);
  return button;
}

/** A button that asks once more before it does what cannot be undone. */
export function surely(label, act, place) {
  let timer;
  const calm = () => {
    clearTimeout(timer);
    button.classList.remove("asked");
    put(button, label);
  };
  const button = make("button.second.danger", {
    type: "button",
    onclick: async () => {
      if (button.classList.contains("asked")) {
        await attempt(button, act, place);
        return calm();
      }
      button.classList.add("asked");
      put(button, say("sure", label));
      timer = setTimeout(calm, PATIENCE);
    },
  }, label);
  return button;
}

async function attempt(button, act, place) {
  button.disabled = true;
  put(place, "");
  try {
    await act();
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    put(place, problem.message);
  } finally {
    button.disabled = false;
  }
}
