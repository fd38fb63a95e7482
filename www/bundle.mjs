// Bundles the JavaScript sources into the folder that Trunk names: one file each for the bootstrap, the worker's loader
// and the charts; and writes the Chinese wording to a file that is loaded when somebody reads Chinese. Run by Trunk as a
// build hook.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

writeFileSync(join(process.env.TRUNK_STAGING_DIR, "words_zh.json"), JSON.stringify(chineseWords("src/text")));

/** The Chinese of every set of texts by the set's name, in the order of its keys. */
function chineseWords(folder) {
  const sets = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".rs"))) {
    const source = readFileSync(join(folder, file), "utf8");
    for (const [, name, body] of source.matchAll(/^super::texts! \{\n(?: +\/\/\/.*\n)* {4}(\w+) \{\n([^]*?)^ {4}\}$/gm)) {
      const line = /^\s*\w+:\s*"(?:[^"\\]|\\.)*",\s*("(?:[^"\\]|\\.)*");/gm;
      const rest = body.replaceAll(line, "").trim();
      if (rest || sets[name]) throw new Error(`${file}: ${name} cannot be read, or is there twice: ${rest.slice(0, 80)}`);
      sets[name] = [...body.matchAll(line)].map(([, chinese]) => JSON.parse(chinese));
    }
  }
  return sets;
}
