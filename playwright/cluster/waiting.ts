/** Waiting for what cannot be watched for. */

export const pause = async (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms));

/** For what hangs: the machine may be busy. */
export const patient = { intervals: [50], timeout: 60_000 };

/** Tries until it works, as whoever wants it would; the last error if that takes longer than a minute. */
export async function untilItWorks<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const from = Date.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() - from > patient.timeout) throw error;
      await pause(200);
    }
  }
}
