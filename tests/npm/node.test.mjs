import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

import { DATA, project } from "./host.mjs";
import { spreadsheet } from "./spreadsheet.mjs";

const host = project();
after(host.remove);
const source = `${DATA}\nexport * from "stillroom";`;
const { createEngine, customers, orderLines, StillroomError, texts, ...steps } = await import(pathToFileURL(host.write("host.mjs", source)).href);
const engine = await createEngine();

const segments = { steps: [steps.standardize(), steps.kmeans({ k: 3 })], columns: ["spend", "visits"] };

/** The error of a call, which must be one of the package's. */
async function failure(call) {
  const error = await call().then(() => assert.fail("the call should fail"), (thrown) => thrown);
  assert.ok(error instanceof StillroomError, String(error?.stack ?? error));
  return error;
}

test("three groups are found, and the model that found them says the same of the same rows", async () => {
  const found = await engine.run(segments, customers());
  assert.equal(found.labels.length, 600);
  for (const group of [0, 1, 2]) assert.equal(new Set(found.labels.filter((_, row) => row % 3 === group)).size, 1, "a group is one segment");
  assert.equal(new Set(found.labels).size, 3);
  assert.equal(found.report.reports.at(-1).report, "group");
  const again = await engine.run(segments, customers(), { model: found.model });
  assert.deepEqual(again.labels, found.labels);
  const card = await engine.card(found.model);
  assert.ok(JSON.stringify(card).includes("kmeans"));
});

test("however a column is written, the answer is the same", async () => {
  const data = customers();
  const written = {
    ...data,
    spend: Array.from(data.spend),
    visits: { values: Float32Array.from(data.visits), type: "number" },
  };
  data.visits = Float64Array.from(Float32Array.from(data.visits));
  const [one, other] = [await engine.run(segments, data), await engine.run(segments, written)];
  assert.deepEqual(other.labels, one.labels);
  assert.equal(other.report.data_hash, one.report.data_hash);

  const labels = customers().city;
  const levels = ["Linz", "Wien", "never", "Graz"];
  const codes = Int32Array.from(labels, (label) => levels.indexOf(label));
  const validity = new Uint8Array(75).fill(0xff);
  labels.forEach((label, row) => label === null && (validity[row >> 3] &= ~(1 << (row & 7))));
  const profile = { steps: [steps.profile()] };
  const hashes = [];
  for (const city of [labels, { codes, levels }, { codes: codes.map((code) => Math.max(code, 0)), levels, validity }])
    hashes.push((await engine.run(profile, { city })).report.data_hash);
  assert.equal(new Set(hashes).size, 1);
});

test("a prediction comes with its judgement, and one row of it is explained", async () => {
  const recipe = { steps: [steps.impute(), steps.oneHot(), steps.standardize(), steps.logistic()], target: "left", positive: "yes", validate: { kind: "folds", k: 5 } };
  const stages = [];
  const found = await engine.run(recipe, customers(), { onProgress: (progress) => stages.push(progress) });
  assert.equal(found.scores.length, 600);
  assert.ok(stages.length > 0 && stages.every(({ done, total }) => done <= total));
  const { left, ...today } = customers();
  const scored = await engine.run(recipe, today, { model: found.model });
  assert.equal(scored.scores.length, 600);
  const why = await engine.explain(found.model, customers(), 2);
  assert.ok(JSON.stringify(why).includes("spend"));
});

test("what others bought is recommended", async () => {
  const found = await engine.run({ steps: [steps.knnItem()] }, orderLines());
  const [first, nobody] = await engine.recommend(found.model, [["i0"], []], { n: 3 });
  assert.equal(first.length, 3);
  assert.ok(first.every(({ item_code }) => item_code !== "i0"));
  assert.ok(nobody.every(({ popular }) => popular));
  const summed = await engine.run({ steps: [steps.rfm(), steps.standardize(), steps.kmeans({ k: 2 })] }, orderLines());
  assert.equal(summed.customers.length, 60);
  assert.equal(summed.labels.length, 60);
});

test("order lines as dictionaries give what texts give, under the same names", async () => {
  const lines = orderLines();
  const dictionary = (values) => {
    const levels = [...new Set(values)].reverse();
    return { codes: Uint32Array.from(values, (value) => levels.indexOf(value)), levels };
  };
  const coded = { ...lines, customer: dictionary(Array.from(lines.customer, String)) };
  if (lines.order) coded.order = dictionary(Array.from(lines.order, String));
  const bySum = ({ customers, columns }) => Object.fromEntries(customers.map((customer, row) => [customer, columns.monetary[row]]));
  const [plain, other] = [await engine.run({ steps: [steps.rfm()] }, lines), await engine.run({ steps: [steps.rfm()] }, coded)];
  assert.deepEqual(bySum(other), bySum(plain));
  const beyond = { ...coded, customer: { ...coded.customer, codes: coded.customer.codes.map((code, row) => (row === 3 ? 1e6 : code)) } };
  const error = await failure(() => engine.run({ steps: [steps.rfm()] }, beyond));
  assert.deepEqual([error.code, error.field, error.row], ["bad-column", "customer", 3]);
});

test("baskets that do not read are told by their place", async () => {
  const { model } = await engine.run({ steps: [steps.knnItem()], fit_only: true }, orderLines());
  const [empty, unknown] = await engine.recommend(model, [[], ["nothing of the kind"]], { n: 2 });
  assert.deepEqual(unknown, empty);
  for (const [baskets, row] of [["i0", undefined], [[["i0"], "i1"], undefined], [[["i0"], [7]], 1]]) {
    const error = await failure(() => engine.recommend(model, baskets));
    assert.deepEqual([error.code, error.row], ["baskets-unreadable", row]);
  }
});

test("a CSV file is read to columns, and what does not fit is told", async () => {
  const rows = Array.from({ length: 300 }, (_, row) => `${row},"Nr. ""${row}""",${row % 3 ? "Wien" : "Linz"},${(row / 4).toFixed(2)},2024-05-${String((row % 28) + 1).padStart(2, "0")},${row % 2 ? "yes" : "no"}`);
  rows[7] = "7,seven,Wien,much,,";
  rows[8] = "8,eight";
  const file = ["id,name,city,spend,joined,left", ...rows].join("\r\n");
  const bytes = new TextEncoder().encode(file);
  const read = await engine.read(bytes);
  assert.deepEqual(read.types, { id: "integer", name: "text", city: "category", spend: "number", joined: "date", left: "boolean" });
  const { id, name, city, spend, joined, left } = read.columns;
  assert.deepEqual([read.rows, read.rowsRefused, read.issueCount], [300, 0, 2]);
  assert.deepEqual(read.issues.map(({ row, line, field, reason }) => [row, line, field, reason]), [[8, 9, "spend", "not_a_number"], [9, 10, null, "too_few_cells"]]);
  assert.ok(Number.isNaN(spend.values[7]) && spend.values[6] === 1.5 && id.values[299] === 299);
  assert.deepEqual(city.levels, ["Linz", "Wien"]);
  assert.equal(new Date(joined.values[30]).toISOString(), "2024-05-03T00:00:00.000Z");
  assert.deepEqual(texts(name).slice(5, 9), [`Nr. "5"`, `Nr. "6"`, "seven", "eight"]);
  assert.deepEqual([...left.codes.slice(4, 9), left.levels[1]], [0, 1, 0, 0xffffffff, 0xffffffff, "yes"]);

  for (const same of [file, new Blob([bytes]), bytes.buffer]) assert.deepEqual(await engine.read(same), read);
  const latin = Uint8Array.from(file.replaceAll("Linz", "Köln"), (character) => character.charCodeAt(0));
  assert.deepEqual((await engine.read(latin)).columns.city.levels, ["Köln", "Wien"]);

  const profiled = await engine.run({ steps: [steps.profile()] }, read.columns);
  assert.equal(profiled.report.n_rows_read, 300);
  const types = Object.fromEntries(profiled.report.reports[0].columns.map(({ name, value_type }) => [name, value_type]));
  assert.deepEqual(types, { id: "number", city: "category", spend: "number", left: "category" });
  const named = await engine.read(bytes, { types: { name: "category", id: "text" } });
  assert.equal(named.columns.name.levels.length, 300);
  assert.equal(texts(named.columns.id)[299], "299");
});

test("a column that late rows change is read anew, and options that cannot be are refused", async () => {
  const late = `a;b\n${"1;2\n".repeat(5000)}${"x;y\n".repeat(5000)}`;
  const { types, columns, issueCount } = await engine.read(late);
  assert.deepEqual([types, issueCount], [{ a: "category", b: "category" }, 0]);
  assert.deepEqual([columns.a.levels, columns.b.codes.at(-1)], [["1", "x"], 1]);
  assert.deepEqual((await engine.read("1,2\n3,4\n", { header: false })).columns["Column 2"].values, new Float64Array([2, 4]));
  const code = async (csv, options) => (await failure(() => engine.read(csv, options))).code;
  assert.equal(await code("a,b\n1,2\n", { types: { c: "number" } }), "no-such-name");
  assert.equal(await code("a,b\n1,2\n", { delimiter: "x" }), "unusable-delimiter");
  assert.equal(await code("a,b\n1,2\n", { delimeter: "," }), "options-unreadable");
  assert.equal(await code(42), "data-unreadable");
  assert.equal((await failure(() => engine.read(late, { onProgress: () => {}, signal: AbortSignal.abort() }))).code, "cancelled");
});

test("Arrow and Parquet are written and read, to the same columns", async () => {
  const { spend, city, joined } = customers();
  const data = { spend, city, joined, name: { values: city.map((_, row) => (row % 5 ? `Nr. ${row} – 名` : null)), type: "text" } };
  const hash = async (columns) => (await engine.run({ steps: [steps.profile()] }, columns)).report.data_hash;
  for (const format of ["arrow", "parquet"]) {
    const read = await engine.read(await engine.write(data, format));
    assert.deepEqual([read.rows, read.types], [600, { spend: "number", city: "category", joined: "date", name: "text" }]);
    assert.equal(await hash(read.columns), await hash(data), format);
    assert.deepEqual(texts(read.columns.name), data.name.values);
    const again = await engine.read(await engine.write(read.columns, format));
    assert.deepEqual(again.columns, read.columns);
  }
  assert.equal((await failure(() => engine.write(data, "pdf"))).code, "bad-format");
  assert.equal((await failure(() => engine.write(data, "xlsx"))).code, "kind-not-written");
  assert.equal((await failure(() => engine.write({ a: [1, "x"] }, "arrow"))).code, "bad-column");
});

test("JSON and spreadsheets are read, and what breaks their rules is told", async () => {
  const json = await engine.read('[{"n": 1, "who": {"city": "Wien"}}, {"n": null, "who": {"city": "Graz"}}]');
  assert.deepEqual([json.rows, Object.keys(json.columns)], [2, ["n", "who.city"]]);
  assert.deepEqual([...json.columns.n.values], [1, NaN]);
  const sheet = await engine.read(spreadsheet([["id", "spend", "is new"], ["a-1", 2.5, true], ["a-2", null, false]]));
  assert.deepEqual(sheet.types, { id: "text", spend: "number", "is new": "boolean" });
  assert.deepEqual([texts(sheet.columns.id), [...sheet.columns.spend.values], [...sheet.columns["is new"].codes]], [["a-1", "a-2"], [2.5, NaN], [1, 0]]);
  assert.equal((await failure(() => engine.read(Uint8Array.from([80, 75, 3, 4, 0, 0])))).code, "table-unreadable");
  assert.equal((await failure(() => engine.read("[1, 2]"))).code, "json-no-object");
  assert.deepEqual((await engine.read("[a,b]\n1,2\n", { format: "csv" })).rows, 1);
});

test("what is wrong is said with its code, its column and its row", async () => {
  const run = (recipe, data) => failure(() => engine.run(recipe, data));
  const { spend, visits } = customers();
  const cases = [
    [await run(segments, { spend: [1, 2, "three"], visits: [1, 2, 3] }), "bad-column", "spend", 2],
    [await run(segments, { spend, visits: visits.slice(1) }), "length-mismatch", "visits", undefined],
    [await run({ ...segments, columns: ["age"] }, { spend }), "unknown-column", "age", undefined],
    [await run(segments, { spend: spend.map((value, row) => (row === 4 ? Infinity : value)), visits }), "not-finite", "spend", 4],
    [await run({ steps: [{ method: "kmean" }] }, { spend }), "unknown-method", undefined, undefined],
    [await run({ ...segments, sede: 3 }, { spend, visits }), "recipe-unreadable", undefined, undefined],
    [await run({ steps: [steps.rfm()] }, { time: [1] }), "column-needed", "customer", undefined],
    [await run(segments, { spend: new Float64Array(0), visits: new Float64Array(0) }), undefined, undefined, undefined],
    [await failure(() => engine.card(new Uint8Array([1, 2, 3]))), "not-a-model", undefined, undefined],
    [await failure(() => engine.run(segments, {}, { model: new TextEncoder().encode("{}") })), "not-a-model", undefined, undefined],
  ];
  for (const [error, code, field, row] of cases) {
    if (code) assert.equal(error.code, code, error.message);
    assert.equal(error.field, field, error.message);
    assert.equal(error.row, row, error.message);
  }
});

test("a signal stops the work, and the engine goes on", async () => {
  const stop = new AbortController();
  const slow = { steps: [steps.forest({ n_trees: 400 })], target: "left", columns: ["spend", "visits"] };
  const error = await failure(() => engine.run(slow, customers(3000), { signal: stop.signal, onProgress: () => stop.abort() }));
  assert.equal(error.code, "cancelled");
  assert.equal((await failure(() => engine.run(segments, customers(), { signal: AbortSignal.abort() }))).code, "cancelled");
  assert.equal((await engine.run(segments, customers())).labels.length, 600);
});

test("the registry describes every step there is a function for", async () => {
  const methods = await engine.methods();
  assert.ok(methods.length > 50);
  const made = Object.values(steps).map((step) => step().method).sort();
  assert.deepEqual(made, methods.map(({ name }) => name).sort());
});

test("a destroyed engine says so", async () => {
  const other = await createEngine();
  other.destroy();
  assert.equal((await failure(() => other.methods())).code, "destroyed");
  assert.equal((await engine.run(segments, customers())).labels.length, 600, "another one goes on");
});
