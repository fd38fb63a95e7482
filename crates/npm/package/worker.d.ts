/** The worker's script: import it in a module worker of yours and pass that worker to `createEngine`. */
export {};
