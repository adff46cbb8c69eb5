// Objects in an order that stays while one of them is another.

export class Ordered {
  items;
  changes = 0;
  #compare;

  /** `compare` tells any two objects with different ids apart. */
  constructor(compare, items = []) {
    this.#compare = compare;
    this.items = [...items].sort(compare);
  }

  /** `item` is new, or comes in the place of `before`. */
  put(item, before) {
    this.changes += 1;
    if (before && this.#compare(before, item) === 0) {
      this.items[this.#place(before)] = item;
      return;
    }
    if (before) this.remove(before);
    this.items.splice(this.#place(item), 0, item);
  }

  remove(item) {
    this.changes += 1;
    this.items.splice(this.#place(item), 1);
  }

  /** Where an object is, or would be. */
  #place(item) {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.items[middle], item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
