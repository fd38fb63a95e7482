// Rows shared between workers: this one leads a run, others hold shards. Which bytes go where is the WebAssembly's business.

/** How long nobody may be heard before the leader goes on alone, in milliseconds: longer than a shared pass usually takes. */
const SILENCE = 50;

/** The workers beside the one that leads. A seat is taken by a port to one of them. */
export class Crew {
  #ports;
  #want;
  #run;
  #era = 0;
  #wake;

  /** `size` seats; `want(seat)` asks for a worker to sit there. */
  constructor(size, want) {
    this.#ports = new Array(size).fill(undefined);
    this.#want = want;
  }

  /** A worker sits down. */
  seat(shard, port) {
    this.lose(shard);
    this.#ports[shard] = port;
    port.onmessage = ({ data }) => {
      this.#run?.heard(shard, data);
      this.#wake?.(true);
    };
    this.#run?.seated(shard);
  }

  /** The worker there is gone. */
  lose(shard) {
    if (!this.#ports[shard]) return;
    this.#ports[shard].close();
    this.#ports[shard] = undefined;
    this.#run?.lost(shard);
    this.#wake?.(true);
  }

  /** Does what `begin(era, size)` begins; `step` guards each piece of work on this thread. */
  async lead(begin, step) {
    const run = step(() => begin((this.#era += 1), this.#ports.length));
    this.#run = run;
    this.#ports.forEach((port, shard) => port && run.seated(shard));
    try {
      for (;;) {
        const next = step(() => run.poll());
        this.#send(run);
        if (typeof next === "object") return next;
        if (next === "listen") await turn();
        else if (next === "wait" && !(await this.#heard())) run.silence();
      }
    } finally {
      this.#run = undefined;
    }
  }

  #send(run) {
    for (let message = run.message(); message; message = run.message()) this.#ports[message.shard]?.postMessage(message.bytes, [message.bytes.buffer]);
    for (let shard = run.wanted(); shard !== undefined; shard = run.wanted()) {
      this.#ports[shard]?.close();
      this.#ports[shard] = undefined;
      this.#want(shard);
    }
  }

  /** Whether anybody is heard before the silence is long. */
  #heard() {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(false), SILENCE);
      this.#wake = (isHeard) => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(isHeard);
      };
    });
  }
}

/** Serves the run at the other end of `port` with `rows`. */
export function serve(port, rows) {
  port.onmessage = ({ data }) => {
    const answer = rows.heard(data);
    if (answer) port.postMessage(answer, [answer.buffer]);
  };
}

/** Lets what has arrived be heard. A message to oneself does not wait as long as a timer would. */
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
