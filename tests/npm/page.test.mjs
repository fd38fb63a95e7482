import assert from "node:assert/strict";
import { after, test } from "node:test";

import { DATA, project, serve, visit } from "./host.mjs";

const host = project();
after(host.remove);
host.write("data.js", DATA);
host.write("own_worker.js", `import "/node_modules/stillroom/worker.js";`);

/** What a page answers that runs `body` with the package at hand, under the strictest policy. */
async function page(body, entry = "index") {
  host.write("page.js", `
    import { createEngine, forest, kmeans, standardize, StillroomError } from "/node_modules/stillroom/${entry}.js";
    import { customers } from "/data.js";
    const recipe = { steps: [standardize(), kmeans({ k: 3 })], columns: ["spend", "visits"] };
    const hash = ({ report, labels }) => report.data_hash + [...labels].join("");
    const failed = (work) => work.then(() => "nothing", (error) => (error instanceof StillroomError ? error.code : String(error)));
    window.answer = await (async () => { ${body} })();
  `);
  const server = await serve(host.folder, "/page.js");
  try {
    const seen = await visit(server.address);
    assert.deepEqual(seen.foreign, [], "nothing is asked of anybody else");
    assert.deepEqual(seen.said, [], "nothing is refused and nothing fails");
    return seen;
  } finally {
    await server.close();
  }
}

test("importing does nothing; five lines give segments", async () => {
  const before = await page(`return performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);`);
  assert.ok(!before.answer.some((path) => path.endsWith(".wasm") || path.endsWith("/worker.js")), before.answer.join(" "));
  const { answer } = await page(`
    const engine = await createEngine();
    const { labels } = await engine.run(recipe, customers());
    return [labels.length, new Set(labels).size];
  `);
  assert.deepEqual(answer, [600, 3]);
});

test("the pack for other files comes when it is first used, from where the host says", async () => {
  const body = (options) => `
    const asked = () => performance.getEntriesByType("resource").some(({ name }) => name.includes("stillroom_tables_bg.wasm"));
    const engine = await createEngine(${options});
    const read = await engine.read("a,b\\n1,2\\n");
    const before = asked();
    const { rows, columns } = await engine.read(await engine.write(read.columns, "parquet"));
    return [read.rows, before, rows, [...columns.b.values]];
  `;
  const own = "/node_modules/stillroom/stillroom_tables_bg.wasm?own";
  for (const options of ["{}", "{ worker: false }", `{ packs: { tables: "${own}" } }`, `{ worker: false, packs: { tables: new URL("${own}", location) } }`]) {
    const { answer, asked } = await page(body(options));
    assert.deepEqual(answer, [1, false, 1, [2]]);
    const places = asked.filter((url) => url.includes("stillroom_tables_bg")).map((url) => url.endsWith("?own"));
    assert.deepEqual(places, [options.includes("own")], options);
  }
  const { answer } = await page(`
    const engine = await createEngine({ packs: { tables: "/nowhere.wasm" } });
    return [await failed(engine.write({ a: [1] }, "arrow")), (await engine.run(recipe, customers())).labels.length];
  `);
  assert.deepEqual(answer, ["pack-unavailable", 600]);
});

test("a worker, this thread, a worker of the host's and WebAssembly from anywhere give the same", async () => {
  const { answer } = await page(`
    const url = "/node_modules/stillroom/stillroom_bg.wasm";
    const bytes = await (await fetch(url)).arrayBuffer();
    const module = await WebAssembly.compile(bytes);
    const ways = [
      {}, { worker: false }, { worker: "/own_worker.js" }, { worker: () => new Worker("/own_worker.js", { type: "module" }) },
      { worker: new Worker("/own_worker.js", { type: "module" }) },
      { wasm: url }, { wasm: new URL(url, location) }, { wasm: await fetch(url) }, { wasm: bytes }, { wasm: new Uint8Array(bytes) }, { wasm: module },
      { wasm: fetch(url) }, { wasm: () => fetch(url) }, { wasm: async () => module }, { worker: false, wasm: module },
    ];
    const found = [];
    for (const way of ways) {
      const engine = await createEngine(way);
      found.push(hash(await engine.run(recipe, customers())));
      engine.destroy();
    }
    return [ways.length, found.length, new Set(found).size];
  `);
  assert.deepEqual(answer, [15, 15, 1]);
});

test("workers that share a call give the bytes of one, and one that ends in the midst is replaced", async () => {
  const { answer } = await page(`
    const column = (at) => Float64Array.from({ length: 20_480 }, (_, row) => ((row * 7919 + at * 104_729) % 1009) / 100);
    const data = Object.fromEntries(Array.from({ length: 24 }, (_, at) => ["x" + at, column(at)]));
    const wide = { steps: [standardize(), kmeans({ k: 24, n_init: 1, n_swaps: 0, max_iterations: 40 })] };
    const found = new Set(), opened = [];
    for (const shards of [1, 2, 3]) {
      const workers = [];
      const worker = () => workers[workers.push(new Worker("/own_worker.js", { type: "module" })) - 1];
      const engine = await createEngine({ worker, shards });
      const run = async (options) => found.add(hash(await engine.run(wide, data, options)));
      await run();
      opened.push(workers.length >= shards);
      if (shards === 2) {
        const before = workers.length;
        await run({ onProgress: ({ stage, done }) => stage === "kmeans" && done === 2 && workers.at(-1).terminate() });
        await run();
        opened.push(workers.length > before);
      }
      engine.destroy();
    }
    return [found.size, ...opened];
  `);
  assert.deepEqual(answer, [1, true, true, true, true]);
});

test("the slim entry asks for nothing that it was not given", async () => {
  const { answer, asked } = await page(`
    const refused = [await failed(createEngine()), await failed(createEngine({ wasm: "/x", worker: true }))];
    const engine = await createEngine({ wasm: fetch("/node_modules/stillroom/stillroom_bg.wasm") });
    const { labels } = await engine.run(recipe, customers());
    return [...refused, labels.length];
  `, "slim");
  assert.deepEqual(answer, ["wasm-needed", "worker-needed", 600]);
  assert.ok(!asked.some((url) => url.endsWith("/worker.js")));
});

test("two engines work side by side, and each keeps its place after the other was stopped", async () => {
  const { answer } = await page(`
    const [one, other] = await Promise.all([createEngine(), createEngine()]);
    const stop = new AbortController();
    const slow = { steps: [forest({ n_trees: 500 })], target: "left", columns: ["spend", "visits"] };
    const stages = [];
    const stopped = failed(one.run(slow, customers(20_000), { signal: stop.signal, onProgress: (progress) => { stages.push(progress); stop.abort(); } }));
    const never = new AbortController();
    const queued = failed(one.run(recipe, customers(), { signal: never.signal }));
    never.abort();
    const next = one.run(recipe, customers());
    const aside = other.run(recipe, customers());
    const answer = [await stopped, await queued, hash(await next) === hash(await aside), stages.length > 0];
    const last = failed(one.run(slow, customers(20_000)));
    one.destroy();
    answer.push(await last, await failed(one.methods()), (await other.methods()).length > 50);
    return answer;
  `);
  assert.deepEqual(answer, ["cancelled", "cancelled", true, true, "destroyed", "destroyed", true]);
});

test("buffers are copied unless they are given away", async () => {
  const { answer } = await page(`
    const engine = await createEngine();
    const { spend, visits } = customers();
    await engine.run(recipe, { spend, visits });
    const kept = spend.length;
    await engine.run(recipe, { spend, visits }, { transfer: true });
    return [kept, spend.length];
  `);
  assert.deepEqual(answer, [600, 0]);
});

test("a worker or WebAssembly that is not there is an error that says so", async () => {
  const server = await serve(host.folder, "/missing.js");
  host.write("missing.js", `
    import { createEngine } from "/node_modules/stillroom/index.js";
    const failed = (work) => work.then(() => "nothing", (error) => error.code);
    window.answer = [await failed(createEngine({ worker: "/nowhere.js" })), await failed(createEngine({ wasm: "/nowhere.wasm" })), await failed(createEngine({ worker: false, wasm: new Uint8Array(8) }))];
  `);
  try {
    const { answer } = await visit(server.address);
    assert.deepEqual(answer, ["worker-unavailable", "wasm-unavailable", "wasm-unavailable"]);
  } finally {
    await server.close();
  }
});
