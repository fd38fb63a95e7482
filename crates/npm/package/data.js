// From what people have to what the engine reads: typed arrays of one length, with missing values marked.
import { StillroomError } from "./error.js";
import { isValid, texts } from "./texts.js";

const MISSING_CODE = 0xffffffff;

/** Columns by name become `{kind: "customers", columns}`. */
export function customers(data) {
  const columns = Object.entries(data).map(([name, column]) => ({ name, ...read(name, column) }));
  return { kind: "customers", columns };
}

/** Order lines as columns by their roles become `{kind: "order_lines", …}`. */
export function orderLines(data) {
  const customer = coded("customer", required(data, "customer"));
  const n = customer.codes.length;
  const item = data.item === undefined ? constant(n, "item") : dictionary("item", data.item);
  const order = data.order === undefined ? constant(n, "") : coded("order", data.order);
  const time = read("time", required(data, "time"), "time").values;
  // Without order numbers, what a customer buys at one time is one order.
  const orderCodes = data.order === undefined ? byCustomerAndTime(customer.codes, time) : order.codes;
  const names = data.itemNames ?? {};
  if (item.codes.includes(MISSING_CODE)) throw bad("item", item.codes.indexOf(MISSING_CODE), "an order line needs an item");
  return {
    kind: "order_lines",
    customers: customer.levels,
    nCustomers: customer.nLevels,
    customerCodes: customer.codes,
    items: item.levels,
    itemNames: item.levels.map((code) => names[code] ?? code),
    itemCodes: item.codes,
    orderCodes,
    times: time,
    quantities: optional(data, "quantity", n, 1),
    unitPrices: optional(data, "price", n, NaN),
    isCancelled: data.cancelled === undefined ? new Uint8Array(n) : Uint8Array.from(flags("cancelled", data.cancelled).values, (flag) => (flag === 1 ? 1 : 0)),
  };
}

/** A column of texts behind one another, whose offsets rise and end within the bytes. */
function bounded(name, { bytes, offsets, validity }) {
  if (!(bytes instanceof Uint8Array && offsets instanceof Uint32Array)) throw bad(name, undefined, "texts are {bytes: Uint8Array, offsets: Uint32Array}");
  const row = offsets.findIndex((offset, at) => offset > (offsets[at + 1] ?? bytes.length));
  if (row >= 0) throw bad(name, row, "offsets rise, and end within the bytes");
  return { bytes, offsets, validity: validity ?? new Uint8Array((offsets.length + 7) >> 3).fill(255) };
}

/** The buffers that may move to a worker instead of being copied: those of `data` itself, when the caller gives it away. */
export function buffers(data) {
  const found = new Set();
  const visit = (value) => {
    if (ArrayBuffer.isView(value)) found.add(value.buffer);
    else if (value && typeof value === "object" && !Array.isArray(value)) Object.values(value).forEach(visit);
  };
  visit(data);
  return [...found];
}

function required(data, name) {
  if (data[name] === undefined) throw new StillroomError({ code: "column-needed", field: name, message: `order lines need a column '${name}'` });
  return data[name];
}

function optional(data, name, length, fallback) {
  return data[name] === undefined ? new Float64Array(length).fill(fallback) : read(name, data[name], "number").values;
}

/** Yes or no as 1 and 0, missing as NaN. */
function flags(name, column) {
  const { values, validity } = parts(name, column);
  return { values: numbers(name, values, validity, (value) => (typeof value === "boolean" ? Number(value) : value)) };
}

function constant(length, level) {
  return { codes: new Uint32Array(length), levels: [level] };
}

/** One code for each customer and time, by first appearance: found in a table of rows, at most half full, by the bits of both. */
function byCustomerAndTime(customers, times) {
  const codes = new Uint32Array(customers.length);
  const firstRows = new Int32Array(2 ** Math.ceil(Math.log2(2 * customers.length + 2))).fill(-1);
  const halves = new Uint32Array(times.buffer, times.byteOffset, 2 * times.length);
  let n = 0;
  for (let row = 0; row < codes.length; row += 1) {
    let hash = Math.imul(customers[row] ^ Math.imul(halves[2 * row] ^ Math.imul(halves[2 * row + 1], 0x85ebca6b), 0xc2b2ae35), 0x9e3779b1);
    hash ^= hash >>> 15;
    for (;;) {
      hash &= firstRows.length - 1;
      const first = firstRows[hash];
      if (first < 0) {
        firstRows[hash] = row;
        codes[row] = n++;
        break;
      }
      if (customers[first] === customers[row] && Object.is(times[first], times[row])) {
        codes[row] = codes[first];
        break;
      }
      hash += 1;
    }
  }
  return codes;
}

function codeOf(seen, key) {
  let code = seen.get(key);
  if (code === undefined) seen.set(key, (code = seen.size));
  return code;
}

/** One column: its type is the one asked for or said, otherwise what its values are. */
function read(name, column, asked) {
  if (column?.codes !== undefined) return { type: "category", ...dictionary(name, column) };
  if (column?.offsets !== undefined && (asked ?? "text") === "text") return { type: "utf8", ...bounded(name, column) };
  const { values, validity, type = asked ?? guess(name, values) } = parts(name, column);
  switch (type) {
    case "number":
      return { type, values: numbers(name, values, validity) };
    case "time":
      return { type, values: numbers(name, values, validity, (value) => millis(name, value)) };
    case "boolean": {
      const { values: known } = flags(name, column);
      return { type: "category", codes: Uint32Array.from(known, (flag) => (Number.isNaN(flag) ? MISSING_CODE : flag)), levels: ["no", "yes"] };
    }
    case "category":
      return { type, ...dictionary(name, column) };
    case "text":
      return { type, values: Array.from(values, (value, row) => (isMissing(value) || !isValid(validity, row) ? null : String(value))) };
    default:
      throw bad(name, undefined, `the type '${type}' is none of number, time, boolean, category, text`);
  }
}

function parts(name, column) {
  if (column?.offsets !== undefined) return { values: texts(bounded(name, column)), type: "text" };
  if (Array.isArray(column) || ArrayBuffer.isView(column)) return { values: column };
  if (column && (Array.isArray(column.values) || ArrayBuffer.isView(column.values))) return column;
  throw bad(name, undefined, "a column is an array, a typed array, {values} or {codes, levels}");
}

function guess(name, values) {
  if (ArrayBuffer.isView(values)) return "number";
  const first = values.find((value) => !isMissing(value));
  if (first === undefined || typeof first === "number" || typeof first === "bigint") return "number";
  if (typeof first === "boolean") return "boolean";
  if (first instanceof Date) return "time";
  if (typeof first === "string") return "category";
  throw bad(name, values.indexOf(first), `a value of type ${typeof first} is none that a column holds`);
}

/** Numbers with missing ones as NaN. Typed arrays of doubles without gaps are taken as they are. */
function numbers(name, values, validity, convert = (value) => value) {
  if (values instanceof Float64Array && !validity) return values;
  const out = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row];
    if (isMissing(value) || !isValid(validity, row)) out[row] = NaN;
    else {
      const number = convert(value);
      const isNumber = typeof number === "number" || typeof number === "bigint";
      if (!isNumber) throw bad(name, row, `a value of type ${typeof value} stands among numbers`);
      out[row] = Number(number);
    }
  }
  return out;
}

function millis(name, value) {
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? Date.parse(value) : value;
}

/** Codes and how many levels they have; the levels themselves where they came along (see lines.js). */
function coded(name, column) {
  const isBare = column?.codes !== undefined && column.levels && !Array.isArray(column.levels);
  if (isBare) return { codes: within(name, column, column.levels.length), nLevels: column.levels.length };
  const found = dictionary(name, column);
  return { ...found, nLevels: found.levels.length };
}

/** Labels as codes into levels; dictionaries are checked, arrays of text are made into one. */
function dictionary(name, column) {
  if (column?.codes !== undefined) return checked(name, column);
  const { values, validity } = parts(name, column);
  if (!validity && ArrayBuffer.isView(values)) {
    const direct = wholeNumbers(values);
    if (direct) return direct;
  }
  const seen = new Map();
  const codes = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row];
    codes[row] = isMissing(value) || !isValid(validity, row) ? MISSING_CODE : codeOf(seen, String(value));
  }
  return { codes, levels: [...seen.keys()] };
}

/** Whole numbers within a range not much longer than there are of them, as codes by first appearance; otherwise nothing. */
function wholeNumbers(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row];
    if (value < low) low = value;
    if (value > high) high = value;
    if (!Number.isInteger(value)) return undefined;
  }
  if (!(high - low < 4 * values.length + 1024)) return undefined;
  const codeOf = new Uint32Array(high - low + 1).fill(MISSING_CODE);
  const codes = new Uint32Array(values.length);
  const levels = [];
  for (let row = 0; row < values.length; row += 1) {
    const place = values[row] - low;
    if (codeOf[place] === MISSING_CODE) codeOf[place] = levels.push(String(values[row])) - 1;
    codes[row] = codeOf[place];
  }
  return { codes, levels };
}

function checked(name, column) {
  const { levels } = column;
  if (!Array.isArray(levels)) throw bad(name, undefined, "codes need their levels, an array of text");
  const codes = within(name, column, levels.length);
  return { codes, levels: levels.every((level) => typeof level === "string") ? levels : levels.map(String) };
}

/** The codes of a column of `nLevels` levels; those that are right already are taken as they are. */
function within(name, { codes, validity }, nLevels) {
  if (codes instanceof Uint32Array && !validity && isWithin(codes, nLevels)) return codes;
  const out = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row += 1) {
    const code = codes[row];
    const isGone = isMissing(code) || code < 0 || code === MISSING_CODE || !isValid(validity, row);
    if (!isGone && !(code < nLevels)) throw bad(name, row, "a code has no level");
    out[row] = isGone ? MISSING_CODE : code;
  }
  return out;
}

/** Whether every code is missing or has a level. */
function isWithin(codes, nLevels) {
  for (let row = 0; row < codes.length; row += 1) if (codes[row] >= nLevels && codes[row] !== MISSING_CODE) return false;
  return true;
}

function isMissing(value) {
  return value === null || value === undefined || Number.isNaN(value);
}

function bad(field, row, what) {
  return new StillroomError({ code: "bad-column", field, row, message: `column '${field}'${row === undefined ? "" : `, row ${row}`}: ${what}` });
}
