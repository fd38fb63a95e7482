import type { CreateOptions, Engine } from "./engine.js";

export type * from "./engine.js";
export type * from "./files.js";
export { StillroomError } from "./error.js";
export * from "./steps.js";
export { texts } from "./texts.js";

/**
 * Starts an engine: in a worker of its own, unless told otherwise; in Node on this thread. Nothing is fetched but the worker and
 * the WebAssembly that lie beside this package's files.
 *
 * @throws {StillroomError} `worker-unavailable` or `wasm-unavailable`.
 */
export declare function createEngine(options?: CreateOptions): Promise<Engine>;
