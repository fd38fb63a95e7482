import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import axe from "axe-core";

import { project, serve, visit } from "./host.mjs";

const host = project();
after(host.remove);
cpSync(join(import.meta.dirname, "../../www/embed"), join(host.folder, "embed"), { recursive: true });
cpSync(host.home, join(host.folder, "embed/stillroom"), { recursive: true });

for (const [locale, wide, scheme] of [["en-GB", 1440, "light"], ["en-GB", 390, "dark"], ["zh-CN", 390, "light"], ["zh-CN", 1440, "dark"]]) {
  test(`the host page has segments and recommendations: ${locale}, ${wide} px, ${scheme}`, async () => {
    const server = await serve(join(host.folder, "embed"), "/embed.js", "index.html");
    const found = {};
    try {
      const { foreign, said } = await visit(server.address, async (page) => {
        Object.assign(found, await page.evaluate(() => ({
          language: document.documentElement.lang,
          headings: [...document.querySelectorAll("thead th")].map(({ textContent }) => textContent),
          segments: [...document.querySelectorAll("tbody td:nth-child(5)")].map(({ textContent }) => textContent),
          ideas: [...document.querySelectorAll("tbody td:nth-child(6)")].map(({ textContent }) => textContent),
          overflow: document.documentElement.scrollWidth - innerWidth,
        })));
        if (process.env.STILLROOM_PICTURES) await page.screenshot({ path: join(process.env.STILLROOM_PICTURES, `embed-${locale}-${wide}-${scheme}.png`) });
        found.violations = await audit(page);
      }, { locale, viewport: { width: wide, height: 900 }, colorScheme: scheme }, () => document.body.dataset.done);
      assert.deepEqual(foreign, []);
      assert.deepEqual(said, []);
    } finally {
      await server.close();
    }
    assert.ok(locale.startsWith(found.language.slice(0, 2)));
    assert.equal(found.headings.length, 6);
    assert.equal(new Set(found.segments).size, 4);
    assert.ok(found.ideas.every((ideas) => ideas.split(", ").length === 2));
    assert.ok(found.overflow <= 0, "the page does not scroll sideways");
    assert.deepEqual(found.violations, []);
  });
}

async function audit(page) {
  await page.evaluate(axe.source);
  return page.evaluate(async () => (await window.axe.run()).violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`));
}
