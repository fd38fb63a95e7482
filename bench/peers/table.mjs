// What tables read from a file are compared by.

/** Each cell as a number, `NaN` where there is none: text by its length, yes as 1. */
function* cells(kind, column) {
  const { codes, levels, bytes, offsets, validity } = column;
  if (codes) {
    const worth = levels.map((level) => (kind === "text" ? level.length || NaN : Number(level === "yes" || level === "true")));
    for (const code of codes) yield worth[code] ?? NaN;
  } else if (bytes) {
    const isThere = (row) => !validity || (validity[row >> 3] >> (row & 7)) & 1;
    for (let row = 0; row + 1 < offsets.length; row += 1) yield isThere(row) && offsets[row + 1] > offsets[row] ? offsets[row + 1] - offsets[row] : NaN;
  } else yield* column.values ?? column;
}

/** The rows, then for each column of `table` how many values it has and their sum. */
export function summary(table, columns) {
  let rows = 0;
  const sums = table.flatMap(({ kind }, place) => {
    let [count, sum] = [0, 0];
    rows = 0;
    for (const cell of cells(kind, columns[place])) {
      rows += 1;
      if (Number.isNaN(cell)) continue;
      count += 1;
      sum += cell;
    }
    return [count, sum];
  });
  return [rows, ...sums];
}
