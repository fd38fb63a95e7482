// The data sets as typed arrays. They are the same bytes for everyone: columns of little-endian numbers, one file each.

/** The first `n` numbers of a column; `kind` is `f64` or `u32`. */
export async function numbers(path, n, kind = "f64") {
  const width = kind === "f64" ? 8 : 4;
  const response = await fetch(`/data/${path}.${kind}?bytes=${n * width}`);
  if (!response.ok) throw new Error(`no data set ${path}`);
  const bytes = await response.arrayBuffer();
  return kind === "f64" ? new Float64Array(bytes) : new Uint32Array(bytes);
}

/** The columns `x0`, `x1`, … of a set. */
export async function columns({ set, n_rows, n_columns }) {
  const all = [];
  for (let column = 0; column < n_columns; column += 1) all.push(await numbers(`${set}/x${column}`, n_rows));
  return all;
}

/** Rows one after the other. */
export function rowMajor(all) {
  const rows = new Float64Array(all.length * all[0].length);
  all.forEach((column, place) => column.forEach((value, row) => (rows[row * all.length + place] = value)));
  return rows;
}

/** Rows as arrays of their own, which most packages ask for. */
export function arrays(all) {
  return Array.from(all[0], (_, row) => all.map((column) => column[row]));
}

/** The target of a set. */
export const target = ({ set, n_rows }) => numbers(`${set}/y`, n_rows);

/** The rows a model is asked about that it has not seen. */
export const unseen = async ({ set, n_unseen, n_columns }) => columns({ set: `${set}-unseen`, n_rows: n_unseen, n_columns });

/** Texts with their classes: `{ learned: { texts, classes }, unseen: { texts, classes } }`. */
export const texts = async ({ set }) => (await fetch(`/data/${set}.json`)).json();

/** A file's bytes. */
export const bytes = async (path) => new Uint8Array(await (await fetch(`/data/${path}`)).arrayBuffer());
