// Starts the app: the Trusted Types policy first, then the WebAssembly, then the watch for new versions.
import { installPolicy } from "./trusted_types.js";
import { watchForUpdates } from "./updates.js";

const named = (name) => document.querySelector(`meta[name="stillroom-${name}"]`)?.content ?? "";
const addresses = {
  worker: named("worker"),
  serviceWorker: named("service-worker"),
  charts: named("charts"),
  chinese: named("chinese"),
};

// What the Rust side may ask of the page. The addresses are in the page's head, where the build puts the versioned ones.
globalThis.stillroom = Object.freeze({
  workerAddress: () => addresses.worker,
  loadCharts: () => import(addresses.charts),
  loadChinese: async () => (await fetch(addresses.chinese)).json(),
});

async function start() {
  const { js, wasm, wasmIntegrity } = document.querySelector("script[data-wasm]").dataset;
  const policy = installPolicy([addresses.worker, addresses.serviceWorker]);
  const response = await fetch(wasm, { integrity: wasmIntegrity ?? "" });
  const copy = response.clone();
  const [{ default: init }, module, code] = await Promise.all([
    import(js),
    WebAssembly.compileStreaming(response),
    copy.arrayBuffer(),
  ]);
  policy.allowTemplatesIn(code);
  await init({ module_or_path: module });
  document.getElementById("starting")?.remove();
}

try {
  await start();
} catch (error) {
  document.getElementById("starting")?.classList.add("failed");
  throw error;
} finally {
  watchForUpdates(addresses.serviceWorker);
}
