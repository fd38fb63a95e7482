// Papa Parse, and the loop that turns its text into typed columns.
import Papa from "papaparse";
import { host } from "../page.mjs";
import { bytes } from "./data.mjs";
import { summary } from "./table.mjs";

/** How a column's text becomes values; an empty one is missing. */
const READ = {
  number: (text) => (text === "" ? NaN : Number(text)),
  date: (text) => (text === "" ? NaN : Date.parse(text.length > 10 ? `${text}Z` : text)),
  flag: (text) => (text === "" ? NaN : Number(text === "true")),
};

function typed(rows, { kind }, place) {
  if (kind !== "text") return { values: Float64Array.from(rows, (row) => READ[kind](row[place])) };
  const [levels, codes] = [new Map(), new Uint32Array(rows.length)];
  rows.forEach((row, at) => {
    const text = row[place];
    if (!levels.has(text)) levels.set(text, levels.size);
    codes[at] = levels.get(text);
  });
  return { codes, levels: [...levels.keys()] };
}

export const tasks = {
  async csv(task) {
    const file = await bytes(task.file);
    const run = () => {
      const { data } = Papa.parse(new TextDecoder().decode(file), { skipEmptyLines: true });
      const [, ...rows] = data;
      return task.table.map((column, place) => typed(rows, column, place));
    };
    return { run, answer: (columns) => summary(task.table, columns) };
  },
};

await host({ tasks });
