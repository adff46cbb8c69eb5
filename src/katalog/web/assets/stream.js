// The directory as the server tells it (`GET /api/events`), for as long as it is wanted: Server-Sent Events by fetch,
// as an EventSource tells neither that it is refused (401) nor that nothing comes.

const SILENCE = 40_000; // the server says something every 15 s
const SHORTEST = 500;
const LONGEST = 15_000;
const KEPT = 2_000; // a server makes its `Date` each second, a busy one later

/**
 * `told` is called with `(kind, data)` of each event, and with what is found out beside: "state" of the link, "live",
 * "lost" or "refused" (nobody is logged in; then it is over), and "clock", milliseconds by which the server's is ahead.
 */
export class Stream {
  #address;
  #told;
  #last = "";
  #ended = false;
  #wait = SHORTEST;
  #abort = null;
  #retry = null;

  constructor(address, told) {
    [this.#address, this.#told] = [address, told];
    this.#run();
  }

  /** Try now rather than later: the network is back, or somebody looks. */
  hurry() {
    this.#wait = SHORTEST;
    this.#retry?.();
  }

  end() {
    this.#ended = true;
    this.#abort?.abort();
    this.#retry?.();
  }

  async #run() {
    while (!this.#ended) {
      try {
        await this.#once();
      } catch {
        // Whatever it was: it is lost, and tried again.
      }
      if (this.#ended) return;
      this.#told("state", "lost");
      await new Promise((retry) => {
        this.#retry = retry;
        setTimeout(retry, this.#wait * (0.5 + Math.random() / 2));
      });
      this.#wait = Math.min(LONGEST, this.#wait * 2);
    }
  }

  async #once() {
    this.#abort = new AbortController();
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => this.#abort.abort(), SILENCE);
    };
    listen();
    try {
      const headers = this.#last ? { "Last-Event-ID": this.#last } : {};
      const asked = Date.now();
      const response = await fetch(this.#address, { headers, signal: this.#abort.signal, cache: "no-store" });
      if (response.status === 401) {
        this.#ended = true;
        this.#told("state", "refused");
        return;
      }
      if (!response.ok) return;
      const clock = Date.parse(response.headers.get("date"));
      if (clock) this.#told("clock", ahead(clock, asked, Date.now()));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let parts = []; // of a frame that goes on: a snapshot of thousands comes in many
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        listen();
        this.#wait = SHORTEST;
        const isOver = read.value.includes("\n\n") || (read.value[0] === "\n" && parts.at(-1)?.endsWith("\n"));
        parts.push(read.value);
        if (!isOver) continue;
        const frames = parts.join("").split("\n\n");
        parts = [frames.pop()];
        for (const frame of frames) this.#take(frame);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  #take(frame) {
    let kind = "", id = "";
    const data = [];
    for (const line of frame.split("\n")) {
      const [, field, value] = /^(event|data|id): ?(.*)$/.exec(line) ?? [];
      if (field === "event") kind = value;
      else if (field === "data") data.push(value);
      else if (field === "id") id = value;
    }
    if (data.length) this.#told(kind, JSON.parse(data.join("\n")));
    if (id) this.#last = id;
    this.#told("state", "live");
  }
}

/**
 * Milliseconds by which the server's clock is ahead of this one, as far as it is known: it said `clock`, a whole second,
 * between two moments of this one. As long as both may be right, both are.
 */
function ahead(clock, asked, answered) {
  const [least, most] = [clock - answered, clock + 1000 + KEPT - asked];
  return least <= 0 && most >= 0 ? 0 : Math.round((least + most) / 2);
}
