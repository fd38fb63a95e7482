// The packages of mljs.
import LogisticRegression from "ml-logistic-regression";
import { Matrix } from "ml-matrix";
import { PCA } from "ml-pca";
import MultivariateLinearRegression from "ml-regression-multivariate-linear";
import { kmeans } from "ml-kmeans";
import { host } from "../page.mjs";
import { arrays, columns, target } from "./data.mjs";

export const tasks = {
  async kmeans(task) {
    const rows = arrays(await columns(task));
    const options = { initialization: rows.slice(0, task.k), maxIterations: task.iterations, tolerance: 1e-12 };
    return { run: () => kmeans(rows, task.k, options), answer: ({ clusters }) => clusters };
  },

  async pca(task) {
    const matrix = new Matrix(arrays(await columns(task)));
    return { run: () => new PCA(matrix, { center: true, scale: true }), answer: (found) => found.getExplainedVariance().slice(0, 2) };
  },

  async ols(task) {
    const [rows, y] = [arrays(await columns(task)), arrays([await target(task)])];
    return { run: () => new MultivariateLinearRegression(rows, y, { statistics: false }), answer: ({ weights }) => weights.flat() };
  },

  // It knows neither an intercept nor a penalty: the column of ones is ours. It takes steps of one size down the summed gradient.
  async logistic(task) {
    const all = await columns(task);
    const [rows, y] = [new Matrix(arrays([...all, new Float64Array(task.n_rows).fill(1)])), Matrix.columnVector(await target(task))];
    const options = { numSteps: 100, learningRate: 4 / task.n_rows };
    const run = () => {
      const found = new LogisticRegression(options);
      found.train(rows, y);
      return found;
    };
    return { run, answer: (found) => found.classifiers[0].weights.to1DArray() };
  },
};

await host({ tasks });
