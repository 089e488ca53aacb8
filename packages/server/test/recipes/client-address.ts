/** Where a request came from: the framework knows it, a `Request` has no room for it. */
const addresses = new WeakMap<Request, string>();

/** Keeps the address with its request. @returns The request. */
export function from(address: string | undefined, request: Request): Request {
  if (address !== undefined) addresses.set(request, address);
  return request;
}

/** For `createSessionServer({ clientAddress })`. */
export const clientAddress = (request: Request): string | undefined => addresses.get(request);
