/**
 * Finds a Chromium for the browser tests and the demo, and fetches one where there is none.
 *
 * Promises: returns the path of an executable that starts, or throws an Error that names the remedy.
 * A browser named by the environment variable `CHROMIUM_BIN` is taken or refused, never replaced.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run, runNode } from "./command.mjs";
import { tool } from "./workspace.mjs";

/** @returns {Promise<string>} path of a Chromium or Chrome executable */
export async function findOrInstallChromium() {
  const named = process.env["CHROMIUM_BIN"];
  if (named !== undefined && named !== "") {
    if (await starts(named)) {
      return named;
    }
    throw new Error(
      `CHROMIUM_BIN is ${named}, which does not start. Correct it, or unset it to have one found.`,
    );
  }
  return (
    (await firstThatStarts(systemPlaces())) ??
    (await firstThatStarts([await playwrightPlace()])) ??
    (await installWithApt()) ??
    (await installWithPlaywright())
  );
}

/** @returns {string[]} */
function systemPlaces() {
  const {
    HOME = "",
    LOCALAPPDATA = "",
    PROGRAMFILES = "",
    "PROGRAMFILES(X86)": programFiles32 = "",
  } = process.env;
  if (process.platform === "darwin") {
    const apps = ["Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium"];
    return ["/Applications", join(HOME, "Applications")].flatMap((folder) =>
      apps.map((app) => join(folder, app)),
    );
  }
  if (process.platform === "win32") {
    const folders = [PROGRAMFILES, programFiles32, LOCALAPPDATA].filter((folder) => folder !== "");
    return folders.map((folder) => join(folder, "Google", "Chrome", "Application", "chrome.exe"));
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return names.map((name) => `/usr/bin/${name}`);
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
  // On Windows `--version` opens a window instead of printing.
  return process.platform === "win32" || (await run(executable, ["--version"])).ok;
}

async function installWithApt() {
  if (!existsSync("/usr/bin/apt-get") || process.getuid?.() !== 0) {
    return null;
  }
  console.log("Installing Chromium with apt-get: about a minute.");
  const packages = ["chromium", "fonts-dejavu-core"];
  const updated = await aptGet(["update"]);
  const installed = updated && (await aptGet(["install", "-y", "--no-install-recommends", ...packages]));
  return installed ? firstThatStarts(systemPlaces()) : null;
}

/**
 * Another apt-get may be at work on a machine that has just started.
 *
 * @param {readonly string[]} args
 */
async function aptGet(args) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const { ok, output } = await run("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], { env });
  if (!ok) {
    console.log(output);
  }
  return ok;
}

async function installWithPlaywright() {
  console.log("Downloading Chromium with Playwright: about a minute.");
  await runNode(tool("@playwright/test", "playwright"), ["install", "chromium"], { show: true });
  const place = await playwrightPlace();
  if (await starts(place)) {
    return place;
  }
  throw new Error(
    "No Chromium was found and none could be installed. Install Chromium or Chrome with the system's package " +
      "manager (Debian: apt-get install chromium), or set CHROMIUM_BIN to the path of one.",
  );
}

/** Where Playwright keeps its own download, whether or not it is there. */
async function playwrightPlace() {
  const { chromium } = await import("@playwright/test");
  return chromium.executablePath();
}
