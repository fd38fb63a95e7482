// The worker's side. Asks come as {id, call, args}; {wasm} comes first and once.
import { calls, load } from "./core.js";
import { StillroomError } from "./error.js";

let loading;

self.addEventListener("message", async ({ data: { id, call, args, wasm } }) => {
  if (wasm !== undefined || !call) {
    loading = load(wasm ?? new URL("./stillroom_bg.wasm", import.meta.url));
    loading.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ ready: false, error: plain(error) }));
    return;
  }
  try {
    await loading;
    const onProgress = (stage, done, total) => void self.postMessage({ id, progress: { stage, done, total } });
    const value = await calls[call](args, onProgress);
    self.postMessage({ id, value }, moved(value));
  } catch (error) {
    self.postMessage({ id, error: plain(error) });
  }
});

function plain(error) {
  return error instanceof StillroomError ? error.toJSON() : { code: "unexpected", message: String(error?.message ?? error) };
}

/** The buffers of an answer, which nobody here needs any more. */
function moved(value) {
  const columns = Object.values(value?.columns ?? {}).flatMap((column) => (ArrayBuffer.isView(column) ? column : Object.values(column)));
  const views = [...Object.values(value ?? {}), ...columns].flatMap((part) => (Array.isArray(part) ? part : [part]));
  return [...new Set(views.filter(ArrayBuffer.isView).map(({ buffer }) => buffer))];
}
