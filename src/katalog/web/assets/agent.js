// What people call what a browser calls itself (User-Agent).

const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
const SYSTEMS = [["Windows", "Windows"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Mac OS", "macOS"], ["Linux", "Linux"]];

/** "Firefox · Windows"; of what is no browser that is known, what it says. */
export function browser(agent) {
  const [, name] = BROWSERS.find(([sign]) => agent.includes(sign)) ?? [];
  const [, system] = SYSTEMS.find(([sign]) => agent.includes(sign)) ?? [];
  return [name, system].filter(Boolean).join(" · ") || agent || "–";
}
