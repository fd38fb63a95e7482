// Starts the engine inside a dedicated module worker. The worker may start further workers from this same file and
// nothing else: `new Worker(self.location.href, { type: "module", name: "…" })`.
import init from "./worker.js";

globalThis.trustedTypes?.createPolicy("default", {
  createScriptURL: (address) => (new URL(address, self.location.href).href === self.location.href ? address : null),
});

await init();
