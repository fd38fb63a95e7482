// Makes one small stylesheet of all of the page's and shortens the app's glue, and has the page name them by their final bytes:
// together a percent of what everybody waits for. Run by Trunk as a hook after its build.
import { createHash } from "node:crypto";
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";

const folder = process.env.TRUNK_STAGING_DIR;
const file = join(folder, "index.html");
let page = readFileSync(file, "utf8");

const links = [...page.matchAll(/[ \t]*<link rel="stylesheet" href="\/([^"]+\.css)"[^>]*>\n?/g)];
if (links.length === 0) throw new Error("the page has no stylesheets");
const sheets = links.map(([, name]) => readFileSync(join(folder, name), "utf8")).join("\n");
const style = transformSync(sheets, { loader: "css", minify: true }).code;
const styleName = `styles-${createHash("sha256").update(style).digest("hex").slice(0, 16)}.css`;
for (const [, name] of links) unlinkSync(join(folder, name));
writeFileSync(join(folder, styleName), style);
links.forEach(([link], at) => {
  const only = `    <link rel="stylesheet" href="/${styleName}" integrity="${integrity(style)}" />\n`;
  page = page.replace(link, at === 0 ? only : "");
});

const glue = page.match(/<link rel="modulepreload" href="\/([^"]+\.js)"[^>]* integrity="([^"]+)"/);
if (!glue) throw new Error("the page preloads no glue");
const [, glueName, glueIntegrity] = glue;
const code = transformSync(readFileSync(join(folder, glueName), "utf8"), { loader: "js", format: "esm", minify: true, target: "es2022" }).code;
writeFileSync(join(folder, glueName), code);
page = page.replaceAll(glueIntegrity, integrity(code));

writeFileSync(file, page);

function integrity(text) {
  return `sha384-${createHash("sha384").update(text).digest("base64")}`;
}
