import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A database server that tests run against, and where people have it. */
export interface ServiceProgram {
  readonly name: string;
  /** Of the environment: names the one to take. */
  readonly variable: string;
  /** How to get it, for people. */
  readonly remedy: string;
  /** Where it is: what `variable` names, else what is found. `null` when there is none. */
  readonly find: () => string | null;
}

/** What the suites are called that need a program: a skipped test without this in its name is not excused. */
export const suiteOf = ({ name }: ServiceProgram): string => `on a ${name} server`;

const searchPath = (process.env["PATH"] ?? "").split(delimiter);

export const postgresProgram: ServiceProgram = {
  name: "PostgreSQL",
  variable: "POSTGRES_BIN",
  remedy: "install it (Debian: apt-get install postgresql), or set POSTGRES_BIN to the folder with initdb",
  find() {
    const folders = [
      ...globSync([
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
      ])
        .sort((left, right) => left.localeCompare(right, "en", { numeric: true }))
        .reverse(),
      ...searchPath,
    ];
    return named(this, isPostgresFolder) ?? folders.find(isPostgresFolder) ?? null;
  },
};

export const redisProgram: ServiceProgram = {
  name: "Redis",
  variable: "REDIS_SERVER_BIN",
  remedy:
    "install it (Debian: apt-get install redis-server), or set REDIS_SERVER_BIN to a redis-server or valkey-server",
  find() {
    const folders = [...searchPath, "/usr/bin", "/opt/homebrew/bin", "/usr/local/bin"];
    const places = ["redis-server", "valkey-server"].flatMap((name) =>
      folders.map((folder) => join(folder, name)),
    );
    return named(this, isExecutable) ?? places.find(isExecutable) ?? null;
  },
};

/** The place of a program that has to be there. */
export function placeOf(program: ServiceProgram): string {
  const place = program.find();
  if (place === null) throw new Error(`No ${program.name}: ${program.remedy}.`);
  return place;
}

function named({ name, variable }: ServiceProgram, fits: (place: string) => boolean): string | null {
  const place = process.env[variable] ?? "";
  if (place === "") return null;
  if (fits(place)) return place;
  throw new Error(
    `${variable} is ${place}, where there is no ${name}. Correct it, or unset it to have one found.`,
  );
}

function isPostgresFolder(folder: string): boolean {
  return ["initdb", "postgres"].every((name) => isExecutable(join(folder, name)));
}

function isExecutable(place: string): boolean {
  try {
    accessSync(place, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
