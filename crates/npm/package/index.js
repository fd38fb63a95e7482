// For browsers and their bundlers. Importing does nothing; `createEngine` loads what it needs from beside this file.
import { engineOn, hands, opener } from "./engine.js";
import { InWorker } from "./in_worker.js";

export { StillroomError } from "./error.js";
export * from "./steps.js";
export { texts } from "./texts.js";

export async function createEngine({ worker = true, wasm, packs, shards } = {}) {
  const size = hands(shards);
  if (worker === false) {
    const [{ Here }, core] = await Promise.all([import("./here.js"), import("./core.js")]);
    const tables = packs?.tables ?? new URL("./stillroom_tables_bg.wasm", import.meta.url);
    return engineOn(new Here(core, wasm ?? new URL("./stillroom_bg.wasm", import.meta.url), { tables }));
  }
  const open = worker === true ? () => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "stillroom" }) : opener(worker);
  return engineOn(new InWorker(open, { wasm, packs, shards: size }));
}
