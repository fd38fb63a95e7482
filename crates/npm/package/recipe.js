// Recipes as people write them, filled up to what the engine reads.

/** Methods that work on order lines. */
const ON_LINES = new Set(["rfm", "outcome", "knn_item"]);

/** The recipe with its version and where its rows come from. */
export function complete(recipe) {
  const { steps = [], source, validate, ...rest } = recipe;
  const rows = source?.rows ?? (readsLines(recipe) ? "order_lines" : "customers");
  return { stillroom: 1, ...rest, steps, source: { ...source, rows }, ...(validate && { validate }) };
}

/** Whether the rows of `recipe` are order lines. */
export function readsLines({ source, steps = [] }) {
  return source?.rows === undefined ? steps.some(({ method }) => ON_LINES.has(method)) : source.rows === "order_lines";
}
