// Calls into WebAssembly that may fail or trap.
import { StillroomError, cancelled, crashed } from "./error.js";

/** Runs work on the instance that `wasm` stands for. Its failures become errors; a trap leaves the instance unusable, so the next work gets a new one of the same module. */
export function guard(wasm) {
  let hasCrashed = false;
  return (work) => {
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
  };
}

/** A function that loads `init`'s WebAssembly once, from a URL, Response, bytes, Module, or a promise or thunk of one; `error` says what a failure means, after which it may be tried again. */
export function loader(init, error) {
  let ready;
  return (source) =>
    (ready ??= Promise.resolve(typeof source === "function" ? source() : source)
      .then((found) => init({ module_or_path: found }))
      .catch((cause) => {
        ready = undefined;
        throw new StillroomError({ ...error, message: `${error.message}: ${cause.message ?? cause}` });
      }));
}
