// The application of the tests: one session, everything it tells written down.
import * as Lockstep from "./core.js";

window.Lockstep = Lockstep;
window.newSession = (options = window.options) => {
  const session = Lockstep.createSession({ ...options, ...window.moreOptions });
  session.inspect((event) => window.inspected.push(event));
  session.subscribe((snapshot) => window.changes.push(snapshot));
  return session;
};
window.session = window.newSession();
window.startedAt = performance.now();
if (new URLSearchParams(location.search).get("start") !== "no") window.session.start();
window.loaded = true;
