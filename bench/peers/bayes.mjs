// The package bayes.
import bayes from "bayes";
import { host } from "../page.mjs";
import { texts } from "./data.mjs";

export const tasks = {
  async texts(task) {
    const { learned, unseen } = await texts(task);
    async function run() {
      const found = bayes();
      for (let row = 0; row < learned.texts.length; row += 1) await found.learn(learned.texts[row], String(learned.classes[row]));
      return found;
    }
    const answer = (found) => Promise.all(unseen.texts.map(async (text) => Number(await found.categorize(text))));
    return { run, answer };
  },
};

await host({ tasks });
