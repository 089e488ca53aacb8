/** What this page sends to session endpoints, and whether all of it was answered. Imported before anything that sends. */

export const requests = { sent: 0, answered: 0 };

function isCounted(address: string): boolean {
  return /^\/(?:session|api\/auth)\//.test(new URL(address, location.href).pathname);
}

const realFetch = fetch.bind(globalThis);
const realBeacon = navigator.sendBeacon.bind(navigator);

globalThis.fetch = async (input, init) => {
  if (!isCounted(input instanceof Request ? input.url : String(input))) return realFetch(input, init);
  requests.sent += 1;
  try {
    const response = await realFetch(input, init);
    await response.clone().arrayBuffer();
    return response;
  } finally {
    requests.answered += 1;
  }
};

navigator.sendBeacon = (address, body) => {
  if (isCounted(String(address))) {
    requests.sent += 1;
    requests.answered += 1;
  }
  return realBeacon(address, body);
};
