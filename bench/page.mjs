// What runs in the page of one peer: its own page, in a browser of its own. `open` is not timed, `run` is.

/** Puts a peer where the runner finds it, once it can compute. */
export async function host(peer) {
  const opened = new Map();
  await peer.ready?.();
  window.bench = {
    readyMillis: performance.now(),
    async open(id, task) {
      const make = peer.tasks[task.kind];
      if (!make) throw new Error(`nothing here does ${task.kind}`);
      opened.set(id, await make(task));
    },
    async run(id) {
      const start = performance.now();
      const raw = await opened.get(id).run();
      const millis = performance.now() - start;
      opened.get(id).last = raw;
      return millis;
    },
    async answer(id, to) {
      const { answer, last } = opened.get(id);
      const numbers = Float64Array.from(await answer(last));
      await fetch(`/answer/${to}`, { method: "POST", body: numbers });
    },
    shut: (id) => void opened.delete(id),
  };
}
