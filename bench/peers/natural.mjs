// The classifier of the package natural, which stems words first.
import BayesClassifier from "natural/lib/natural/classifiers/bayes_classifier.js";
import { host } from "../page.mjs";
import { texts } from "./data.mjs";

const SMOOTHING = 0.1;

export const tasks = {
  async texts(task) {
    const { learned, unseen } = await texts(task);
    const run = () => {
      // Its smoothing of 1 would leave rare classes without a chance.
      const found = new BayesClassifier(undefined, SMOOTHING);
      learned.texts.forEach((text, row) => found.addDocument(text, String(learned.classes[row])));
      found.train();
      return found;
    };
    return { run, answer: (found) => unseen.texts.map((text) => Number(found.classify(text))) };
  },
};

await host({ tasks });
