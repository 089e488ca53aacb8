/** The script-tag build's own part: a session from the tag's attributes, and a page that follows it without a line of code. */
import { createSession, type Session, type SessionOptions } from "./index.js";

/** Anything but these two is left for `createSession` to refuse, by name. */
function readBoolean(text: string): boolean {
  return text === "true" || (text === "false" ? false : (text as unknown as boolean));
}

/** The attributes of the tag, each of them an option of the same name: `data-share-token` is `shareToken`. */
function readOptions({ endpoint, audience, namespace, ...flags }: DOMStringMap): SessionOptions {
  const booleans: Record<string, boolean> = {};
  for (const name of ["shareToken", "keepFresh", "replayUnsafe"]) {
    const text = flags[name];
    if (text !== undefined) booleans[name] = readBoolean(text);
  }
  const { events } = flags;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(events === undefined ? {} : { events: events === "false" ? false : (events as "visible") }),
    ...(audience === undefined ? {} : { audience: audience.split(/\s+/).filter(Boolean) }),
    ...(namespace === undefined ? {} : { namespace }),
    ...booleans,
  };
}

/** Elements with `data-lockstep-show` are hidden unless the session has that status, those that are added later too. */
function showByStatus(session: Session): () => void {
  const show = (): void => {
    const { status } = session.getSnapshot();
    for (const element of document.querySelectorAll<HTMLElement>("[data-lockstep-show]"))
      element.hidden = element.dataset["lockstepShow"] !== status;
  };
  new MutationObserver(show).observe(document, {
    attributeFilter: ["data-lockstep-show"],
    childList: true,
    subtree: true,
  });
  return show;
}

/**
 * Makes the session that a script tag with `data-endpoint` asks for, and starts it when the page has been parsed: the
 * first `lockstep:change` comes after the page's own scripts began to listen. Its `detail` is the snapshot.
 *
 * @returns `null` for a tag without that attribute.
 * @throws {@link SessionError} `invalid-option`, naming the option and the remedy.
 */
export function startFromTag(tag: HTMLOrSVGScriptElement | null): Session | null {
  // An image by that name clobbers `document.currentScript`; it is no script.
  if (tag === null || !(tag instanceof HTMLScriptElement) || tag.dataset["endpoint"] === undefined)
    return null;
  const session = createSession(readOptions(tag.dataset));
  const show = showByStatus(session);
  session.subscribe((detail) => {
    show();
    document.dispatchEvent(new CustomEvent("lockstep:change", { detail }));
  });
  const start = (): void => {
    show();
    session.start();
  };
  if (document.readyState === "complete") start();
  else {
    document.addEventListener("DOMContentLoaded", start, { once: true });
    // For a tag that was added after that event.
    addEventListener("load", start, { once: true });
  }
  return session;
}
