/** Waiting for objects of the platform, which need a few turns of the event loop. */
export async function settleSlowly(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 15));
}
