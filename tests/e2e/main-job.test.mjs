// The main job: a real file of a third of a million order lines, from a passphrase to an empty workspace, half of it offline.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertQuiet, at, count, createWorkspace, go, importFile, onlineRetail, openApp, openBrowser, unlock, watchLongTasks } from "./house.mjs";

/** No task of the main thread may hold the page longer than this while a job runs. */
const LONGEST_TASK_MS = 100;

test("a real file gives segments, recommendations and predictions, and stays when the network goes", async (context) => {
  const file = onlineRetail();
  if (!file) return context.skip("the shared data folder is not there");
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    await createWorkspace(page);

    const longest = await watchLongTasks(page);
    const imported = await importFile(page, file);
    assert.equal(imported.created, 320_705, "every order line is kept");
    assert.equal(imported.refused, 0);

    await segments(page);
    await recommendations(page);
    await prediction(page);
    const longestTask = await longest();
    context.diagnostic(`longest task of the main thread: ${Math.round(longestTask)} ms`);
    assert.ok(longestTask <= LONGEST_TASK_MS, `a task of the main thread took ${longestTask} ms`);

    await page.evaluate(() => navigator.serviceWorker.ready);
    await at(page, "lock").click();
    await at(page, "unlock-passphrase").waitFor();
    await browser.context.setOffline(true);
    await page.reload();
    await at(page, "unlock-passphrase").waitFor();
    await unlock(page);
    await at(page, "lock").waitFor();
    await go(page, "/");
    assert.equal(await count(page, "count-order-lines"), 320_705, "everything is still there, offline");
    await go(page, "/models");
    const models = page.locator('[data-testid^="model-open-"]');
    await models.nth(2).waitFor();
    assert.equal(await models.count(), 3, "every kept model is still there");
    await segments(page, { keep: false });

    await go(page, "/");
    await page.locator('[data-testid^="import-undo-"]').click();
    await at(page, "undo-action").click();
    await at(page, "overview-empty").waitFor({ timeout: 120_000 });
    await go(page, "/customers");
    await at(page, "customers-empty").waitFor();
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

async function segments(page, { keep = true } = {}) {
  await go(page, "/segments");
  await at(page, "segment-run").click();
  await at(page, "segment-cards").waitFor({ timeout: 180_000 });
  assert.ok((await page.locator('[data-testid^="segment-card-"]').count()) >= 2, "there is a card for each segment");
  if (keep) await keepAs(page, "Buyers");
}

async function recommendations(page) {
  await go(page, "/recommend");
  await at(page, "recommend-run").click();
  await at(page, "recommend-verdict").waitFor({ timeout: 180_000 });
  await keepAs(page, "Next items");
}

async function prediction(page) {
  await go(page, "/predict");
  await at(page, "predict-target").selectOption("spent");
  await at(page, "predict-run").click();
  await at(page, "stat-r-squared").waitFor({ timeout: 180_000 });
  await keepAs(page, "Spend");
}

async function keepAs(page, name) {
  await at(page, "keep-name").fill(name);
  await at(page, "keep-run").click();
  await at(page, "kept").waitFor({ timeout: 60_000 });
}
