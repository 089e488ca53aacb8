/** A test session that somebody is signed in to. */
import { createTestSession, type TestSession, type TestSessionOptions } from "@lockstep/testing";

export const ada = { id: "ada", name: "Ada" };

export async function signedIn(options: TestSessionOptions = {}): Promise<TestSession> {
  const test = createTestSession({ user: ada, ...options });
  await test.session.ready();
  return test;
}
