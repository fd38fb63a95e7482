// The host's own table and cards, in the reader's language.
const WORDS = {
  en: { title: "Linden Tea – customers", about: "A shop's own page with its own table. Segments and recommendations are computed in this browser; nothing is sent anywhere.", groups: "Segments", working: "Computing …", customers: "Customers", done: (n) => `${n} customers in 4 segments, computed in this browser.`, failed: "The segments could not be computed: ", name: "Name", orders: "Orders", spent: "Spent", last: "Last order", segment: "Segment", ideas: "Might like", group: (letter) => `Segment ${letter}`, share: (n) => `${n} customers`, mean: (spent, orders) => `On average ${spent} in ${orders} orders` },
  zh: { title: "Linden Tea – 客户", about: "这是一家商店自己的页面和自己的表格。细分和推荐都在此浏览器中计算，不会发送到任何地方。", groups: "客户细分", working: "正在计算……", customers: "客户", done: (n) => `${n} 位客户分为 4 个细分，在此浏览器中计算。`, failed: "无法计算细分：", name: "姓名", orders: "订单数", spent: "消费额", last: "最近订单", segment: "细分", ideas: "可能喜欢", group: (letter) => `细分 ${letter}`, share: (n) => `${n} 位客户`, mean: (spent, orders) => `平均 ${orders} 个订单，共 ${spent}` },
};
const language = navigator.language.startsWith("zh") ? "zh" : "en";
const words = WORDS[language];
const money = new Intl.NumberFormat(language, { style: "currency", currency: "EUR", maximumFractionDigits: 0 });
const count = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
const at = (id) => document.getElementById(id);

/** Draws the table as the host had it before. */
export function showCustomers(shop) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = words.title;
  for (const part of document.querySelectorAll("[data-word]")) part.textContent = words[part.dataset.word];
  const head = row("th", [words.name, words.orders, words.spent, words.last]);
  head.querySelectorAll("th").forEach((cell) => (cell.scope = "col"));
  const body = shop.customers.map(({ name, orders, spent, last }) => row("td", [name, count.format(orders), money.format(spent), day.format(last)]));
  at("customers").append(wrap("thead", [head]), wrap("tbody", body));
}

/** Adds the two columns, and a card for each segment: A spends most. */
export function showGroups(shop, { labels, customers }, ideas) {
  const label = new Map(customers.map((id, row) => [id, labels[row]]));
  const members = [0, 1, 2, 3].map((group) => shop.customers.filter(({ id }) => label.get(id) === group));
  const mean = (list, key) => list.reduce((sum, customer) => sum + customer[key], 0) / list.length;
  const order = [0, 1, 2, 3].sort((a, b) => mean(members[b], "spent") - mean(members[a], "spent"));
  const name = (group) => words.group("ABCD"[order.indexOf(group)]);
  const [head, ...rows] = at("customers").rows;
  head.append(...[words.segment, words.ideas].map((text) => Object.assign(cell("th", text), { scope: "col" })));
  rows.forEach((line, customer) => {
    const group = label.get(shop.customers[customer].id);
    const segment = cell("td", name(group));
    segment.className = `group group-${order.indexOf(group)}`;
    line.append(segment, cell("td", ideas[customer].map(({ item_name }) => item_name).join(", ")));
  });
  at("groups").append(...order.map((group) => card(name(group), order.indexOf(group), members[group], shop.customers.length, mean)));
  at("state").textContent = words.done(shop.customers.length);
  document.body.dataset.done = "true";
}

export function showProblem(error) {
  at("state").textContent = words.failed + error.message;
}

function card(name, place, members, all, mean) {
  const title = cell("strong", name);
  title.className = `group group-${place}`;
  const share = document.createElement("meter");
  Object.assign(share, { min: 0, max: all, value: members.length });
  share.setAttribute("aria-label", `${name}: ${words.share(members.length)}`);
  return wrap("li", [title, share, cell("p", words.share(members.length)), cell("p", words.mean(money.format(mean(members, "spent")), count.format(mean(members, "orders"))))]);
}

function row(kind, texts) {
  const cells = texts.map((text) => cell(kind, text));
  [1, 2].forEach((column) => (cells[column].className = "number"));
  return wrap("tr", cells);
}

function cell(kind, text) {
  return Object.assign(document.createElement(kind), { textContent: text });
}

function wrap(kind, children) {
  const element = document.createElement(kind);
  element.append(...children);
  return element;
}
