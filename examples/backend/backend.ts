/** What the examples sign in to: two accounts, a session, and a list of notes for each of them. All of it in memory. */
import {
  createMemoryStore,
  createSessionServer,
  generateSigningKey,
  type SecurityEvent,
} from "@lockstep/server";
import { Hono } from "hono";

export interface BackendOptions {
  /** Of access tokens, in seconds. Default 60: short, so that one can watch them being replaced. */
  readonly lifetimeSeconds?: number;
  /** How long the refresh token just replaced is forgiven, in seconds. Default 0: not at all. */
  readonly graceSeconds?: number;
  /** `iss` of access tokens. Default `http://localhost`. */
  readonly issuer?: string;
  /** Receives the security log. */
  readonly onEvent?: (event: SecurityEvent) => void;
}

/** A fetch-standard handler: it runs wherever requests are `Request` and answers are `Response`. */
export type Backend = (request: Request) => Promise<Response>;

type User = { readonly id: string; readonly name: string };
type Note = { readonly id: string; readonly text: string };

const users: readonly User[] = [
  { id: "ada", name: "Ada" },
  { id: "grace", name: "Grace" },
];
/** Printed on the page: these accounts are for trying out. */
const password = "demo";

const longestText = 200;
const mostNotes = 50;

function createNotes(): Map<string, Note[]> {
  const first = (text: string): Note[] => [{ id: crypto.randomUUID(), text }];
  return new Map([
    ["ada", first("The engine weaves algebraic patterns.")],
    ["grace", first("A ship in port is safe; that is not what ships are for.")],
  ]);
}

async function readText(request: { json(): Promise<unknown> }): Promise<string | null> {
  const body = await request.json().catch(() => null);
  const text = typeof body === "object" && body !== null && "text" in body ? body.text : null;
  return typeof text === "string" && text.trim() !== "" && text.length <= longestText ? text.trim() : null;
}

/** Whether a path is the backend's, and not one of the page's files. */
export function isBackendPath(path: string): boolean {
  return /^\/(session|sign-in|api)(\/|$)/.test(path);
}

/** Creates a backend with its own accounts, sessions and notes. */
export async function createBackend(options: BackendOptions = {}): Promise<Backend> {
  const { lifetimeSeconds = 60, graceSeconds = 0, issuer = "http://localhost", onEvent } = options;
  const sessions = createSessionServer({
    store: createMemoryStore(),
    issuer,
    audience: `${issuer}/api`,
    signingKeys: [await generateSigningKey()],
    accessTokenLifetimeSeconds: lifetimeSeconds,
    graceSeconds,
    onEvent,
    // Allows http://localhost. In production: https, and this line is not there.
    development: true,
  });
  const notesOf = createNotes();
  const app = new Hono<{ Variables: { userId: string; notes: Note[] } }>();

  app.all("/session/*", ({ req }) => sessions.handler(req.raw));

  app.post("/sign-in", async ({ req, json }) => {
    const form = await req.parseBody();
    const user = users.find(({ id, name }) => form["name"] === name || form["name"] === id);
    if (user === undefined || form["password"] !== password)
      return json({ message: "Wrong name or password." }, 403);
    return sessions.start(req.raw, { userId: user.id, user });
  });

  app.use("/api/*", async (context, next) => {
    // Asked of the store each time: a token of a session that has ended is refused at once.
    const check = await sessions.verify(context.req.raw, { checkRevocation: true });
    if (!check.ok) return check.response;
    const { userId } = check.session;
    context.set("userId", userId);
    context.set("notes", notesOf.get(userId) ?? []);
    return next();
  });

  app.get("/api/notes", ({ json, var: { notes } }) => json(notes));

  app.post("/api/notes", async ({ req, json, var: { userId, notes } }) => {
    const text = await readText(req);
    if (text === null) return json({ message: `A note has 1 to ${longestText} characters.` }, 400);
    const note = { id: crypto.randomUUID(), text };
    notesOf.set(userId, [note, ...notes].slice(0, mostNotes));
    return json(note, 201);
  });

  app.put("/api/notes/:id", async ({ req, json, var: { userId, notes } }) => {
    const text = await readText(req);
    if (text === null) return json({ message: `A note has 1 to ${longestText} characters.` }, 400);
    const note = { id: req.param("id"), text };
    if (!notes.some(({ id }) => id === note.id)) return json({ message: "There is no such note." }, 404);
    notesOf.set(
      userId,
      notes.map((old) => (old.id === note.id ? note : old)),
    );
    return json(note);
  });

  return async (request) => app.fetch(request);
}
