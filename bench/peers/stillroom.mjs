// The engine through its public interface, as `createEngine` gives it to any page.
import { createEngine } from "/package/index.js";
import { host } from "../page.mjs";
import { bytes, columns, numbers, target, unseen } from "./data.mjs";
import { summary } from "./table.mjs";

/** A worker that keeps account of its WebAssembly memory and is the package's otherwise. */
const worker = () => new Worker("/bundles/counted_worker.js", { type: "module" });
const engines = new Map();

/** Whether this engine shares calls between workers: one that does refuses none. */
async function isShared() {
  try {
    (await createEngine({ worker, shards: 0 })).destroy();
    return false;
  } catch (error) {
    if (error.code === "bad-shards") return true;
    throw error;
  }
}

/** The engine with as many workers as the task asks for. */
async function engine({ shards = 1 }) {
  if (shards > 1 && !(await isShared())) throw new Error("this engine computes in one worker");
  if (!engines.has(shards)) engines.set(shards, await createEngine({ worker, shards }));
  return engines.get(shards);
}

const named = (all) => Object.fromEntries(all.map((column, place) => [`x${place}`, column]));
const reportOf = ({ report }, kind) => report.reports.find((one) => one.report === kind);
const yesNo = (classes) => ({ codes: Uint32Array.from(classes), levels: ["no", "yes"] });

/** Columns in, a result out. */
async function onColumns(task, data, answer) {
  const own = await engine(task);
  return { run: () => own.run(task.recipe, data, { transfer: task.transfer ?? false }), answer };
}

async function regression(task, y) {
  const data = { ...named(await columns(task)), y };
  return onColumns(task, data, (result) => {
    const found = new Map(reportOf(result, "fit").coefficients.map(({ name, estimate }) => [name, estimate]));
    return [...Array.from({ length: task.n_columns }, (_, place) => found.get(`x${place}`)), found.get("(intercept)")];
  });
}

async function trees(task, said) {
  const own = await engine(task);
  const asked = named(await unseen(task));
  const data = { ...named(await columns(task)), y: yesNo(await target(task)) };
  return {
    run: () => own.run(task.recipe, data),
    answer: async ({ model }) => (await own.run(task.recipe, asked, { model })).scores.map(said),
  };
}

async function lines({ set, n_rows, n_customers }) {
  const [customer, order, time, quantity, price] = await Promise.all([
    numbers(`${set}/customer`, n_rows, "u32"),
    numbers(`${set}/order`, n_rows, "u32"),
    numbers(`${set}/time`, n_rows),
    numbers(`${set}/quantity`, n_rows),
    numbers(`${set}/price`, n_rows),
  ]);
  const levels = (n) => Array.from({ length: n }, (_, code) => String(code));
  const n_orders = order.reduce((most, code) => Math.max(most, code), 0) + 1;
  return {
    customer: { codes: customer, levels: levels(n_customers) },
    order: { codes: order, levels: levels(n_orders) },
    time: { values: time, type: "time" },
    quantity,
    price,
  };
}

export const tasks = {
  kmeans: async (task) => onColumns(task, named(await columns(task)), ({ labels }) => labels),
  standardize: async (task) => onColumns(task, named(await columns(task)), () => []),
  pca: async (task) => onColumns(task, named(await columns(task)), (result) => reportOf(result, "pca").ratios.slice(0, 2)),
  ols: async (task) => regression(task, await target(task)),
  logistic: async (task) => regression(task, yesNo(await target(task))),
  forest: (task) => trees(task, (score) => Number(score > 0.5)),
  boosting: (task) => trees(task, (score) => score),

  async neighbours(task) {
    const own = await engine(task);
    const [customer, item] = await Promise.all([numbers(`${task.set}/user`, task.n_rows, "u32"), numbers(`${task.set}/item`, task.n_rows, "u32")]);
    const names = (n) => Array.from({ length: n }, (_, code) => String(code));
    const data = {
      customer: { codes: customer, levels: names(task.n_users) },
      item: { codes: item, levels: names(task.n_items) },
      order: { codes: customer, levels: names(task.n_users) },
      time: { values: new Float64Array(task.n_rows).fill(1.7e12), type: "time" },
    };
    const baskets = Array.from({ length: task.n_users }, () => []);
    customer.forEach((user, row) => baskets[user].push(String(item[row])));
    return {
      async run() {
        const { model } = await own.run(task.recipe, data);
        return own.recommend(model, baskets, { n: 10 });
      },
      answer: (lists) => lists.flatMap((list) => Array.from({ length: 10 }, (_, rank) => Number(list[rank]?.item_code ?? -1))),
    };
  },

  async rfm(task) {
    const data = await lines(task);
    const sum = (column) => column.reduce((total, value) => total + value, 0);
    return onColumns(task, data, ({ customers, columns: found }) => [customers.length, ...task.columns.map((name) => sum(found[name]))]);
  },

  async csv(task) {
    const [own, file] = [await engine(task), await bytes(task.file)];
    if (!own.read) throw new Error("this engine reads no CSV");
    return { run: () => own.read(file), answer: (found) => summary(task.table, task.table.map(({ name }) => found.columns[name])) };
  },

  async texts() {
    throw new Error("this engine has no bag of words yet");
  },
};

export const ready = () => engine({});
await host({ ready, tasks });
