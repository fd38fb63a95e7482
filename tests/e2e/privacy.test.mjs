// Privacy against a real server with its own data folder: nothing leaves without consent; two devices sync, disagree and part;
// what was withdrawn is gone from the server; every view is accessible.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import { PASSPHRASE, assertQuiet, at, count, createWorkspace, go, openApp, openBrowser, useAddress } from "./house.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SERVER = process.env.STILLROOM_SERVER ?? "target/debug/stillroom-server";
const CLI = process.env.STILLROOM_CLI ?? join(dirname(SERVER), "stillroom");
const DIST = process.env.STILLROOM_DIST ?? "dist";
const PATHS = ["/", "/import", "/customers", "/segments", "/recommend", "/predict", "/models", "/privacy", "/privacy/sync", "/privacy/network", "/privacy/receipts", "/settings"];
const SYNC_MS = 60_000;

const data = mkdtempSync(join(tmpdir(), "stillroom-data-"));
let server;

before(async () => {
  server = spawn(SERVER, ["--dist", DIST, "--port", "0", "--data", data], { stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface({ input: server.stdout });
  for await (const line of lines) {
    const address = line.match(/https?:\/\/\S+/)?.[0];
    if (address) {
      useAddress(address);
      break;
    }
  }
  server.stdout.resume();
});

after(() => {
  server.kill();
  rmSync(data, { recursive: true, force: true });
});

test("without consent every page can be used and nothing but the app's own files is asked for", async () => {
  const browser = await openBrowser();
  const asked = [];
  browser.context.on("request", (request) => asked.push({ method: request.method(), url: new URL(request.url()), body: request.postData() }));
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    await createWorkspace(page, { sample: "shop" });
    for (const path of PATHS) await go(page, path);
    await go(page, "/segments");
    await at(page, "segment-run").click();
    await at(page, "segment-cards").waitFor({ timeout: 120_000 });
    await at(page, "keep-run").click();
    await at(page, "kept").waitFor();
    await go(page, "/recommend");
    await at(page, "recommend-run").click();
    await at(page, "recommend-verdict").waitFor({ timeout: 120_000 });
    await openFirstCustomer(page);
    await editField(page, "phone", "+43 1 234");
    await at(page, "customer-rights").waitFor();
    await save(page, () => at(page, "export-json").click());
    await go(page, "/privacy");
    assert.equal(await at(page, "leaving-title").innerText(), "Nothing leaves this device");
    assert.match(await at(page, "sync-badge").innerText(), /Nothing leaves/);
    await go(page, "/privacy/network");
    await at(page, "network-empty").waitFor();
    const own = new Set(["/", ...PATHS, ...files(DIST)]);
    const others = asked.filter(({ method, url, body }) => url.protocol !== "blob:" && (method !== "GET" || body || !own.has(url.pathname) || url.search));
    assert.deepEqual(others.map(({ method, url }) => `${method} ${url}`), []);
    assert.deepEqual(checkServer(), [], "the server knows no workspace");
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

test("two devices sync under a consent, disagree, settle and part; what is withdrawn is gone", async (context) => {
  const [first, second] = [await openBrowser(), await openBrowser()];
  try {
    const here = await first.context.newPage();
    await openApp(here);
    await createWorkspace(here, { sample: "clinic" });
    await go(here, "/privacy/sync");
    await at(here, "connect").click();
    await at(here, "sync-state").getByText("Connected, nothing is granted").waitFor();
    await go(here, "/privacy");
    await recordBasis(here, "backup");
    assert.deepEqual(withContent(), [0], "a connection and a basis send nothing about customers");
    await give(here, "backup", ["identity", "contact", "behaviour"]);
    assert.match(await at(here, "leaving-title").innerText(), /1 purpose sends data/);
    await synced(here);
    assert.ok(withContent()[0] >= 3000, `two groups of 1,500 customers are on the server: ${withContent()}`);
    assert.ok(!holds(data, "@example.com"), "the server's files show no address in clear");

    const code = await offerPairing(here);
    const there = await second.context.newPage();
    await openApp(there);
    await joinWith(there, code);
    await at(here, "pair-ended").waitFor({ timeout: SYNC_MS });
    await at(here, "pair-done").click();
    await synced(here);
    await go(there, "/");
    await eventually(async () => {
      await synced(there);
      await go(there, "/");
      assert.equal(await count(there, "count-customers"), 1500);
    });
    const email = await fieldOf(here, "P000007", "email");
    assert.equal(await fieldOf(there, "P000007", "email"), email, "the same customer on both");

    for (const device of [first, second]) await device.context.setOffline(true);
    await editCustomer(here, "P000007", "phone", "+1 111");
    await editCustomer(there, "P000007", "phone", "+2 222");
    for (const page of [here, there]) {
      await go(page, "/privacy/sync");
      await at(page, "sync-now").click();
      await at(page, "sync-problem").getByText("offline").first().waitFor({ timeout: SYNC_MS });
    }
    for (const device of [first, second]) await device.context.setOffline(false);
    const shown = await eventually(async () => {
      for (const page of [here, there]) await synced(page);
      return conflict([here, there]);
    });
    assert.match(shown.values, /\+1 111/);
    assert.match(shown.values, /\+2 222/);
    context.diagnostic(`the conflict was shown on ${shown.page === here ? "the first" : "the second"} device`);
    const found = await everyView(shown.page);
    assert.deepEqual(found, []);
    await go(shown.page, "/privacy/sync");
    await shown.page.locator('[data-testid^="conflict-"][data-testid$="-take"]').first().click();
    await at(shown.page, "conflicts-none").waitFor();
    await eventually(async () => {
      await synced(shown.page);
      await synced(shown.page === here ? there : here);
      assert.equal(await fieldOf(here, "P000007", "phone"), await fieldOf(there, "P000007", "phone"), "settled the same on both");
    });

    await go(here, "/privacy/sync");
    await at(here, "devices").locator("li button").first().click();
    await at(here, "revoke-action").click();
    await at(here, "devices").getByText("Revoked").waitFor();
    await go(there, "/privacy/sync");
    await at(there, "sync-now").click();
    await at(there, "sync-problem").getByText("unauthorized").waitFor({ timeout: SYNC_MS });

    await go(here, "/privacy/network");
    await at(here, "network-entry").first().waitFor();
    await here.locator('[data-testid^="preview-"]').first().click();
    await at(here, "preview-table").waitFor();
    await here.keyboard.press("Escape");

    await go(here, "/privacy");
    await at(here, "withdraw-backup").click();
    await at(here, "withdraw-action").click();
    await at(here, "give-backup").waitFor();
    assert.match(await at(here, "leaving-title").innerText(), /Nothing leaves/);
    await eventually(async () => assert.deepEqual(withContent(), [0], "the server holds nothing of what was withdrawn"));
    await editCustomer(here, "P000007", "phone", "+3 333");
    await exchanged(here);
    assert.deepEqual(withContent(), [0], "an exchange sends nothing any more");

    await go(here, "/privacy/receipts");
    for (const kind of ["consent", "withdrawal"]) {
      const receipt = at(here, `receipt-${kind}`).first();
      await receipt.waitFor();
      const file = await save(here, () => receipt.locator("button").click());
      verify(context, file, kind);
    }
    const record = await save(here, () => at(here, "processing-record").click());
    assert.match(readFileSync(record, "utf8"), /backup/);
    assertQuiet(first.seen);
    assertQuiet(second.seen);
  } finally {
    await first.close();
    await second.close();
  }
});

test("Global Privacy Control keeps the readable lane shut, and a customer's rights are exercised", async (context) => {
  const browser = await openBrowser();
  await browser.context.addInitScript(() => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true }));
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    await createWorkspace(page, { sample: "clinic" });
    await go(page, "/privacy");
    await recordBasis(page, "hosted-report");
    await at(page, "purpose-hosted-report").getByText("This browser sends it").waitFor();
    await give(page, "hosted-report", ["behaviour"]);
    await at(page, "coverage-hosted-report").getByText("0 of 1,500 customers may be sent.").waitFor();
    await synced(page);
    assert.ok(withContent().every((n) => n === 0), "nothing is shared against the signal");

    await openFirstCustomer(page);
    await at(page, "restrict").click();
    await at(page, "customer-restricted").waitFor();
    const everything = await save(page, () => at(page, "export-json").click());
    assert.match(readFileSync(everything, "utf8"), /P0\d+/);
    await at(page, "erase-customer").click();
    await at(page, "erase-facts").waitFor();
    const found = await violations(page, "erasing");
    await at(page, "erase-customer-confirm").fill("erase");
    await at(page, "erase-customer-action").click();
    await at(page, "customer-erased").waitFor();
    const receipt = await save(page, () => at(page, "erase-customer-receipt").click());
    verify(context, receipt, "erasure");
    await at(page, "erased-back").click();
    await go(page, "/");
    assert.equal(await count(page, "count-customers"), 1499);
    assert.deepEqual(found, []);
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

// Steps.

async function recordBasis(page, purpose) {
  await at(page, `basis-${purpose}`).click();
  if (await at(page, "connect").count()) await at(page, "connect").click();
  await at(page, "basis-method").selectOption("contract");
  await at(page, "basis-evidence").fill("binder 4, page 112");
  await at(page, "basis-action").click();
  await at(page, "basis-action").waitFor({ state: "detached" });
}

async function give(page, purpose, groups) {
  await go(page, "/privacy");
  await at(page, `give-${purpose}`).click();
  await at(page, "notice").waitFor();
  if (await at(page, "connect").count()) await at(page, "connect").click();
  assert.ok(await at(page, "give-action").isDisabled(), "nothing is chosen beforehand");
  for (const group of groups) await at(page, `give-${group}`).check();
  await at(page, "give-action").click();
  await at(page, `withdraw-${purpose}`).waitFor();
}

/** Exchanges once and waits for its end. */
async function exchanged(page) {
  await go(page, "/privacy/sync");
  await at(page, "sync-now").click();
  await at(page, "sync-now").and(page.locator(":enabled")).waitFor({ timeout: SYNC_MS });
}

/** Exchanges until everything went and came. */
async function synced(page) {
  await exchanged(page);
  const isCurrent = at(page, "sync-state").getByText("Up to date").waitFor({ timeout: SYNC_MS });
  await isCurrent.catch(async () => assert.fail(await at(page, "sync-card").innerText()));
}

async function offerPairing(page) {
  await go(page, "/privacy/sync");
  await at(page, "pair").click();
  const code = (await at(page, "pairing-code").innerText()).replace(/[\s-]/g, "");
  assert.match(code, /^[0-9A-HJKMNP-TV-Z]{28}$/);
  assert.match(await at(page, "pair-left").innerText(), /[0-9]+:[0-9]{2}/);
  await at(page, "pairing-picture").waitFor();
  assert.deepEqual(await violations(page, "pairing"), []);
  return code;
}

async function joinWith(page, code) {
  await at(page, "welcome-join").click();
  await at(page, "new-passphrase").fill(PASSPHRASE);
  await at(page, "create-workspace").click();
  const recovery = (await at(page, "recovery-code").innerText()).replace(/[\s-]/g, "");
  await at(page, "recovery-confirm").fill(recovery.slice(-4));
  await at(page, "recovery-continue").click();
  await at(page, "join-code").fill(code.toLowerCase());
  await at(page, "join-action").click();
  await at(page, "lock").waitFor({ timeout: SYNC_MS });
}

async function openFirstCustomer(page) {
  await go(page, "/customers");
  // Rows stand before their values come, and open nothing until then.
  await page.locator(".grid-data-row:not(:has(.skeleton-line))").first().click();
  await at(page, "customer-fields").waitFor();
}

async function openCustomer(page, id) {
  await go(page, "/customers");
  await at(page, "customers-search").fill(id);
  await at(page, "customers-count").getByText(/^1 of /).waitFor();
  await page.locator(".grid-data-row").filter({ hasText: id }).first().click();
  await at(page, "customer-fields").waitFor();
}

async function fieldOf(page, id, field) {
  await openCustomer(page, id);
  return at(page, `value-${field}`).innerText();
}

async function editField(page, field, value) {
  await at(page, `edit-${field}`).click();
  await at(page, "field-value").fill(value);
  await at(page, "field-save").click();
  await at(page, `value-${field}`).getByText(value).waitFor();
}

async function editCustomer(page, id, field, value) {
  await openCustomer(page, id);
  await editField(page, field, value);
}

/** The first page that shows a conflict, and its table of values. */
async function conflict(pages) {
  for (const page of pages) {
    await go(page, "/privacy/sync");
    const table = page.locator('[data-testid^="conflict-"][data-testid$="-values"]').first();
    const isThere = await table.waitFor({ timeout: 2_000 }).then(() => true, () => false);
    if (isThere) return { page, values: await table.innerText() };
  }
  throw new assert.AssertionError({ message: "no device shows the conflict" });
}

/** What axe finds on the privacy views and one customer, in both languages and themes, wide and narrow. */
async function everyView(page) {
  const found = [];
  for (const path of ["/privacy", "/privacy/sync", "/privacy/network", "/privacy/receipts"]) {
    await go(page, path);
    for (const language of [1, 2]) {
      for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        found.push(...(await violations(page, `${path} ${theme}`)));
      }
      await page.setViewportSize({ width: 390, height: 844 });
      assert.ok(await fits(page), `${path} is wider than its window at 390`);
      found.push(...(await violations(page, `${path} at 390`)));
      await page.setViewportSize({ width: 1440, height: 900 });
      const before = await page.locator("html").getAttribute("lang");
      await at(page, "language").click();
      await page.locator(`html:not([lang="${before}"])`).waitFor({ state: "attached" });
    }
  }
  await go(page, "/privacy");
  await at(page, "basis-hosted-report").click();
  await at(page, "basis-action").waitFor();
  found.push(...(await violations(page, "recording a basis")));
  await page.keyboard.press("Escape");
  await at(page, "give-hosted-report").click();
  await at(page, "notice").waitFor();
  found.push(...(await violations(page, "giving consent")));
  await page.keyboard.press("Escape");
  await openFirstCustomer(page);
  await at(page, "customer-rights").locator("li").first().waitFor();
  found.push(...(await violations(page, "a customer")));
  return found;
}

async function violations(page, place) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map((violation) => `${place}: ${violation.id}: ${violation.nodes[0].html.slice(0, 160)}`);
}

function fits(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1);
}

/** The file that an action downloads. */
async function save(page, action) {
  const [download] = await Promise.all([page.waitForEvent("download"), action()]);
  return download.path();
}

/** Runs checks again while they fail, for what two devices and a server agree on in their own time. */
async function eventually(check, millis = SYNC_MS) {
  const end = Date.now() + millis;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

// The server, from outside.

/** What `stillroom-server check` finds in a copy of the data as they are now, a workspace an entry. */
function checkServer() {
  const copy = mkdtempSync(join(tmpdir(), "stillroom-copy-"));
  execFileSync(SERVER, ["backup", "--data", data, "--to", copy]);
  const text = execFileSync(SERVER, ["check", "--data", copy], { encoding: "utf8" });
  rmSync(copy, { recursive: true });
  return text.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)).filter((line) => line.workspace);
}

/** Operations that still have their content, by workspace. */
function withContent() {
  return checkServer().map(({ ok, findings }) => {
    assert.ok(ok, "the server's database is sound");
    return findings.rows_with_content;
  });
}

/** Whether any file below a folder holds a text. */
function holds(folder, text) {
  return files(folder).some((name) => readFileSync(join(folder, name)).includes(text));
}

/** The files below a folder, as paths from it. */
function files(folder, prefix = "") {
  return readdirSync(join(folder, prefix)).flatMap((name) => {
    const path = `${prefix}/${name}`;
    return statSync(join(folder, path)).isDirectory() ? files(folder, path) : [path];
  });
}

/** Has the command check a receipt, where it was built. */
function verify(context, file, kind) {
  const receipt = JSON.parse(readFileSync(file, "utf8"));
  assert.ok(receipt.record, `the ${kind} receipt holds a record`);
  if (!existsSync(CLI)) return context.diagnostic("the command line is not built: receipts are not verified");
  const answer = JSON.parse(execFileSync(CLI, ["verify", file, "--json"], { encoding: "utf8" }));
  assert.equal(answer.is_valid, true, `the ${kind} receipt is valid`);
}
