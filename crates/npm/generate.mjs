// Writes steps.js and steps.d.ts, a function for each method, from the registry inside the package in the folder named.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = resolve(process.argv[2]);
const wasm = await import(pathToFileURL(join(folder, "stillroom.js")).href);
wasm.initSync({ module: readFileSync(join(folder, "stillroom_bg.wasm")) });
const methods = wasm.methods();

writeFileSync(join(folder, "steps.js"), `// One function a method: each makes a step of a recipe.\n${methods.map(script).join("")}`);
writeFileSync(join(folder, "steps.d.ts"), `${STEP()}${methods.map(declaration).join("\n")}`);

function STEP() {
  return `/** A step of a recipe: a method and its parameters. */
export interface Step {
  /** The method's name. */
  method: string;
  [parameter: string]: unknown;
}

`;
}

function camel(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

function script({ name }) {
  return `export const ${camel(name)} = (parameters = {}) => ({ method: "${name}", ...parameters });\n`;
}

function declaration(method) {
  const { name, parameters } = method;
  const options = `${camel(name).replace(/^\w/, (letter) => letter.toUpperCase())}Parameters`;
  const fields = parameters.map((parameter) => `  ${comment([parameter.doc, range(parameter), `Default: \`${parameter.default}\`.`], "  ")}  ${parameter.name}?: ${type(parameter)};\n`);
  const about = comment([method.summary, `Formula: ${method.formula}`, `Source: ${method.source}`, `Cost: ${method.cost}`], "");
  const own = parameters.length ? `/** What \`${camel(name)}\` can be told. */\nexport interface ${options} {\n${fields.join("")}}\n` : "";
  return `${own}${about}export declare function ${camel(name)}(${parameters.length ? `parameters?: ${options}` : ""}): Step;\n`;
}

function comment(lines, indent) {
  const text = lines.filter(Boolean).map((line) => line.replaceAll("*/", "*\\/"));
  return `/**\n${text.map((line) => `${indent} * ${line}\n`).join(`${indent} *\n`)}${indent} */\n`;
}

function range({ type, min, max }) {
  if (type !== "integer" && type !== "number") return "";
  const kind = type === "integer" ? "A whole number" : "A number";
  const isOpen = max === null || max > Number.MAX_SAFE_INTEGER;
  return `${kind} from ${min}${isOpen ? "" : ` to ${max}`}.`;
}

function type(parameter) {
  switch (parameter.type) {
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "choice":
      return parameter.options.map((option) => JSON.stringify(option)).join(" | ");
    case "columns":
      return "string[]";
    default:
      return "string";
  }
}
