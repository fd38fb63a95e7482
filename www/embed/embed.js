// A host page's script. The lines between the marks are all that was added to it.
import { shop } from "./shop.js";
import { showCustomers, showGroups, showProblem } from "./show.js";

showCustomers(shop);
try {
  // → Stillroom
  const { createEngine, kmeans, knnItem, rfm, standardize } = await import("./stillroom/index.js");
  const engine = await createEngine();
  const groups = await engine.run({ steps: [rfm(), standardize(), kmeans({ k: 4 })] }, shop.orderLines());
  const { model } = await engine.run({ steps: [knnItem()] }, shop.orderLines());
  const ideas = await engine.recommend(model, shop.baskets(), { n: 2 });
  // ← Stillroom
  showGroups(shop, groups, ideas);
} catch (error) {
  showProblem(error);
}
