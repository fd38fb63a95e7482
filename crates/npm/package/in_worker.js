import { StillroomError, cancelled, crashed, destroyed } from "./error.js";

/** How often a seat's worker may end and be opened again while its leader lives. */
const MOST_OPENED = 8;

/**
 * Runs one call after the other in a worker, which leads further ones when a call is large enough. A call that is stopped ends all of
 * them at once; the next call starts another.
 */
export class InWorker {
  #open;
  #source;
  #packs;
  #sendable;
  #shards;
  #worker;
  #beside = [];
  #running;
  #waiting = [];
  #lastId = 0;
  #isDestroyed = false;

  /** `open` makes a worker; `wasm` is what it loads, `packs` what it loads when needed, or undefined for the files beside it; `shards` is how many may work on one call. */
  constructor(open, { wasm, packs, shards }) {
    this.#open = open;
    this.#source = wasm;
    this.#packs = packs;
    this.#shards = shards;
  }

  /** Resolves when the engine can compute. */
  async start() {
    const [wasm, tables] = await Promise.all([this.#wasm(), sendable(this.#packs?.tables)]);
    if (this.#isDestroyed) throw destroyed();
    const worker = this.#open();
    this.#worker = worker;
    await ready(worker, { wasm, packs: { tables }, shards: this.#shards }).catch((error) => {
      this.#end();
      throw error;
    });
    worker.onmessage = ({ data }) => (data.wanted === undefined ? this.#heard(data) : this.#seat(worker, data.wanted));
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#crashed();
    };
  }

  /** What workers load, found once. */
  #wasm() {
    this.#sendable ??= sendable(this.#source).catch((error) => {
      this.#sendable = undefined;
      throw error;
    });
    return this.#sendable;
  }

  /** Opens a worker beside `leader`. Where that fails the leader works on without it. */
  async #seat(leader, seat) {
    const place = (this.#beside[seat] ??= { opened: 0 });
    place.worker?.terminate();
    if (place.opened === MOST_OPENED) return;
    place.opened += 1;
    try {
      const wasm = await this.#wasm();
      if (leader !== this.#worker) return;
      const worker = this.#open();
      place.worker = worker;
      await ready(worker, { wasm });
      worker.onerror = (event) => {
        event.preventDefault?.();
        worker.terminate();
        if (leader === this.#worker) leader.postMessage({ shard: seat });
      };
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ serve: port2 }, [port2]);
      leader.postMessage({ shard: seat, port: port1 }, [port1]);
    } catch {
      place.worker?.terminate();
    }
  }

  call(name, args, { signal, onProgress, transfer = [] } = {}) {
    if (this.#isDestroyed) return Promise.reject(destroyed());
    if (signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const call = { id: (this.#lastId += 1), name, args, transfer, onProgress };
      const stop = () => this.#stop(call);
      signal?.addEventListener("abort", stop, { once: true });
      const settled = (settle) => (value) => {
        signal?.removeEventListener("abort", stop);
        settle(value);
      };
      Object.assign(call, { resolve: settled(resolve), reject: settled(reject) });
      this.#waiting.push(call);
      this.#next();
    });
  }

  destroy() {
    this.#isDestroyed = true;
    this.#end();
    for (const call of [this.#running, ...this.#waiting]) call?.reject(destroyed());
    this.#running = undefined;
    this.#waiting = [];
  }

  async #next() {
    if (this.#running || this.#waiting.length === 0) return;
    const call = (this.#running = this.#waiting.shift());
    try {
      if (!this.#worker) await this.start();
      if (this.#running === call) this.#worker.postMessage({ id: call.id, call: call.name, args: call.args }, call.transfer);
    } catch (error) {
      if (this.#running === call) this.#finish(() => call.reject(unsendable(error)));
    }
  }

  #heard({ id, value, error, progress }) {
    const call = this.#running;
    if (call?.id !== id) return;
    if (progress) tell(call, progress, () => this.#stop(call));
    else if (error?.code === "crashed") this.#crashed();
    else this.#finish(() => (error ? call.reject(new StillroomError(error)) : call.resolve(value)));
  }

  #stop(call) {
    if (call === this.#running) {
      this.#end();
      this.#finish(() => call.reject(cancelled()));
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== call);
      call.reject(cancelled());
    }
  }

  #crashed() {
    const call = this.#running;
    this.#end();
    this.#finish(() => call?.reject(crashed()));
  }

  #finish(settle) {
    this.#running = undefined;
    settle();
    this.#next();
  }

  #end() {
    for (const worker of [this.#worker, ...this.#beside.map((place) => place?.worker)]) worker?.terminate();
    this.#worker = undefined;
    this.#beside = [];
  }
}

/** Resolves when `worker` has loaded what `hello` names. */
function ready(worker, hello) {
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => {
      event.preventDefault?.();
      reject(new StillroomError({ code: "worker-unavailable", message: "the worker did not start: serve its file from this origin, or pass {worker: false}" }));
    };
    worker.onmessage = ({ data }) => (data.ready ? resolve() : reject(new StillroomError(data.error)));
    worker.postMessage(hello);
  });
}

/** A handler that throws stops its call and is heard of. */
function tell(call, progress, stop) {
  try {
    call.onProgress?.(progress);
  } catch (error) {
    call.reject(error);
    stop();
  }
}

function unsendable(error) {
  if (error instanceof StillroomError) return error;
  const message = `the data cannot be sent to the worker: pass arrays and typed arrays (${error.message ?? error})`;
  return new StillroomError({ code: "data-unreadable", message });
}

/** A Response cannot be sent to a worker: its bytes can. */
async function sendable(wasm) {
  const found = await (typeof wasm === "function" ? wasm() : wasm);
  if (found instanceof URL) return found.href;
  if (typeof found === "string") return new URL(found, globalThis.location?.href).href;
  return typeof Response !== "undefined" && found instanceof Response ? found.arrayBuffer() : found;
}
