// Files of other kinds than CSV, by a pack that is loaded when it is first used.
import { customers } from "./data.js";
import { guard, loader } from "./guard.js";
import init, * as wasm from "./stillroom_tables.js";
import { isValid } from "./texts.js";

const guarded = guard(wasm);
const load = loader(init, { code: "pack-unavailable", message: "the pack for files of this kind could not be loaded; {packs: {tables}} says where it is" });
let source;

/** Where the pack's WebAssembly is: the same forms as for the engine's. */
export function packAt(place) {
  source = place;
}

/** Whether bytes begin as Arrow, Parquet, a spreadsheet or JSON do: what is none of these is read as CSV. */
export function isMarked(head) {
  const starts = (...mark) => mark.every((byte, at) => head[at] === byte);
  const isBinary = starts(0x50, 0x41, 0x52, 0x31) || starts(0x41, 0x52, 0x52, 0x4f, 0x57, 0x31) || starts(0xff, 0xff, 0xff, 0xff) || starts(0x50, 0x4b, 3, 4) || starts(0xd0, 0xcf, 0x11, 0xe0);
  return isBinary || /^\ufeff?\s*[[{]/.test(new TextDecoder("utf-8", { ignoreBOM: true }).decode(head.subarray(0, 64)));
}

/** The table in `bytes`, in the form of a CSV file's. */
export async function readTable(bytes) {
  await load(source);
  const read = guarded(() => new wasm.ReadTable(bytes));
  const [names, types] = [read.names(), read.types()];
  const columns = names.map((name, place) => [name, column(read, place, types[place])]);
  const about = { types: Object.fromEntries(names.map((name, place) => [name, types[place]])), rows: read.rows(), rowsRefused: 0, issues: [], issueCount: 0 };
  read.free();
  return { ...about, columns: Object.fromEntries(columns) };
}

function column(read, place, type) {
  switch (type) {
    case "integer":
    case "number":
      return { type: "number", values: read.values(place) };
    case "date":
      return { type: "time", values: read.values(place) };
    case "boolean":
      return { codes: read.codes(place), levels: ["no", "yes"] };
    case "category":
      return { codes: read.codes(place), levels: read.levels(place) };
    default:
      return { type: "text", bytes: read.bytes(place), offsets: offsets(read.ends(place)), ...validity(read.known(place)) };
  }
}

function offsets(ends) {
  const found = new Uint32Array(ends.length + 1);
  found.set(ends, 1);
  return found;
}

/** A bitmap, unless every row is known. */
function validity(known) {
  if (known.every((flag) => flag === 1)) return {};
  const bits = new Uint8Array((known.length + 7) >> 3);
  known.forEach((flag, row) => (bits[row >> 3] |= flag << (row & 7)));
  return { validity: bits };
}

/** The columns of `data` as a file. */
export async function writeTable(data, format) {
  await load(source);
  const table = new wasm.WrittenTable();
  for (const { name, type, ...column } of customers(data).columns) {
    if (type === "number") table.number(name, column.values);
    else if (type === "time") table.time(name, column.values);
    else if (type === "category") table.category(name, column.codes, column.levels);
    else guarded(() => table.text(name, ...(type === "utf8" ? cut(column) : joined(column.values))));
  }
  return guarded(() => table.finish(format));
}

/** Texts one behind the other, where each ends, and whether there is one. */
function joined(values) {
  const encoder = new TextEncoder();
  const parts = values.map((value) => encoder.encode(value ?? ""));
  const ends = new Uint32Array(parts.length);
  parts.forEach((part, row) => (ends[row] = (ends[row - 1] ?? 0) + part.length));
  const bytes = new Uint8Array(ends.at(-1) ?? 0);
  parts.forEach((part, row) => bytes.set(part, ends[row] - part.length));
  return [bytes, ends, Uint8Array.from(values, (value) => Number(value !== null))];
}

function cut({ bytes, offsets: bounds, validity: bits }) {
  const n = Math.max(bounds.length - 1, 0);
  const ends = Uint32Array.from({ length: n }, (_, row) => bounds[row + 1] - bounds[0]);
  return [bytes.subarray(bounds[0] ?? 0, bounds[n] ?? 0), ends, Uint8Array.from({ length: n }, (_, row) => Number(isValid(bits, row)))];
}
