// Every page in both languages and both themes: no accessibility violation, nothing in the wrong language, nothing overflowing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { assertQuiet, at, createWorkspace, go, openApp, openBrowser } from "./house.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PATHS = ["/", "/import", "/customers", "/segments", "/recommend", "/predict", "/models", "/privacy", "/settings"];

test("axe finds nothing on any page, light or dark, wide or narrow", async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    const found = [];
    for (const theme of ["light", "dark"]) found.push(...(await violations(page, "/welcome", theme)));
    await createWorkspace(page, { sample: "shop" });
    await results(page);
    for (const path of PATHS) {
      await go(page, path);
      for (const theme of ["light", "dark"]) found.push(...(await violations(page, path, theme)));
      assert.ok(await fits(page), `${path} is wider than its window at 1440`);
      await page.setViewportSize({ width: 390, height: 844 });
      assert.ok(await fits(page), `${path} is wider than its window at 390`);
      found.push(...(await violations(page, `${path} at 390`, "light")));
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    assert.deepEqual(found, []);
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

test("the Chinese pages are Chinese", async () => {
  const browser = await openBrowser({ locale: "zh-CN" });
  try {
    const page = await browser.context.newPage();
    await openApp(page);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    await createWorkspace(page);
    for (const path of PATHS) {
      await go(page, path);
      assert.match(await page.locator("main h1").innerText(), /\p{Script=Han}/u, path);
    }
    assertQuiet(browser.seen);
  } finally {
    await browser.close();
  }
});

/** Results on the pages that have some, so that they are judged with charts and tables. */
async function results(page) {
  await go(page, "/recommend");
  await at(page, "recommend-run").click();
  await at(page, "recommend-verdict").waitFor({ timeout: 120_000 });
  await go(page, "/segments");
  await at(page, "segment-run").click();
  await at(page, "segment-cards").waitFor({ timeout: 120_000 });
  await at(page, "keep-run").click();
  await at(page, "kept").waitFor();
}

async function violations(page, place, theme) {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  // Colours that fade from one theme to the other are judged when they have arrived.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  // Evaluated by the browser's own tools, which the page's policy does not concern.
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map((violation) => `${place} (${theme}): ${violation.id}: ${violation.nodes[0].html.slice(0, 160)}`);
}

function fits(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1);
}
