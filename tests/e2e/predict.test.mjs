// The guided flow of predictions: a target with a date by a forest, one customer explained, groups compared; segments by another
// method. In English and Chinese, and judged by axe with every view of the result open.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { assertQuiet, at, createWorkspace, go, openApp, openBrowser } from "./house.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

test("what customers do next is predicted by a forest, explained for one of them and kept", async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    await createWorkspace(page, { sample: "shop" });
    await go(page, "/predict");
    await at(page, "predict-source-dated").check();
    await at(page, "predict-horizon").fill("90");
    await at(page, "predict-horizon").press("Tab");
    await at(page, "predict-timeline").waitFor();
    await at(page, "predict-method").selectOption("forest");
    await openDetails(page, "predict-method-more");
    await at(page, "predict-method-n_trees").fill("60");
    await at(page, "predict-method-n_trees").press("Tab");
    await at(page, "predict-run").click();
    await at(page, "predict-verdict").waitFor({ timeout: 180_000 });
    await at(page, "stat-auc").waitFor();

    await at(page, "predict-tab-one").click();
    await at(page, "lookup-search").fill("a");
    await at(page, "lookup-run").click();
    await at(page, "lookup-result-0").click();
    await at(page, "predict-waterfall").waitFor();
    assert.ok((await at(page, "predict-waterfall").locator("li").count()) >= 4, "base, reasons and the customer");
    await at(page, "predict-wish-0").selectOption("any");
    await at(page, "predict-wish-run").click();
    await page.locator('[data-testid="predict-wish"] [role="status"]').last().waitFor();

    await at(page, "predict-tab-card").click();
    const download = page.waitForEvent("download");
    await at(page, "predict-card-download").click();
    const card = readFileSync(await (await download).path(), "utf8");
    assert.match(card, /Random forest/);
    await at(page, "keep-run").click();
    await at(page, "kept").waitFor();
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

test("groups of a category are compared, and every view of the result is accessible", async () => {
  const browser = await openBrowser({ locale: "zh-CN" });
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    await createWorkspace(page, { sample: "bank" });
    await go(page, "/predict");
    await page.locator('[data-testid="predict-target"] option[value="churned"]').waitFor({ state: "attached" });
    await at(page, "predict-target").selectOption("churned");
    await at(page, "predict-kind").waitFor();
    await at(page, "predict-method").selectOption("logistic");
    await openDetails(page, "predict-compare");
    await page.locator('[data-testid="predict-fairness"] input[type="checkbox"]').first().check();
    await at(page, "predict-run").click();
    await at(page, "predict-verdict").waitFor({ timeout: 180_000 });
    const found = [];
    for (const view of ["quality", "columns", "one", "threshold", "fairness", "card"]) {
      await at(page, `predict-tab-${view}`).click();
      await page.locator(`#panel-${view}`).waitFor();
      assert.match(await page.locator(`#panel-${view}`).innerText(), /\p{Script=Han}/u, view);
      found.push(...(await violations(page, view)));
      assert.ok(await fits(page), `${view} is wider than its window`);
    }
    assert.deepEqual(found, []);
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

async function openDetails(page, id) {
  await at(page, id).locator("summary").first().click();
}

async function violations(page, place) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map((violation) => `${place}: ${violation.id}: ${violation.nodes[0].html.slice(0, 160)}`);
}

function fits(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1);
}
