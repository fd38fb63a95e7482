// Calls that several workers share, in Node: workers are threads made to look like a page's.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker as Thread } from "node:worker_threads";

import { DATA, project } from "./host.mjs";

const host = project();
after(host.remove);
host.write("thread.mjs", `
  import { parentPort } from "node:worker_threads";
  const target = new EventTarget();
  globalThis.self = {
    addEventListener: target.addEventListener.bind(target),
    postMessage: (...message) => parentPort.postMessage(...message),
  };
  await import("stillroom/worker");
  parentPort.on("message", (data) => target.dispatchEvent(Object.assign(new Event("message"), { data })));
`);
const source = `${DATA}\nexport * from "stillroom";`;
const { createEngine, customers, ...steps } = await import(pathToFileURL(host.write("host.mjs", source)).href);
const { readFileSync } = await import("node:fs");
const wasm = new WebAssembly.Module(readFileSync(`${host.home}/stillroom_bg.wasm`));

/** An engine whose workers the test knows: `workers` are those that live, the leader first. */
async function started(shards) {
  const workers = [];
  const open = () => {
    const thread = new Thread(`${host.folder}/thread.mjs`, { type: "module" });
    const worker = {
      postMessage: (...message) => thread.postMessage(...message),
      terminate: () => {
        const at = workers.indexOf(worker);
        if (at >= 0) workers.splice(at, 1);
        thread.terminate();
      },
    };
    thread.on("message", (data) => worker.onmessage?.({ data }));
    thread.on("error", (error) => worker.onerror?.({ message: String(error) }));
    workers.push(worker);
    return worker;
  };
  const engine = await createEngine({ worker: open, wasm, shards });
  return { engine, workers };
}

const width = 24;
/** Columns of numbers, and a target they explain. */
function table(n) {
  const data = {};
  let state = 11;
  const draw = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const sum = new Float64Array(n);
  for (let column = 0; column < width; column += 1) {
    const values = (data[`x${column}`] = new Float64Array(n));
    for (let row = 0; row < n; row += 1) sum[row] += values[row] = draw() + (row % 3 === column % 3 ? 2 : 0);
  }
  data.number = Float64Array.from(sum, (value) => value + draw());
  data.yes = Array.from(sum, (value) => value + 4 * draw() > 1.25 * width);
  return data;
}

const columns = Array.from({ length: width }, (_, column) => `x${column}`);
const recipes = {
  pca: { steps: [steps.standardize(), steps.pca({ n_components: 2 })], columns },
  ols: { steps: [steps.ols()], target: "number", columns },
  logistic: { steps: [steps.standardize(), steps.logistic()], target: "yes", columns },
  forest: { steps: [steps.forest({ n_trees: 24, max_depth: 4 })], target: "yes", columns: columns.slice(0, 6) },
  kmeans: { steps: [steps.standardize(), steps.kmeans({ k: 12, n_init: 1, n_swaps: 0 })], columns },
};
const data = table(40_000);

/** An answer as text that shows every bit. */
const shown = (answer) => JSON.stringify(answer, (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value));

test("one, two and three workers give the same bytes", async () => {
  const found = {};
  for (const shards of [1, 2, 3]) {
    const { engine, workers } = await started(shards);
    for (const [name, recipe] of Object.entries(recipes)) (found[name] ??= new Set()).add(shown(await engine.run(recipe, data)));
    assert.equal(workers.length, shards);
    engine.destroy();
    assert.equal(workers.length, 0, "destroying ends every worker");
  }
  for (const [name, answers] of Object.entries(found)) assert.equal(answers.size, 1, name);
});

test("a small call opens no further worker", async () => {
  const { engine, workers } = await started(3);
  await engine.run({ steps: [steps.standardize(), steps.kmeans({ k: 3 })], columns: ["spend", "visits"] }, customers());
  assert.equal(workers.length, 1);
  engine.destroy();
});

test("a worker that ends in the midst is replaced, and the bytes are the same", async () => {
  const { engine, workers } = await started(2);
  const recipe = recipes.logistic;
  const expected = shown(await engine.run(recipe, data));
  const [, shard] = workers;
  let isEnded = false;
  const onProgress = ({ stage }) => {
    if (stage === "logistic" && !isEnded) {
      isEnded = true;
      shard.terminate();
    }
  };
  assert.equal(shown(await engine.run(recipe, data, { onProgress })), expected);
  assert.ok(isEnded);
  assert.equal(shown(await engine.run(recipe, data)), expected);
  assert.equal(workers.length, 2, "another one sits in its place");
  assert.ok(!workers.includes(shard));
  engine.destroy();
});

test("stopping answers before any worker does, and the next call works", async () => {
  const { engine, workers } = await started(2);
  const expected = shown(await engine.run(recipes.ols, data));
  const stop = new AbortController();
  const events = [];
  const stopped = engine.run(recipes.logistic, data, {
    signal: stop.signal,
    onProgress: ({ stage }) => {
      if (stage !== "logistic" || stop.signal.aborted) return;
      stop.abort();
      events.push(`${workers.length} workers left`);
    },
  });
  await stopped.then(() => events.push("answered"), ({ code }) => events.push(code));
  assert.deepEqual(events, ["0 workers left", "cancelled"]);
  assert.equal(shown(await engine.run(recipes.ols, data)), expected);
  engine.destroy();
});

test("a number of workers that cannot be is refused", async () => {
  for (const shards of [0, 1.5, 65, "2"]) await assert.rejects(createEngine({ shards }), { code: "bad-shards" });
});
