/** Messages of the test between tabs: whoever hears one has heard all that was sent before it. */

const channel = new BroadcastChannel("marker");

export const heard = new Set<string>();

channel.addEventListener("message", ({ data }) => heard.add(`channel ${data}`));
addEventListener("storage", ({ key, newValue }) => {
  if (key === "marker") heard.add(`storage ${newValue}`);
});

/** Goes both ways that the libraries use. */
export function mark(name: string): void {
  channel.postMessage(name);
  localStorage.setItem("marker", name);
}
