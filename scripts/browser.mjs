/**
 * Finds the browsers that the tests and the demo run in, and fetches one where there is none.
 *
 * Promises: returns the environment in which the tests find an executable that starts, or throws an Error that names the
 * remedy. A browser named by an environment variable is taken or refused, never replaced.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installWithApt } from "./apt-get.mjs";
import { run, runNode } from "./command.mjs";
import { tool } from "./workspace.mjs";

/**
 * @typedef {object} Program
 * @property {string} name as people say it
 * @property {string} variable of the environment: names one to take
 * @property {() => readonly string[]} places where the system keeps it
 * @property {readonly string[]} packages Debian's
 * @property {() => Promise<string>} [download] gets Playwright's own; its path, whether or not it is there
 */

/** @type {Program} */
const chromiumProgram = {
  name: "Chromium",
  variable: "CHROMIUM_BIN",
  places: () => [
    ...applications("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium"),
    ...programFiles(join("Google", "Chrome", "Application", "chrome.exe")),
    ...unixPlaces("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
  ],
  packages: ["chromium", "fonts-dejavu-core"],
  download: playwrightChromium,
};

/** The programs behind each engine. Playwright's own Firefox and WebKit are not what people have. */
const engines = {
  chromium: [chromiumProgram],
  firefox: [
    /** @type {Program} */ ({
      name: "Firefox",
      variable: "FIREFOX_BIN",
      places: () => [
        ...applications("Firefox.app/Contents/MacOS/firefox"),
        ...programFiles(join("Mozilla Firefox", "firefox.exe")),
        ...unixPlaces("firefox-esr", "firefox"),
      ],
      packages: ["firefox-esr"],
    }),
  ],
  webkit: [
    /** @type {Program} */ ({
      name: "WebKitWebDriver",
      variable: "WEBKIT_DRIVER_BIN",
      places: () => unixPlaces("WebKitWebDriver"),
      packages: ["webkit2gtk-driver"],
    }),
    /** @type {Program} */ ({
      name: "Xvfb",
      variable: "XVFB_BIN",
      places: () => unixPlaces("Xvfb"),
      packages: ["xvfb"],
    }),
  ],
};

/** @typedef {keyof typeof engines} Engine */

export const engineNames = /** @type {Engine[]} */ (Object.keys(engines));

/** @returns {Promise<string>} path of a Chromium or Chrome executable */
export function findOrInstallChromium() {
  return findOrInstall(chromiumProgram);
}

/**
 * @param {Engine} engine
 * @returns {Promise<Record<string, string>>} the environment that names its programs
 */
export async function findOrInstallEngine(engine) {
  /** @type {Record<string, string>} */
  const environment = {};
  for (const program of engines[engine]) {
    // One after the other: two installations at once would wait for each other.
    environment[program.variable] = await findOrInstall(program);
  }
  return environment;
}

/** @param {Program} program */
async function findOrInstall(program) {
  const { variable } = program;
  const named = process.env[variable];
  if (named !== undefined && named !== "") {
    if (await starts(named)) {
      return named;
    }
    throw new Error(
      `${variable} is ${named}, which does not start. Correct it, or unset it to have one found.`,
    );
  }
  return (
    (await firstThatStarts(program.places())) ??
    ((await installWithApt(program.name, program.packages))
      ? await firstThatStarts(program.places())
      : null) ??
    (await download(program))
  );
}

/** @param {...string} paths within the folder of applications */
function applications(...paths) {
  if (process.platform !== "darwin") {
    return [];
  }
  const folders = ["/Applications", join(process.env["HOME"] ?? "", "Applications")];
  return folders.flatMap((folder) => paths.map((path) => join(folder, path)));
}

/** @param {string} path */
function programFiles(path) {
  const { LOCALAPPDATA = "", PROGRAMFILES = "", "PROGRAMFILES(X86)": programFiles32 = "" } = process.env;
  const folders = process.platform === "win32" ? [PROGRAMFILES, programFiles32, LOCALAPPDATA] : [];
  return folders.filter((folder) => folder !== "").map((folder) => join(folder, path));
}

/** @param {...string} names */
function unixPlaces(...names) {
  return process.platform === "win32" ? [] : names.map((name) => `/usr/bin/${name}`);
}

/** @param {readonly string[]} places */
async function firstThatStarts(places) {
  for (const place of places) {
    // One after the other: the first one that starts is enough.
    if (await starts(place)) {
      return place;
    }
  }
  return null;
}

/**
 * Ubuntu's /usr/bin/chromium-browser can be a script that only says where to get one: being there is not enough.
 *
 * @param {string} executable
 */
async function starts(executable) {
  if (!existsSync(executable)) {
    return false;
  }
  // On Windows `--version` opens a window instead of printing. WebKitWebDriver and Xvfb do not know the word.
  const canTell = process.platform !== "win32" && !/Xvfb$|WebDriver$/.test(executable);
  return !canTell || (await run(executable, ["--version"])).ok;
}

/** @param {Program} program */
async function download({ name, variable, packages, download }) {
  const place = await download?.();
  if (place !== undefined && (await starts(place))) {
    return place;
  }
  throw new Error(
    `No ${name} was found and none could be installed. Install it with the system's package manager ` +
      `(Debian, as root: apt-get install ${packages[0]}), or set ${variable} to the path of one.`,
  );
}

async function playwrightChromium() {
  const { chromium } = await import("@playwright/test");
  const place = chromium.executablePath();
  if (!existsSync(place)) {
    console.log("Downloading Chromium with Playwright: about a minute.");
    await runNode(tool("@playwright/test", "playwright"), ["install", "chromium"], { show: true });
  }
  return place;
}
