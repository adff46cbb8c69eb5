// The shared worker: one stream, whoever listens. A tab that comes later is told first what there is.

import { Stream } from "./stream.js";

const LINGER = 5_000; // a page that is loaded anew leaves and comes back

const ports = new Set();
let entries = null;
let [version, live, state, ahead, stream, leaving] = [0, true, "loading", 0, null, null];

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data: wish }) => {
    if (wish === "join") join(port);
    else if (wish === "anew") begin(port);
    else if (wish === "leave") leave(port);
    else if (wish === "hurry") stream?.hurry();
  };
};

function join(port) {
  if (!stream || state === "refused") return begin(port);
  ports.add(port);
  clearTimeout(leaving);
  port.postMessage(["clock", ahead]);
  if (entries) {
    port.postMessage(["snapshot", { version, entries: [...entries.values()] }]);
    port.postMessage(["calls", { live }]);
  }
  port.postMessage(["state", state]);
}

function leave(port) {
  ports.delete(port);
  if (!ports.size) leaving = setTimeout(end, LINGER);
}

function begin(port) {
  ports.add(port);
  clearTimeout(leaving);
  end();
  [state, entries] = ["loading", null];
  stream = new Stream("/api/events", told);
}

function end() {
  stream?.end();
  stream = null;
}

function told(kind, data) {
  if (kind === "snapshot") {
    entries = new Map(data.entries.map((entry) => [entry.id, entry]));
    version = data.version;
  } else if (kind === "entry") entries?.set(data.id, data);
  else if (kind === "removed") entries?.delete(data.id);
  else if (kind === "calls") live = data.live;
  else if (kind === "clock") ahead = data;
  else if (kind === "state") {
    if (data === state) return;
    state = data;
    if (state === "refused") entries = null; // the next to log in may see less
  }
  for (const port of ports) port.postMessage([kind, data]);
}
