/**
 * Looks for secrets wherever a page can leave them (L5, scenario 36). Runs after every test, and is itself tested:
 * `specs/no-token-in-sight.spec.ts` plants one in each place.
 */
import type { BrowserContext, Page } from "@playwright/test";
import type { SecretPiece } from "./secrets.js";

/** What one place holds, as text. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** Runs in the page: everything that outlives a call, as text. A place that cannot be read holds nothing. */
async function collect(): Promise<Place[]> {
  const places: Place[] = [];
  const look = async (name: string, read: () => unknown): Promise<void> => {
    try {
      const value = await read();
      places.push({ name, text: typeof value === "string" ? value : (JSON.stringify(value) ?? "") });
    } catch {
      // Blocked in this test.
    }
  };
  const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
    new Promise((resolve, reject) => {
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => reject(new Error(request.error?.message)));
    });
  const readDatabases = async (): Promise<unknown> => {
    const contents: unknown[] = [];
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const rows = database.transaction(store).objectStore(store);
        contents.push(name, store, await settled(rows.getAll()), await settled(rows.getAllKeys()));
      }
      database.close();
    }
    return contents;
  };
  const readCaches = async (): Promise<unknown> => {
    const contents: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys())
        contents.push(request.url, (await (await cache.match(request))?.text()) ?? "");
    }
    return contents;
  };
  const entries = (storage: Storage): unknown =>
    Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "").map((key) => [
      key,
      storage.getItem(key),
    ]);

  await look("localStorage", () => entries(localStorage));
  await look("sessionStorage", () => entries(sessionStorage));
  await look("IndexedDB", readDatabases);
  await look("Cache API", readCaches);
  await look("document.cookie", () => document.cookie);
  await look("location", () => location.href);
  await look("performance entries", () => performance.getEntries().map(({ name }) => name));
  await look("DOM", () => document.documentElement.outerHTML);
  await look("window.name", () => window.name);
  await look("history.state", () => history.state as unknown);
  await look("snapshot", () => window.session.getSnapshot());
  await look("session", () => [
    window.session,
    Object.entries(window.session).map(([key, value]) => `${key}${String(value)}`),
  ]);
  await look("changes", () => window.changes);
  await look("inspection events", () => window.inspected);
  await look("errors", () => [window.caught, window.rejections]);
  return places;
}

const collectLimitMs = 5_000;

/** Collects what an open page holds; nothing of one that is crashed or frozen. */
export async function collectPlaces(page: Page): Promise<readonly Place[]> {
  if (page.isClosed()) return [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Place[]>((resolve) => (timer = setTimeout(() => resolve([]), collectLimitMs)));
  const places = page.evaluate(collect).catch(() => []);
  const found = await Promise.race([places, late]);
  clearTimeout(timer);
  if (found.length === 0 || page.context().browser()?.browserType().name() !== "chromium") return found;
  const devtools = await page.context().newCDPSession(page);
  const { entries } = await devtools.send("Page.getNavigationHistory");
  await devtools.detach();
  return [...found, { name: "history", text: JSON.stringify(entries.map(({ url }) => url)) }];
}

/** Cookies, also those that scripts cannot see: one place each. */
export async function collectCookies(context: BrowserContext): Promise<readonly Place[]> {
  const cookies = await context.cookies();
  return cookies.map(({ name, value, httpOnly }) => ({
    name: `${httpOnly ? "HttpOnly " : ""}cookie ${name}`,
    text: value,
  }));
}

/** The one place that is for a secret: the refresh token's own cookie. */
const isItsPlace = ({ name }: Place, { kind }: SecretPiece): boolean =>
  kind === "refresh token" && /^HttpOnly cookie (__Host-)?lockstep$/.test(name);

/** Which secrets are where they must not be. */
export function findSecrets(places: readonly Place[], pieces: readonly SecretPiece[]): readonly string[] {
  return places.flatMap((place) =>
    pieces
      .filter((piece) => !isItsPlace(place, piece) && place.text.includes(piece.text))
      .map(({ kind }) => `${kind} in ${place.name}`),
  );
}
