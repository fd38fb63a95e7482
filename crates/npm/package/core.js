// The engine on whatever thread this is: worker.js runs it in a worker, engine.js on the caller's.
import { customers, orderLines } from "./data.js";
import { readFile } from "./files.js";
import { guard, loader } from "./guard.js";
import { complete } from "./recipe.js";
import init, * as wasm from "./stillroom.js";
import { packAt, writeTable } from "./tables.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const guarded = guard(wasm);
const start = loader(init, { code: "wasm-unavailable", message: "the engine could not be loaded" });
let registry;

/** Loads the WebAssembly once, from a URL, Response, bytes, Module, or a promise or thunk of one; `packs` says where further ones are. */
export function load(source, packs) {
  if (packs?.tables !== undefined) packAt(packs.tables);
  return start(source);
}

/** What can be asked of the engine. Each answers at once, but a run with a crew: a caller that must not wait asks from a worker. */
export const calls = {
  methods: () => (registry ??= guarded(() => wasm.methods())),

  run({ recipe, data, model }, onProgress, crew) {
    const whole = model ? keptRecipe(model) : complete(recipe);
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

  recommend: ({ model, baskets: { levels, codes, lengths }, n }) => guarded(() => wasm.recommend(decoder.decode(model), levels, codes, lengths, n)),

  read: ({ file, options }, onProgress) => readFile(file, options, onProgress, (...told) => guarded(() => new wasm.CsvReader(...told)), guarded),

  write: async ({ data, format }) => ({ bytes: await writeTable(data, format) }),

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
