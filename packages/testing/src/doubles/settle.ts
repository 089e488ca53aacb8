/** Waiting for what is under way, without waiting for time. */

/** Longer than any chain of promises in a session. */
const microtasks = 1_000;

/** Comes after all microtasks, and fake timers of test runners leave it alone. */
async function messageToOurselves(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port2.addEventListener("message", () => resolve(), { once: true });
    port2.start();
    port1.postMessage(null);
  });
  port1.close();
}

/**
 * Resolves when every promise that can go on has gone on. Where a test environment hides `MessageChannel`, as jsdom does in
 * jest, it waits for a thousand microtasks instead.
 */
export async function settle(): Promise<void> {
  if (typeof MessageChannel === "function") return messageToOurselves();
  for (let turn = 0; turn < microtasks; turn += 1) await Promise.resolve();
}
