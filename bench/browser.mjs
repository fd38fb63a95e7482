// Peers in Chromium, asked line by line on standard input: {do, id, peer, task, to}. Each answer is one line: {ok} or {error}.
import { appendFileSync, createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize, sep } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { launch, project } from "../tests/npm/host.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const { STILLROOM_BENCH_DATA: DATA, STILLROOM_BENCH_OUT: OUT, STILLROOM_BENCH_RUST: RUST } = process.env;
const BUNDLES = join(OUT, "bundles");
const TYPES = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

const host = project();
process.on("exit", host.remove);

/** Every peer as one file; what the packages load by themselves stays where it is installed. */
async function bundle() {
  const peers = readdirSync(join(HERE, "peers")).filter((name) => !["counted.mjs", "data.mjs", "table.mjs"].includes(name));
  await build({
    entryPoints: peers.map((name) => ({ in: join(HERE, "peers", name), out: name.replace(".mjs", "") })),
    outdir: BUNDLES,
    bundle: true,
    format: "esm",
    minify: true,
    logLevel: "error",
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
    external: ["/package/*", "/rust/*"],
    alias: Object.fromEntries(["fs", "path", "crypto", "util", "os", "http", "https", "stream", "events", "worker_threads", "child_process"].map((name) => [name, join(HERE, "absent.cjs")])),
  });
}

const ROOTS = { package: host.home, bundles: BUNDLES, rust: RUST, data: DATA, modules: join(HERE, "node_modules") };

/** The file a path stands for, if it is one of ours. */
function fileOf(path) {
  const [, root, ...rest] = path.split("/");
  if (!ROOTS[root]) return undefined;
  const file = normalize(join(ROOTS[root], ...rest));
  return file.startsWith(ROOTS[root] + sep) && existsSync(file) && statSync(file).isFile() ? file : undefined;
}

function receive(request, response, name) {
  const to = join(OUT, "answers", name);
  writeFileSync(to, "");
  request.on("data", (chunk) => appendFileSync(to, chunk));
  request.on("end", () => response.end());
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://host");
  const page = /^\/page\/([\w-]+)$/.exec(url.pathname);
  const answer = /^\/answer\/([\w-]+)$/.exec(url.pathname);
  if (page) {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><link rel="icon" href="data:,"><title>bench</title><script type="module" src="/bundles/${page[1]}.js"></script>`);
  } else if (answer && request.method === "POST") receive(request, response, answer[1]);
  else {
    const file = fileOf(url.pathname);
    response.statusCode = file ? 200 : 404;
    if (!file) return void response.end();
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    const end = url.searchParams.has("bytes") ? Number(url.searchParams.get("bytes")) - 1 : undefined;
    createReadStream(file, { end }).pipe(response);
  }
});

const opened = new Map();

/** A page that can compute. */
async function open(peer) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const said = [];
    page.on("pageerror", (error) => said.push(String(error)));
    page.setDefaultTimeout(300_000);
    const asked = [];
    page.context().on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`http://127.0.0.1:${server.address().port}/page/${peer}`);
    await page.waitForFunction(() => "bench" in window, null, { timeout: 30_000, polling: 5 }).catch(() => {
      throw new Error(`${peer} did not start: ${said.join("; ")}`);
    });
    return { browser, page, asked };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** The processes that render, with the memory they hold. */
async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => ({ id, held: memory(id, "VmRSS") }));
}

/** A line of a process's memory account in bytes; 0 where the system keeps none. */
function memory(id, line) {
  try {
    const [, kilobytes] = new RegExp(`^${line}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${id}/status`, "utf8"));
    return 1024 * Number(kilobytes);
  } catch {
    return 0;
  }
}

/** Bytes of WebAssembly memory in the workers of the page that keep their account. */
async function wasmBytes(page) {
  const each = page.workers().map((worker) => worker.evaluate(() => (self.benchMemories ?? []).reduce((sum, one) => sum + one.buffer.byteLength, 0)));
  return (await Promise.all(each)).reduce((sum, bytes) => sum + bytes, 0);
}

const calls = {
  async open({ id, peer, task }) {
    const { browser, page } = await open(peer);
    opened.set(id, { browser, page, before: await renderers(browser) });
    await page.evaluate(([id, task]) => window.bench.open(id, task), [id, task]);
    return {};
  },
  run: async ({ id }) => ({ millis: await opened.get(id).page.evaluate((id) => window.bench.run(id), id) }),
  /** What the tab grew by since before its data came. */
  async memory({ id }) {
    const { page, before } = opened.get(id);
    const growth = before.map(({ id, held }) => memory(id, "VmHWM") - held);
    return { peak_bytes: Math.max(0, ...growth), wasm_bytes: await wasmBytes(page) };
  },
  async answer({ id, to }) {
    await opened.get(id).page.evaluate(([id, to]) => window.bench.answer(id, to), [id, to]);
    return {};
  },
  async shut({ id }) {
    await opened.get(id)?.browser.close();
    opened.delete(id);
    return {};
  },
  /** From navigation to "can compute", with nothing cached, and what that took over the wire. */
  async start({ peer }) {
    const { browser, page, asked } = await open(peer);
    try {
      const millis = await page.evaluate(() => window.bench.readyMillis);
      const files = [...new Set(asked)].map(fileOf).filter(Boolean);
      const gzip_bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
      return { millis, gzip_bytes };
    } finally {
      await browser.close();
    }
  },
  async version() {
    const browser = await launch();
    const version = browser.version();
    await browser.close();
    return { chromium: version, node: process.version };
  },
};

mkdirSync(join(OUT, "answers"), { recursive: true });
await bundle();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
console.log(JSON.stringify({ ok: {} }));
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: await calls[asked.do](asked) }));
  } catch (error) {
    await calls.shut(asked);
    console.log(JSON.stringify({ error: String(error.message ?? error).split("\n")[0].replace(/^page\.evaluate: (Error: )?/, "") }));
  }
}
process.exit(0);
