import { cancelled, destroyed } from "./error.js";

/** Runs calls on this thread. A signal is looked at before the work and whenever it tells its progress. */
export class Here {
  #core;
  #wasm;
  #packs;
  #isDestroyed = false;

  constructor(core, wasm, packs) {
    this.#core = core;
    this.#wasm = wasm;
    this.#packs = packs;
  }

  async start() {
    await this.#core.load(this.#wasm, this.#packs);
  }

  async call(name, args, { signal, onProgress } = {}) {
    if (this.#isDestroyed) throw destroyed();
    if (signal?.aborted) throw cancelled();
    return this.#core.calls[name](args, (stage, done, total) => {
      onProgress?.({ stage, done, total });
      return signal?.aborted ?? false;
    });
  }

  destroy() {
    this.#isDestroyed = true;
  }
}
