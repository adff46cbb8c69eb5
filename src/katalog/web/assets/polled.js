// An element of what no event tells of: it asks the server again and again for as long as it is seen.

/** `read` is called when it is shown, and every `PERIOD` milliseconds from then on. */
export class Polled extends HTMLElement {
  static PERIOD = 5000;
  #timer = null;

  connectedCallback() {
    this.build();
    this.read();
    this.#timer = setInterval(() => this.read(), this.constructor.PERIOD);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }
}
