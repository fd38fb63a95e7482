// linfa and smartcore as WebAssembly, on this thread.
import init, { kmeans, linfa_forest, logistic, ols, pca, smartcore_forest } from "/rust/bench_rust_peers.js";
import { host } from "../page.mjs";
import { columns, rowMajor, target, unseen } from "./data.mjs";

const same = (found) => found;

/** Rows, and the target where there is one; they are copied into WebAssembly with every call, as callers must. */
async function rowsOf(task) {
  return { rows: rowMajor(await columns(task)), y: task.has_target ? await target(task) : undefined };
}

async function forest(task, fit) {
  const [{ rows, y }, asked] = [await rowsOf(task), rowMajor(await unseen(task))];
  return { run: () => fit(rows, task.n_columns, y, task.n_trees, asked), answer: same };
}

export const tasks = {
  async kmeans(task) {
    const { rows } = await rowsOf(task);
    return { run: () => kmeans(rows, task.n_columns, task.k, task.iterations), answer: same };
  },
  async pca(task) {
    const { rows } = await rowsOf(task);
    return { run: () => pca(rows, task.n_columns, 2), answer: same };
  },
  async ols(task) {
    const { rows, y } = await rowsOf(task);
    return { run: () => ols(rows, task.n_columns, y), answer: same };
  },
  async logistic(task) {
    const { rows, y } = await rowsOf(task);
    return { run: () => logistic(rows, task.n_columns, y, task.l2), answer: same };
  },
  forest: (task) => forest(task, task.library === "smartcore" ? smartcore_forest : linfa_forest),
};

await host({ ready: () => init(), tasks });
