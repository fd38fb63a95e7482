// What every test of the package shares: the packed tarball installed in a folder of its own, data, and a strict server.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/** The strictest policy the package works under. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
/** What a page of its own looks needs beside it. */
const WITH_STYLES = `${POLICY}; style-src 'self'`;

const HERE = dirname(fileURLToPath(import.meta.url));

/** Runs one of the tools beside these tests in `folder`; its output is part of the error when it fails. */
export function tool(folder, name, ...rest) {
  execFileSync(join(HERE, "node_modules/.bin", name), rest, { cwd: folder, stdio: "pipe", encoding: "utf8", env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } });
}

/** A project that has the package installed from its tarball, and finds the tools beside these tests. */
export function project() {
  const folder = mkdtempSync(join(HERE, ".host-"));
  const home = join(folder, "node_modules/stillroom");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["-xzf", process.env.STILLROOM_TARBALL, "-C", home, "--strip-components=1"]);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "host", private: true, type: "module" }));
  return {
    folder,
    home,
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const TYPES = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** Serves a folder under the policy; the page `/` loads the module `entry`, or is the file `page`. */
export async function serve(folder, entry, page) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://host").pathname);
    response.setHeader("content-security-policy", page ? WITH_STYLES : POLICY);
    if (path === "/") {
      response.setHeader("content-type", "text/html");
      const shell = `<!doctype html><title>host</title><script type="module" src="${entry}"></script>`;
      response.end(page ? readFileSync(join(folder, page)) : shell);
      return;
    }
    try {
      const bytes = readFileSync(join(folder, path));
      response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Chromium as the commands of the house found it. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.STILLROOM_CHROMIUM ?? "/usr/bin/chromium",
    args: (process.env.STILLROOM_CHROMIUM_FLAGS ?? "--no-sandbox").split(" ").filter((flag) => flag && flag !== "--headless"),
  });
}

/** Opens the page in Chromium until `isDone`; answers what it left in `window.answer`, what it asked for and what was refused. */
export async function visit(address, during = async () => {}, view = {}, isDone = () => "answer" in window) {
  const browser = await launch();
  try {
    const page = await browser.newPage(view);
    const [asked, said] = [[], []];
    page.context().on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => message.type() === "error" && !message.text().includes("favicon") && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.goto(address);
    await page.waitForFunction(isDone, null, { timeout: 60_000 }).catch((error) => {
      throw new Error(`${error.message}\n${said.join("\n")}`);
    });
    await during(page);
    const foreign = asked.filter((url) => !url.startsWith(address));
    return { answer: await page.evaluate(() => window.answer), foreign, said: said.filter((text) => !text.includes("404")), asked };
  } finally {
    await browser.close();
  }
}

/** Source of a function that makes customers in three plain groups, and order lines of them. */
export const DATA = `
export function customers(n = 600) {
  const spend = new Float64Array(n), visits = new Float64Array(n), city = [], joined = [], left = [];
  let state = 7;
  const draw = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let row = 0; row < n; row += 1) {
    const group = row % 3;
    spend[row] = 100 * group + 10 * draw();
    visits[row] = 50 - 20 * group + 5 * draw();
    city.push(row % 7 === 0 ? null : ["Wien", "Graz", "Linz"][Math.floor(3 * draw())]);
    joined.push(new Date(Date.UTC(2025, row % 12, 1)));
    left.push(draw() < (group === 2 ? 0.8 : 0.15));
  }
  return { spend, visits, city, joined: { values: joined, type: "time" }, left };
}
export function orderLines(n = 900) {
  const lines = { customer: [], item: [], time: [], quantity: new Float64Array(n).fill(1), price: new Float64Array(n) };
  for (let line = 0; line < n; line += 1) {
    const who = line % 60;
    lines.customer.push("c" + who);
    lines.item.push("i" + ((who % 3) * 4 + (line * 7 + who) % 5));
    lines.time.push(new Date(Date.UTC(2026, 0, 1 + Math.floor(line / 60), who % 24)));
    lines.price[line] = 5 + (line % 9);
  }
  return lines;
}
`;
