/** Waiting for what is under way, without waiting for time. */

/**
 * Resolves when every promise that can go on has gone on. A message to ourselves: it comes after all microtasks, and
 * fake timers of test runners leave it alone.
 */
export async function settle(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port2.addEventListener("message", () => resolve(), { once: true });
    port2.start();
    port1.postMessage(null);
  });
  port1.close();
}
