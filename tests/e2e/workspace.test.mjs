// The workspace's life: secrets, two tabs, backup and restore, erasing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { PASSPHRASE, assertQuiet, at, count, createWorkspace, go, openApp, openBrowser, unlock } from "./house.mjs";

test("only the right secret opens, and the recovery code is one", async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    const code = await createWorkspace(page);
    await at(page, "lock").click();
    await unlock(page, "seven grey herons over Graz");
    await page.locator('[role="alert"], .error').first().waitFor();
    assert.equal(await at(page, "lock").count(), 0, "a wrong passphrase opens nothing");
    await at(page, "unlock-other-way").click();
    await at(page, "unlock-code").fill(code.toLowerCase());
    await at(page, "unlock").click();
    await at(page, "lock").waitFor();
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

test("a second tab is told, and may take over", async () => {
  const browser = await openBrowser();
  try {
    const first = await browser.context.newPage();
    await openApp(first);
    await createWorkspace(first);
    const second = await browser.context.newPage();
    await openApp(second);
    await at(second, "use-here").click();
    await at(second, "unlock-passphrase").waitFor();
    await unlock(second);
    await at(second, "lock").waitFor();
    await at(first, "use-here").waitFor();
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

test("a backup brings everything back after the workspace was erased", async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    await createWorkspace(page, { sample: "clinic" });
    await go(page, "/");
    const customers = await count(page, "count-customers");
    assert.equal(customers, 1500);

    await go(page, "/settings");
    await at(page, "backup").click();
    await at(page, "backup-passphrase").fill(PASSPHRASE);
    const [download] = await Promise.all([page.waitForEvent("download"), at(page, "backup-action").click()]);
    const file = await download.path();
    assert.ok(!readFileSync(file).includes("example.com"), "a backup shows no customer in clear");

    await page.keyboard.press("Escape");
    await at(page, "erase").click();
    await at(page, "erase-confirm").fill("erase");
    await at(page, "erase-action").click();
    await at(page, "welcome-restore").click();
    await at(page, "restore-file").setInputFiles(file);
    await at(page, "restore-passphrase").fill(PASSPHRASE);
    await at(page, "restore-action").click();
    await at(page, "recovery-code").waitFor();
    const code = (await at(page, "recovery-code").innerText()).replace(/[\s-]/g, "");
    await at(page, "recovery-confirm").fill(code.slice(-4));
    await at(page, "recovery-continue").click();
    await at(page, "lock").waitFor();
    await go(page, "/");
    assert.equal(await count(page, "count-customers"), customers);
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});
