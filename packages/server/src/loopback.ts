/**
 * Tells whether a host name never leaves the machine.
 *
 * @param hostname as `URL.hostname` gives it: lower case, IPv6 in brackets
 * @see RFC 6761 section 6.3 (localhost)
 */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "127.0.0.1" ||
    hostname === "[::1]"
  );
}
