// The package in the bundlers people use, each built from the packed tarball and run in Chromium under the strict policy.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { DATA, project, serve, tool, visit } from "./host.mjs";

const MAIN = (options = "") => `
import { createEngine, kmeans, standardize } from "stillroom";
import { customers } from "./data.js";
const recipe = { steps: [standardize(), kmeans({ k: 3 })], columns: ["spend", "visits"] };
createEngine(${options})
  .then((engine) => engine.run(recipe, customers()))
  .then(({ labels }) => (window.answer = [labels.length, new Set(labels).size]), (error) => (window.answer = String(error)));
`;

/** Bundlers that find the worker and the WebAssembly by themselves, and those that are told. */
const BUNDLERS = {
  vite(host) {
    host.write("vite.config.js", `export default { logLevel: "error", build: { rollupOptions: { input: "main.js", output: { entryFileNames: "main.js" } } } };`);
    tool(host.folder, "vite", "build");
  },
  webpack(host) {
    host.write("webpack.config.js", `export default { mode: "production", entry: "./main.js", output: { publicPath: "/" }, performance: false };`);
    tool(host.folder, "webpack");
  },
  parcel(host) {
    host.write("package.json", JSON.stringify({ name: "host", private: true, type: "module", "@parcel/resolver-default": { packageExports: true } }));
    tool(host.folder, "parcel", "build", "main.js", "--dist-dir", "dist", "--cache-dir", "cache", "--no-source-maps", "--log-level", "error");
  },
  esbuild(host) {
    host.write("main.js", MAIN(`{ worker: "/worker.js" }`));
    host.write("worker.js", `import "stillroom/worker";`);
    tool(host.folder, "esbuild", "main.js", "worker.js", "--bundle", "--format=esm", "--outdir=dist", "--log-level=error");
    copyWasm(host);
  },
  rollup(host) {
    host.write("main.js", MAIN(`{ worker: "/worker.js" }`));
    host.write("worker.js", `import "stillroom/worker";`);
    host.write("rollup.config.js", `import resolve from "@rollup/plugin-node-resolve"; export default { input: ["main.js", "worker.js"], plugins: [resolve({ browser: true })], output: { dir: "dist" } };`);
    tool(host.folder, "rollup", "-c", "--silent");
    copyWasm(host);
  },
};

/** What a bundler that leaves URLs alone needs: the WebAssembly beside the worker. */
function copyWasm({ folder, home }) {
  mkdirSync(join(folder, "dist"), { recursive: true });
  copyFileSync(join(home, "stillroom_bg.wasm"), join(folder, "dist/stillroom_bg.wasm"));
}

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name} bundles it`, async () => {
    const host = project();
    host.write("data.js", DATA);
    host.write("main.js", MAIN());
    after(host.remove);
    bundle(host);
    const server = await serve(join(host.folder, "dist"), "/main.js");
    try {
      const { answer, foreign, said } = await visit(server.address);
      assert.deepEqual(answer, [600, 3], said.join("\n"));
      assert.deepEqual(foreign, []);
      assert.deepEqual(said, []);
    } finally {
      await server.close();
    }
  });
}

test("next renders a page that imports it on the server, and runs it in the browser", async () => {
  const host = project();
  after(host.remove);
  host.write("data.js", DATA);
  host.write("next.config.mjs", `import { join } from "node:path"; export default { turbopack: { root: join(import.meta.dirname, "..") } };`);
  host.write("app/layout.jsx", `export default ({ children }) => <html lang="en"><body>{children}</body></html>;`);
  host.write("app/page.jsx", `"use client";
    import { useEffect, useState } from "react";
    import { createEngine, kmeans, standardize } from "stillroom";
    import { customers } from "../data.js";
    const recipe = { steps: [standardize(), kmeans({ k: 3 })], columns: ["spend", "visits"] };
    export default function Page() {
      const [n, setN] = useState(0);
      useEffect(() => {
        createEngine().then((engine) => engine.run(recipe, customers())).then(({ labels }) => { setN(labels.length); window.answer = [labels.length, new Set(labels).size]; }, (error) => (window.answer = String(error)));
      }, []);
      return <p>{recipe.steps.map(({ method }) => method).join(" ")} {n}</p>;
    }`);
  tool(host.folder, "next", "build");
  const server = spawn(join(host.folder, "../node_modules/.bin/next"), ["start", "--port", "0", "--hostname", "127.0.0.1"], { cwd: host.folder, env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } });
  try {
    const address = await listening(server);
    assert.match(await (await fetch(address)).text(), /standardize kmeans/, "the server rendered it");
    const { answer, foreign } = await visit(address);
    assert.deepEqual(answer, [600, 3]);
    assert.deepEqual(foreign, []);
  } finally {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
});

/** The address a server prints once it listens. */
function listening(server) {
  return new Promise((resolve, reject) => {
    let printed = "";
    server.stdout.on("data", (bytes) => {
      printed += bytes;
      const found = /http:\/\/127\.0\.0\.1:(?!0\b)\d+/.exec(printed);
      if (found) resolve(`${found[0]}/`);
    });
    server.once("exit", () => reject(new Error(`next did not start: ${printed}`)));
  });
}

test("publint and are-the-types-wrong find nothing, and its types compile", () => {
  const host = project();
  after(host.remove);
  tool(host.folder, "publint", host.home, "--strict");
  tool(host.folder, "attw", process.env.STILLROOM_TARBALL, "--profile", "esm-only", "--exclude-entrypoints", "./stillroom_bg.wasm", "./stillroom_tables_bg.wasm");
  host.write("use.ts", `
    import { createEngine, kmeans, oneHot, standardize, StillroomError, type Recipe, type Result } from "stillroom";
    import { createEngine as slim } from "stillroom/slim";
    const recipe: Recipe = { steps: [oneHot(), standardize(), kmeans({ k: 3 })] };
    export async function segments(spend: Float64Array): Promise<Result> {
      const engine = await createEngine({ worker: false });
      try {
        return await engine.run(recipe, { spend, city: ["Wien", null], at: [new Date()] }, { onProgress: ({ done, total }) => done / total });
      } catch (error) {
        if (error instanceof StillroomError) throw new Error(error.code + (error.row ?? ""));
        throw error;
      }
    }
    export function judged({ report }: Result): string[] {
      return report.reports.map((told) => {
        if (told.report === "predict" && told.held_out.kind === "two_classes") return told.held_out.auc.toFixed(2);
        // @ts-expect-error Only a prediction is held against rows it has not seen.
        return told.held_out;
      });
    }
    // @ts-expect-error A word is no number of segments.
    kmeans({ k: "three" });
    // @ts-expect-error The WebAssembly must be given.
    void slim({});
  `);
  tool(host.folder, "tsc", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom", "--skipLibCheck", "false", "use.ts");
});
