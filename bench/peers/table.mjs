// What tables read from a file are compared by.

/** The rows, then for each column how many values it has and their sum; for text the sum of lengths. */
export function summary(columns) {
  const numbers = ({ values, codes, levels }) => {
    const lengths = levels?.map((level) => (level === null ? NaN : level.length));
    const each = lengths ? Array.from(codes, (code) => lengths[code] || NaN) : values;
    return each.reduce(([count, sum], value) => (Number.isNaN(value) ? [count, sum] : [count + 1, sum + value]), [0, 0]);
  };
  return [(columns[0].values ?? columns[0].codes).length, ...columns.flatMap(numbers)];
}
