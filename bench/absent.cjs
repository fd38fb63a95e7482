// What packages for Node name and a page has not: everything is this class.
module.exports = class Absent {
  on() {}
  emit() {}
};
module.exports.EventEmitter = module.exports;
module.exports.inherits = (child, parent) => Object.setPrototypeOf(child.prototype, parent.prototype);
