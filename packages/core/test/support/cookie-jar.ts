/** Cookies and storage of the page under test. */

/** Forgets every cookie and all storage. */
export function clearJar(): void {
  for (const pair of document.cookie.split("; "))
    document.cookie = `${pair.split("=")[0]}=; Path=/; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT`;
  localStorage.clear();
}

export interface JarTrouble {
  /** What the page's scripts read; default: the page's own cookies. */
  readonly read?: () => string;
  /** What happens to a cookie that is written; default: it is kept. */
  readonly write?: (cookie: string) => void;
}

/** Puts `trouble` between the page's scripts and its cookies; returns the way back. */
export function replaceCookies({ read, write }: JarTrouble): () => void {
  // Where the runner's document has its cookies.
  const jar = (): object => Object.getPrototypeOf(Document.prototype) as object;
  Object.defineProperty(Document.prototype, "cookie", {
    configurable: true,
    get: () => (read === undefined ? (Reflect.get(jar(), "cookie", document) as string) : read()),
    set(cookie: string) {
      if (write === undefined) Reflect.set(jar(), "cookie", cookie, document);
      else write(cookie);
    },
  });
  return () => void Reflect.deleteProperty(Document.prototype, "cookie");
}
