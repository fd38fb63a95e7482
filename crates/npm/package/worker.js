// The worker's side. {wasm} comes first and once. To a worker that leads, asks come as {id, call, args}, and {shard, port} seats another
// beside it, or ends it when there is no port; a worker beside it gets its port as {serve}.
import { calls, load, shard } from "./core.js";
import { Crew, serve } from "./crew.js";
import { StillroomError } from "./error.js";

let loading;
let crew;

self.addEventListener("message", async ({ data: { id, call, args, wasm, packs, shards, shard: seat, port, serve: led } }) => {
  if (led) return serve(led, shard());
  if (seat !== undefined) return port ? crew.seat(seat, port) : crew.lose(seat);
  if (wasm !== undefined || !call) {
    if (shards > 1) crew = new Crew(shards - 1, (wanted) => self.postMessage({ wanted }));
    const tables = packs?.tables ?? new URL("./stillroom_tables_bg.wasm", import.meta.url);
    loading = load(wasm ?? new URL("./stillroom_bg.wasm", import.meta.url), { tables });
    loading.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ ready: false, error: plain(error) }));
    return;
  }
  try {
    await loading;
    const onProgress = (stage, done, total) => void self.postMessage({ id, progress: { stage, done, total } });
    const value = await calls[call](args, onProgress, crew);
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
