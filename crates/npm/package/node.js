// For Node: the same engine on this thread, with the WebAssembly read from beside this file.
import { readFile } from "node:fs/promises";
import * as core from "./core.js";
import { engineOn, hands, opener } from "./engine.js";
import { Here } from "./here.js";
import { InWorker } from "./in_worker.js";

export { StillroomError } from "./error.js";
export * from "./steps.js";
export { texts } from "./texts.js";

export async function createEngine({ worker = false, wasm, packs, shards } = {}) {
  const size = hands(shards);
  if (worker && worker !== true) return engineOn(new InWorker(opener(worker), { wasm, packs, shards: size }));
  const tables = packs?.tables ?? (() => readFile(new URL("./stillroom_tables_bg.wasm", import.meta.url)));
  return engineOn(new Here(core, wasm ?? (() => readFile(new URL("./stillroom_bg.wasm", import.meta.url))), { tables }));
}
