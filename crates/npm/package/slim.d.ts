import type { CreateOptions, Engine, WasmSource } from "./engine.js";

export type * from "./engine.js";
export type * from "./files.js";
export { StillroomError } from "./error.js";
export * from "./steps.js";
export { texts } from "./texts.js";

/** As `CreateOptions`, with everything that would have to be found. */
export interface SlimOptions extends CreateOptions {
  wasm: WasmSource;
  /** Where the worker is, for example a file of yours that imports `stillroom/worker`; without one, the engine runs on this thread. */
  worker?: false | string | URL | Worker | (() => Worker);
}

/**
 * Starts an engine from WebAssembly that you bring. Nothing is fetched but what you name.
 *
 * @throws {StillroomError} `wasm-needed`, `worker-needed`, `worker-unavailable` or `wasm-unavailable`.
 */
export declare function createEngine(options: SlimOptions): Promise<Engine>;
