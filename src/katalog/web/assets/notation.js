// The notations in which a number, or a part of one, is looked for: the same rules as domain/dialling.py.

/**
 * The digits of a number, or of the beginning of one, as written; and with `+` and country code, if it has such a form:
 * "070-123" in Sweden gives 070123 and +4670123. `country` has `calling`, `trunk` and `international`.
 */
export function formsOf(number, { calling, trunk, international }) {
  const digits = number.replace(/[^0-9]+/g, "");
  if (!digits) return [];
  const meant = number.includes("(") ? number.replaceAll("(0)", "").replace(/[^0-9]+/g, "") : digits;
  if (number.includes("+")) return [digits, `+${meant}`];
  if (meant.startsWith(international)) return [digits, `+${meant.slice(international.length)}`];
  if (trunk && digits.startsWith(trunk)) return [digits, `+${calling}${digits.slice(trunk.length)}`];
  return [digits];
}

/** The form by which a whole number is known: that with the country code, else the digits. */
export function wholeOf(number, country) {
  return formsOf(number, country).at(-1);
}
