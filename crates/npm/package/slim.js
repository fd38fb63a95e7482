// For callers that bring the WebAssembly themselves: nothing here names a file.
import * as core from "./core.js";
import { engineOn, hands, opener } from "./engine.js";
import { StillroomError } from "./error.js";
import { Here } from "./here.js";
import { InWorker } from "./in_worker.js";

export { StillroomError } from "./error.js";
export * from "./steps.js";
export { texts } from "./texts.js";

export async function createEngine({ worker = false, wasm, packs, shards } = {}) {
  const size = hands(shards);
  if (wasm === undefined) throw new StillroomError({ code: "wasm-needed", message: "stillroom/slim needs {wasm}: a URL, Response, bytes or Module" });
  if (worker === true) throw new StillroomError({ code: "worker-needed", message: "stillroom/slim needs {worker}: a URL, a Worker or a thunk of one" });
  return engineOn(worker ? new InWorker(opener(worker), { wasm, packs, shards: size }) : new Here(core, wasm, packs));
}
