// One stream for all tabs: a shared worker holds it, and tells each tab what the server tells. Where a browser has no
// shared workers, each tab has a stream of its own.

import { Stream } from "./stream.js";

const WORKER = new URL("worker.js", import.meta.url);
// Trusted Types let no other script be run.
const policy = globalThis.trustedTypes?.createPolicy("katalog", { createScriptURL: () => String(WORKER) });

/** Whatever is told goes to `directory`. `anew`: somebody else has logged in, and may see more or less. */
export function follow(directory, { anew = false } = {}) {
  const told = (kind, data) => directory.take(kind, data);
  const hurry = "SharedWorker" in globalThis ? shared(told, anew) : alone(told);
  addEventListener("online", hurry);
  addEventListener("offline", () => told("state", "lost"));
  document.addEventListener("visibilitychange", () => document.hidden || hurry());
}

function shared(told, anew) {
  const { port } = new SharedWorker(policy ? policy.createScriptURL("") : WORKER, { type: "module", name: "katalog" });
  port.onmessage = ({ data: [kind, data] }) => told(kind, data);
  port.postMessage(anew ? "anew" : "join");
  addEventListener("pagehide", () => port.postMessage("leave"));
  addEventListener("pageshow", (event) => event.persisted && port.postMessage("join"));
  return () => port.postMessage("hurry");
}

function alone(told) {
  const stream = new Stream("/api/events", told);
  return () => stream.hurry();
}

/** Whether the server has other files by now than those that this page is made of: it was upgraded meanwhile. */
export async function isOutdated() {
  try {
    return (await fetch(import.meta.url, { method: "HEAD", cache: "no-store" })).status === 404;
  } catch {
    return false;
  }
}
