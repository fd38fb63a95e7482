// Keeps the memories of every WebAssembly instance this worker makes.
self.benchMemories = [];
for (const name of ["instantiate", "instantiateStreaming"]) {
  const make = WebAssembly[name].bind(WebAssembly);
  WebAssembly[name] = async (...given) => {
    const made = await make(...given);
    const { exports } = made.instance ?? made;
    self.benchMemories.push(...Object.values(exports).filter((one) => one instanceof WebAssembly.Memory));
    return made;
  };
}
