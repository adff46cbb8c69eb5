// What is looked at: the page, and of the directory the search, the filters and the open card. It is the address, so
// that a view can be bookmarked.

const KEYS = { query: "q", department: "department", shown: "show", open: "open" };
export const SHOWN = ["available", "absent", "oncall"];

/** Fires `changed` when any of it is another. `page` is a path such as "/" or "/profile". */
export class View extends EventTarget {
  constructor() {
    super();
    this.#read();
    addEventListener("popstate", () => {
      this.#read();
      this.dispatchEvent(new Event("changed"));
    });
    // A link to another page of ours is a step in here, not a new document.
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[data-page]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.go(link.getAttribute("href"));
    });
  }

  #read() {
    const asked = new URLSearchParams(location.search);
    this.page = location.pathname;
    for (const [name, key] of Object.entries(KEYS)) this[name] = asked.get(key) ?? "";
    if (!SHOWN.includes(this.shown)) this.shown = "";
  }

  /** Another page. */
  go(address) {
    history.pushState(null, "", address);
    this.#read();
    this.dispatchEvent(new Event("changed"));
  }

  /** Some of it is another now; opening and closing a card are steps that the browser's Back undoes. */
  set(changes) {
    const step = "open" in changes && changes.open !== this.open;
    Object.assign(this, changes);
    const address = new URL(location.href);
    address.hash = "";
    for (const [name, key] of Object.entries(KEYS)) {
      if (this[name]) address.searchParams.set(key, this[name]);
      else address.searchParams.delete(key);
    }
    history[step ? "pushState" : "replaceState"](null, "", address);
    this.dispatchEvent(new Event("changed"));
  }
}
