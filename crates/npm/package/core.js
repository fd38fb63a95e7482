// The engine on whatever thread this is: worker.js runs it in a worker, engine.js on the caller's.
import { readCsv } from "./csv.js";
import { customers, orderLines } from "./data.js";
import { StillroomError, cancelled, crashed } from "./error.js";
import { complete } from "./recipe.js";
import init, * as wasm from "./stillroom.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
let ready;
let registry;
let hasCrashed = false;

/** Loads the WebAssembly once, from a URL, Response, bytes, Module, or a promise or thunk of one. */
export function load(source) {
  ready ??= Promise.resolve(typeof source === "function" ? source() : source)
    .then((found) => init({ module_or_path: found }))
    .catch((error) => {
      ready = undefined;
      throw new StillroomError({ code: "wasm-unavailable", message: `the engine could not be loaded: ${error.message ?? error}` });
    });
  return ready;
}

/** What can be asked of the engine. Each answers at once, but a run with a crew: a caller that must not wait asks from a worker. */
export const calls = {
  methods: () => (registry ??= guarded(() => wasm.methods())),

  run({ recipe, data, model }, onProgress, crew) {
    const whole = model ? keptRecipe(model) : complete(recipe, calls.methods());
    const rows = rowsFor(whole, data);
    const begin = (era, size) => new wasm.Run(JSON.stringify(whole), rows, model && decoder.decode(model), era, size, onProgress);
    const finished = (answer) => {
      const customers = rows.customers && { customers: Array.from(answer.rows, (row) => rows.customers[row]) };
      return { ...answer, ...customers, columns: Object.fromEntries(answer.columns), model: answer.model && encoder.encode(answer.model) };
    };
    if (crew) return crew.lead(begin, guarded).then(finished);
    const run = guarded(() => begin(0, 0));
    return finished(guarded(() => run.poll()));
  },

  explain({ model, data, row, wish }, onProgress) {
    const rows = rowsFor(keptRecipe(model), data);
    return guarded(() => wasm.explain(decoder.decode(model), rows, row, wish && JSON.stringify(wish), onProgress));
  },

  recommend: ({ model, baskets, n }) => guarded(() => wasm.recommend(decoder.decode(model), JSON.stringify(baskets), n)),

  read: ({ csv, options }, onProgress) => readCsv(csv, options, onProgress, (...told) => guarded(() => new wasm.CsvReader(...told)), guarded),

  card: ({ model }) => guarded(() => wasm.card(decoder.decode(model))),
};

/** A shard for the runs of others. */
export const shard = () => new wasm.Rows();

/** The data as a recipe's source reads it. */
const rowsFor = (recipe, data) => (recipe.source.rows === "order_lines" ? orderLines(data) : customers(data));

/** The recipe inside a fitted model. */
function keptRecipe(model) {
  return guarded(() => JSON.parse(wasm.recipe(decoder.decode(model))));
}

/** Failures of the engine as errors. A trap leaves the instance unusable: the next call gets a new one of the same module. */
function guarded(work) {
  if (hasCrashed) wasm.__wbg_reset_state();
  hasCrashed = false;
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof StillroomError) throw thrown;
    if (thrown && typeof thrown.code === "string") throw thrown.code === "cancelled" ? cancelled() : new StillroomError(thrown);
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
      hasCrashed = true;
      throw crashed();
    }
    throw thrown;
  }
}
