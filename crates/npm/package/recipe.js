// Recipes as people write them, filled up to what the engine reads.

/** Methods that work on order lines. */
const ON_LINES = new Set(["rfm", "outcome"]);

/** The recipe with its version and where its rows come from. */
export function complete(recipe, methods) {
  const { steps = [], source, validate, ...rest } = recipe;
  const families = new Map(methods.map(({ name, family }) => [name, family]));
  const needsLines = steps.some(({ method }) => ON_LINES.has(method) || families.get(method) === "recommend");
  const rows = source?.rows ?? (needsLines ? "order_lines" : "customers");
  return { stillroom: 1, ...rest, steps, source: { ...source, rows }, ...(validate && { validate }) };
}
