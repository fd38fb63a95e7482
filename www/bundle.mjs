// Bundles the JavaScript sources into the folder that Trunk names: one file each for the bootstrap, the worker's loader
// and the charts. Run by Trunk as a build hook.
import { build } from "esbuild";

await build({
  entryPoints: {
    boot: "www/boot/boot.js",
    worker_loader: "www/boot/worker_loader.js",
    charts: "www/charts/charts.js",
  },
  outdir: process.env.TRUNK_STAGING_DIR,
  bundle: true,
  external: ["./worker.js"],
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  minify: true,
  target: "es2022",
});
