// From what people have to what the engine reads: typed arrays of one length, with missing values marked.
import { StillroomError } from "./error.js";

const MISSING_CODE = 0xffffffff;

/** Columns by name become `{kind: "customers", columns}`. */
export function customers(data) {
  const columns = Object.entries(data).map(([name, column]) => ({ name, ...read(name, column) }));
  return { kind: "customers", columns };
}

/** Order lines as columns by their roles become `{kind: "order_lines", …}`. */
export function orderLines(data) {
  const customer = dictionary("customer", required(data, "customer"));
  const n = customer.codes.length;
  const item = data.item === undefined ? constant(n, "item") : dictionary("item", data.item);
  const order = data.order === undefined ? constant(n, "") : dictionary("order", data.order);
  const time = read("time", required(data, "time"), "time").values;
  // Without order numbers, what a customer buys at one time is one order.
  const orderCodes = data.order === undefined ? byCustomerAndTime(customer.codes, time) : order.codes;
  const names = data.itemNames ?? {};
  if (item.codes.includes(MISSING_CODE)) throw bad("item", item.codes.indexOf(MISSING_CODE), "an order line needs an item");
  return {
    kind: "order_lines",
    customers: customer.levels,
    customerCodes: customer.codes,
    items: item.levels,
    itemNames: item.levels.map((code) => names[code] ?? code),
    itemCodes: item.codes,
    orderCodes,
    times: time,
    quantities: optional(data, "quantity", n, 1),
    unitPrices: optional(data, "price", n, NaN),
    isCancelled: Uint8Array.from(optional(data, "cancelled", n, 0, "boolean"), (flag) => (flag === 1 ? 1 : 0)),
  };
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

function optional(data, name, length, fallback, type = "number") {
  if (data[name] === undefined) return new Float64Array(length).fill(fallback);
  const column = type === "boolean" ? flags(name, data[name]) : read(name, data[name], type);
  return column.values;
}

/** Yes or no as 1 and 0, missing as NaN. */
function flags(name, column) {
  const { values, validity } = parts(name, column);
  return { values: numbers(name, values, validity, (value) => (typeof value === "boolean" ? Number(value) : value)) };
}

function constant(length, level) {
  return { codes: new Uint32Array(length), levels: [level] };
}

function byCustomerAndTime(customers, times) {
  const seen = new Map();
  return Uint32Array.from(customers, (customer, row) => codeOf(seen, `${customer} ${times[row]}`));
}

function codeOf(seen, key) {
  let code = seen.get(key);
  if (code === undefined) seen.set(key, (code = seen.size));
  return code;
}

/** One column: its type is the one asked for or said, otherwise what its values are. */
function read(name, column, asked) {
  if (column?.codes !== undefined) return { type: "category", ...dictionary(name, column) };
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

/** Labels as codes into levels; dictionaries are checked, arrays of text are made into one. */
function dictionary(name, column) {
  if (column?.codes !== undefined) return checked(name, column);
  const { values, validity } = parts(name, column);
  const seen = new Map();
  const codes = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row];
    codes[row] = isMissing(value) || !isValid(validity, row) ? MISSING_CODE : codeOf(seen, String(value));
  }
  return { codes, levels: [...seen.keys()] };
}

function checked(name, { codes, levels, validity }) {
  if (!Array.isArray(levels)) throw bad(name, undefined, "codes need their levels, an array of text");
  const out = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row += 1) {
    const code = codes[row];
    const isGone = isMissing(code) || code < 0 || code === MISSING_CODE || !isValid(validity, row);
    if (!isGone && !(code < levels.length)) throw bad(name, row, "a code has no level");
    out[row] = isGone ? MISSING_CODE : code;
  }
  return { codes: out, levels: levels.map(String) };
}

/** Whether a bit of a validity bitmap is set, least significant bit first, as in Arrow. */
function isValid(validity, row) {
  return !validity || ((validity[row >> 3] >> (row & 7)) & 1) === 1;
}

function isMissing(value) {
  return value === null || value === undefined || Number.isNaN(value);
}

function bad(field, row, what) {
  return new StillroomError({ code: "bad-column", field, row, message: `column '${field}'${row === undefined ? "" : `, row ${row}`}: ${what}` });
}
