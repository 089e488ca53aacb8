/** `npm start`: the page and the backend of the examples, on one origin. */
import { createBackend, isBackendPath } from "@lockstep/example-backend";
import { serve } from "@lockstep/example-backend/serve";
import { readPage } from "./page-files.ts";

const backend = await createBackend();
const page = await readPage();

const url = await serve(async (request) => {
  const { pathname } = new URL(request.url);
  return isBackendPath(pathname) ? backend(request) : page(request);
}, 5180);

console.log(`Open ${url} and sign in as Ada or Grace (password: demo). Stop with Ctrl+C.`);
