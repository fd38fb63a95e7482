// TensorFlow.js on its WebAssembly backend: single precision, on this thread.
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { host } from "../page.mjs";
import { columns, rowMajor } from "./data.mjs";

async function ready() {
  setWasmPaths("/modules/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  await tf.ready();
}

export const tasks = {
  async kmeans(task) {
    const rows = tf.tensor2d(Float32Array.from(rowMajor(await columns(task))), [task.n_rows, task.n_columns]);
    const nearest = (centres) => tf.argMin(tf.sub(tf.sum(tf.square(centres), 1), tf.mul(2, tf.matMul(rows, centres, false, true))), 1);
    const moved = (centres) => {
      const members = tf.oneHot(nearest(centres), task.k);
      return tf.div(tf.matMul(tf.cast(members, "float32"), rows, true), tf.expandDims(tf.sum(members, 0), 1));
    };
    async function run() {
      let centres = tf.slice(rows, [0, 0], [task.k, task.n_columns]);
      for (let pass = 0; pass < task.iterations; pass += 1) {
        const next = tf.tidy(() => moved(centres));
        centres.dispose();
        centres = next;
      }
      const labels = tf.tidy(() => nearest(centres));
      centres.dispose();
      const found = await labels.data();
      labels.dispose();
      return found;
    }
    return { run, answer: (labels) => labels };
  },
};

await host({ ready, tasks });
