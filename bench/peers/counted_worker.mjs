// The package's worker, with its WebAssembly memories where the runner can look at their size.
import "./counted.mjs";
import "/package/worker.js";
