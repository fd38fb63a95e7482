// What packages for Node import and do not need in a page.
export default {};
