// Runs before the SDK: notes what the page does, and gives it the clock that the test asks for.
"use strict";
{
  const query = new URLSearchParams(location.search);
  const realNow = Date.now.bind(Date);
  const store = (name, value) => Object.defineProperty(window, name, { value, writable: true });
  store("options", JSON.parse(query.get("options") ?? "{}"));
  store("inspected", []);
  store("changes", []);
  store("rejections", []);
  store("caught", []);
  store("violations", []);
  store("clockOffsetMs", Number(query.get("clock") ?? 0));
  if (query.has("clock")) Date.now = () => realNow() + window.clockOffsetMs;

  // A sibling that is asked for its token has 0.4 s to answer before a tab refreshes for itself. The pages of a test share two
  // cores with their browser and their server: here it has ten times that, so that who asks whom is counted, not who is slow.
  const { setTimeout: wait } = window;
  window.setTimeout = (handler, delay, ...rest) => wait(handler, delay === 400 ? 4_000 : delay, ...rest);

  const seen = new WeakSet();
  const describe = (error) => {
    if (typeof error !== "object" || error === null) return String(error);
    if (seen.has(error)) return "…";
    seen.add(error);
    const members = Object.fromEntries(
      Object.getOwnPropertyNames(error).map((key) => [
        key,
        key === "cause" ? describe(error.cause) : String(error[key]),
      ]),
    );
    return JSON.stringify({ text: String(error), json: JSON.stringify(error), members });
  };
  const note = (error) => window.caught.push(describe(error));
  store("note", note);

  window.addEventListener("unhandledrejection", ({ reason }) => {
    window.rejections.push(String(reason));
    note(reason);
  });
  window.addEventListener("error", ({ error }) => note(error));
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    window.violations.push(`${violatedDirective} ${blockedURI} ${sample}`),
  );

  store("outcome", async (promise) => {
    try {
      return { ok: true, value: await promise };
    } catch (error) {
      note(error);
      const { name, code, reason, status, retryAfterMs, message } = error ?? {};
      return { ok: false, name, code, reason, status, retryAfterMs, message: String(message) };
    }
  });
}
