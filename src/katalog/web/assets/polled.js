// An element of what no event tells of: it asks the server again and again for as long as it is seen.

/** `read` is called when it is shown, and every `PERIOD` milliseconds from then on. */
export class Polled extends HTMLElement {
  static PERIOD = 5000;
  #timer = null;
  #told = "";

  build() {}

  /** Whether this is another than what was shown last. What is not drawn anew can be pressed and read meanwhile. */
  isOther(data) {
    const told = JSON.stringify(data);
    const before = this.#told;
    this.#told = told;
    return told !== before;
  }

  connectedCallback() {
    this.#told = "";
    this.build();
    this.read();
    this.#timer = setInterval(() => this.read(), this.constructor.PERIOD);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }
}
