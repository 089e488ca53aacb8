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
