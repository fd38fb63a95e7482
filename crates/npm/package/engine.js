import { packBaskets, recommendations } from "./baskets.js";
import { buffers } from "./data.js";
import { StillroomError } from "./error.js";
import { withNames, withoutNames } from "./lines.js";

/** The engine as callers know it; `host` runs its calls somewhere. */
export class Engine {
  #host;

  constructor(host) {
    this.#host = host;
  }

  async run(recipe, data, { model, transfer = false, signal, onProgress } = {}) {
    const sent = model ? data : withoutNames(recipe, data);
    const found = await this.#host.call("run", { recipe, data: sent, model }, { signal, onProgress, transfer: transfer ? buffers(sent) : [] });
    return withNames(found, data, sent);
  }

  read(file, { transfer = false, signal, onProgress, ...options } = {}) {
    const given = transfer && ArrayBuffer.isView(file) ? [file.buffer] : [];
    return this.#host.call("read", { file, options }, { signal, onProgress, transfer: given });
  }

  async write(data, format, { transfer = false, signal } = {}) {
    const { bytes } = await this.#host.call("write", { data, format }, { signal, transfer: transfer ? buffers(data) : [] });
    return bytes;
  }

  explain(model, data, row, { wish, signal, onProgress } = {}) {
    return this.#host.call("explain", { model, data, row, wish }, { signal, onProgress });
  }

  async recommend(model, baskets, { n = 10, signal } = {}) {
    const packed = packBaskets(baskets);
    const found = await this.#host.call("recommend", { model, baskets: packed, n }, { signal, transfer: buffers(packed) });
    return recommendations(found);
  }

  card(model) {
    return this.#host.call("card", { model });
  }

  methods() {
    return this.#host.call("methods", {});
  }

  destroy() {
    this.#host.destroy();
  }
}

/** Starts `host` and hands out the engine on it. */
export async function engineOn(host) {
  await host.start();
  return new Engine(host);
}

/** How many workers may share a call: as many as asked for, else as the processor has cores, but no more than 4: past that, what is not shared decides. */
export function hands(shards = Math.min(4, globalThis.navigator?.hardwareConcurrency ?? 1)) {
  if (Number.isInteger(shards) && shards >= 1 && shards <= 64) return shards;
  throw new StillroomError({ code: "bad-shards", message: "shards is a whole number from 1 to 64" });
}

/** How to open the worker that `choice` names: a URL, a Worker, or a thunk of one. */
export function opener(choice) {
  if (typeof choice === "function") return choice;
  if (typeof choice === "string" || choice instanceof URL) return () => new Worker(choice, { type: "module", name: "stillroom" });
  let given = choice;
  return () => {
    const worker = given;
    given = undefined;
    if (worker) return worker;
    throw new TypeError("a worker that ended cannot be opened again: pass a thunk that makes one");
  };
}
