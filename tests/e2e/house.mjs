// What every flow shares: a browser with a clean profile, a page that is watched, and the steps of the main job.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { chromium } from "playwright-core";

export let ADDRESS = process.env.STILLROOM_URL ?? "http://127.0.0.1:8080";
export const PASSPHRASE = "seven grey herons over Linz";

/** Goes on at another server, for flows that need one of their own. */
export function useAddress(address) {
  ADDRESS = address;
}

/** A browser context that lives in a folder of its own, so that what it stores outlives a page. */
export async function openBrowser(options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "stillroom-e2e-"));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.STILLROOM_CHROMIUM ?? "/usr/bin/chromium",
    args: (process.env.STILLROOM_CHROMIUM_FLAGS ?? "--no-sandbox").split(" ").filter((flag) => flag && flag !== "--headless"),
    headless: true,
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(60_000);
  const seen = watch(context);
  return {
    context,
    seen,
    async close() {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Notes every request to another origin, every policy violation and every error of the page. */
function watch(context) {
  const seen = { foreign: [], violations: [], errors: [] };
  const own = new URL(ADDRESS).origin;
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(own) && !url.startsWith("blob:" + own)) seen.foreign.push(url);
  });
  context.on("console", (message) => {
    const text = message.text();
    if (/Content Security Policy|Trusted ?Type|Refused to/i.test(text)) seen.violations.push(text);
    else if (message.type() === "error" && !/ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(text)) seen.errors.push(text);
  });
  context.on("weberror", (error) => seen.errors.push(String(error.error())));
  return seen;
}

/** Fails when anything went to another origin, broke the policy or threw. */
export function assertQuiet(seen) {
  assert.deepEqual(seen.foreign, [], "requests to other origins");
  assert.deepEqual(seen.violations, [], "violations of the content policy");
  assert.deepEqual(seen.errors, [], "errors in the page");
}

export const at = (page, id) => page.getByTestId(id);

/** Opens the app and waits until it can be used. */
export async function openApp(page, path = "/") {
  await page.goto(ADDRESS + path);
  await page.locator("main h1").first().waitFor();
}

/** Makes a workspace and comes out on the overview; answers with the recovery code. */
export async function createWorkspace(page, { sample } = {}) {
  if (sample) {
    await at(page, "welcome-sample").click();
    await at(page, `sample-${sample}`).click();
  } else {
    await at(page, "welcome-create").click();
  }
  await at(page, "new-passphrase").fill(PASSPHRASE);
  await at(page, "create-workspace").click();
  const code = (await at(page, "recovery-code").innerText()).replace(/\s+/g, "").trim();
  await at(page, "recovery-confirm").fill(code.replaceAll("-", "").slice(-4));
  await at(page, "recovery-continue").click();
  await at(page, "lock").waitFor({ timeout: 180_000 });
  return code;
}

export async function unlock(page, passphrase = PASSPHRASE) {
  await at(page, "unlock-passphrase").fill(passphrase);
  await at(page, "unlock").click();
}

/** Imports a file from disk through the wizard; answers with the numbers it reports. */
export async function importFile(page, path, { kind } = {}) {
  await go(page, "/import");
  await at(page, "import-file").setInputFiles(path);
  await at(page, "import-begin").waitFor();
  if (kind) await at(page, "import-kind").selectOption(kind);
  await at(page, "import-begin").click();
  await at(page, "import-saved").waitFor({ timeout: 240_000 });
  return { created: await count(page, "import-created"), refused: await count(page, "import-refused") };
}

/** Follows a link of the navigation, so that the page is not loaded anew and the workspace stays open. */
export async function go(page, path) {
  const link = page.locator(`nav a[href="${path}"]`).first();
  const parent = path.slice(0, path.lastIndexOf("/"));
  if (parent && !(await link.count())) await go(page, parent);
  await link.click();
  await page.waitForURL(ADDRESS + path);
  await page.locator("main h1").first().waitFor();
}

export async function count(page, id) {
  const digits = (await at(page, id).innerText()).replace(/[^0-9]/g, "");
  return Number(digits);
}

/** Watches tasks of the main thread from now on. `during(work)` runs a job; `longest()` tells the longest task that began while
 * one ran, and the longest of all, in milliseconds. */
export async function watchLongTasks(page) {
  await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) window.longTasks.push({ startTime, duration });
    }).observe({ type: "longtask" });
  });
  const now = () => page.evaluate(() => performance.now());
  const jobs = [];
  return {
    async during(work) {
      const begin = await now();
      const result = await work();
      jobs.push({ begin, end: await now() });
      return result;
    },
    async longest() {
      const tasks = await page.evaluate(() => window.longTasks);
      const inJobs = tasks.filter(({ startTime }) => jobs.some(({ begin, end }) => begin <= startTime && startTime <= end));
      const longest = (list) => Math.max(0, ...list.map(({ duration }) => duration));
      return { whileJobsRan: longest(inJobs), overall: longest(tasks) };
    },
  };
}

/** The real orders, unpacked for this run, or nothing where the folder is not there. */
export function onlineRetail() {
  const packed = new URL("../../../shared/data/online-retail/online_retail_2010-12_2011-08.csv.gz", import.meta.url);
  if (!existsSync(packed)) return undefined;
  const file = join(mkdtempSync(join(tmpdir(), "stillroom-data-")), "online-retail.csv");
  writeFileSync(file, gunzipSync(readFileSync(packed)));
  return file;
}
