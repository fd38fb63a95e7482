// The same app in Firefox: it starts under its policy, makes a workspace, fills it and opens it again.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import puppeteer from "puppeteer-core";

import { ADDRESS, PASSPHRASE } from "./house.mjs";

test("Firefox makes, fills, locks and opens a workspace", () =>
  inFirefox({}, async (page) => {
    await sampleWorkspace(page);
    assert.equal(await page.$('[data-testid="memory-banner"]'), null, "the workspace is kept on the device");
    await press(page, "lock");
    await fill(page, "unlock-passphrase", PASSPHRASE);
    await press(page, "unlock");
    await found(page, "lock");
  }));

test("a private window keeps nothing, and says so", () =>
  inFirefox({ "browser.privatebrowsing.autostart": true }, async (page) => {
    await sampleWorkspace(page);
    await found(page, "memory-banner");
  }));

async function inFirefox(preferences, work) {
  const folder = mkdtempSync(join(tmpdir(), "stillroom-firefox-"));
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.STILLROOM_FIREFOX ?? "/usr/bin/firefox-esr",
    extraPrefsFirefox: preferences,
    headless: true,
    userDataDir: folder,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(ADDRESS);
    await work(page);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sampleWorkspace(page) {
  await press(page, "welcome-sample");
  await press(page, "sample-clinic");
  await fill(page, "new-passphrase", PASSPHRASE);
  await press(page, "create-workspace");
  const code = (await text(page, "recovery-code")).replace(/[\s-]/g, "");
  await fill(page, "recovery-confirm", code.slice(-4));
  await press(page, "recovery-continue");
  await found(page, "lock");
  assert.match(await text(page, "count-customers"), /1.?500/);
}

const found = (page, id) => page.waitForSelector(`[data-testid="${id}"]`, { visible: true });
const text = async (page, id) => (await found(page, id)).evaluate((element) => element.innerText);

async function press(page, id) {
  await (await found(page, id)).evaluate((element) => element.click());
}

async function fill(page, id, value) {
  const field = await found(page, id);
  await field.evaluate((element) => {
    element.value = "";
    element.focus();
  });
  await field.type(value);
}
