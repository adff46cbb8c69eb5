// The server is asked here: JSON there and back, refusals as a Problem in the reader's language.

import { language, say } from "./texts.js";

/** Why something was not done. `message` is for people; `field` what was at fault, "" if nothing by itself. */
export class Problem extends Error {
  constructor(status, message, field = "") {
    super(message);
    [this.status, this.field] = [status, field];
  }
}

export const LOGIN = "/api/auth/login";

/** `{ data, etag, headers }` of an answer. Throws Problem; status 0 is a server that is not reached. */
export async function ask(method, path, body, { etag, headers = {}, signal } = {}) {
  const sent = { "accept-language": language, ...headers };
  if (etag) sent["if-match"] = etag;
  const isJson = body !== undefined && !(body instanceof Blob) && !(body instanceof URLSearchParams);
  if (isJson) sent["content-type"] = "application/json";
  let response, data;
  try {
    response = await fetch(path, { method, headers: sent, body: isJson ? JSON.stringify(body) : body, signal });
    const isRead = response.headers.get("content-type")?.includes("json");
    data = isRead ? await response.json() : await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, say("unreachable")); // or cut short
  }
  if (response.ok) return { data, etag: response.headers.get("etag"), headers: response.headers };
  if (response.status === 401 && path !== LOGIN) dispatchEvent(new Event("katalog-refused"));
  throw new Problem(response.status, told(data) ?? say("wrong"), data?.field ?? "");
}

/** Waits for answers of which only the one to the last question counts: undefined for all before it, failed or not. */
export function latest() {
  let last = 0;
  return async (answer) => {
    const number = ++last;
    try {
      const found = await answer;
      return number === last ? found : undefined;
    } catch (problem) {
      if (number === last) throw problem;
    }
  };
}

/** "field: what is wrong with it" without the field, which stands beside it. */
function told(data) {
  if (!data?.message) return null;
  const { message, field } = data;
  if (!field || !message.startsWith(`${field}: `)) return message;
  const rest = message.slice(field.length + 2);
  return rest[0].toUpperCase() + rest.slice(1);
}

/** A path of parts that may hold anything: `path("/api/dial", number)`. */
export function path(begin, ...parts) {
  return [begin, ...parts.map(encodeURIComponent)].join("/");
}
