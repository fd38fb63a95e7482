// The host's own data, as any page has it: customers and what they bought. Made here, the same every time.
const NAMES = ["Anna Gruber", "Ben Okafor", "Chen Wei", "Dana Novak", "Elif Kaya", "Farid Haddad", "Greta Lind", "Hugo Marchetti", "Ines Duarte", "Jakob Steiner", "Kaito Mori", "Lea Brunner"];
const TEAS = { "T-01": "Linden blossom", "T-02": "Mountain herbs", "T-03": "Earl Grey", "T-04": "Darjeeling", "T-05": "Sencha", "T-06": "Jasmine", "T-07": "Rooibos", "T-08": "Peppermint", "T-09": "Lapsang", "T-10": "Oolong" };
const SHELVES = [["T-01", "T-02", "T-08"], ["T-03", "T-04", "T-09"], ["T-05", "T-06", "T-10"], ["T-01", "T-07", "T-08"]];
const DAY = 86_400_000;
const TODAY = Date.UTC(2026, 5, 30);

let state = 20260630;
const draw = () => (state = (state * 48271) % 2147483647) / 2147483647;
const pick = (list) => list[Math.floor(draw() * list.length)];

const customers = Array.from({ length: 60 }, (_, number) => ({ id: `C-${String(number + 1).padStart(3, "0")}`, name: `${NAMES[number % NAMES.length].split(" ")[0]} ${NAMES[(number * 5 + Math.floor(number / 12)) % NAMES.length].split(" ")[1]}` }));

/** Regulars, occasional buyers, large orders, and those who have not come for long. */
const HABITS = [{ orders: 14, spacing: 12, size: 2, away: 6 }, { orders: 4, spacing: 45, size: 1, away: 30 }, { orders: 7, spacing: 25, size: 6, away: 12 }, { orders: 3, spacing: 20, size: 1, away: 210 }];

const lines = customers.flatMap(({ id }, number) => {
  const { orders, spacing, size, away } = HABITS[number % 4];
  const shelf = SHELVES[Math.floor(number / 4) % 4];
  return Array.from({ length: orders }, (_, order) => {
    const time = TODAY - (away * (0.6 + 0.8 * draw()) + order * spacing * (0.7 + 0.6 * draw())) * DAY;
    return Array.from({ length: 1 + Math.floor(draw() * 2) }, () => ({ customer: id, order: `${id}/${order}`, item: draw() < 0.85 ? pick(shelf) : pick(Object.keys(TEAS)), time, quantity: 1 + Math.floor(draw() * size), price: 6 + Math.floor(draw() * 9) }));
  }).flat();
});

const column = (name) => lines.map((line) => line[name]);

export const shop = {
  customers: customers.map(({ id, name }) => {
    const own = lines.filter((line) => line.customer === id);
    return { id, name, orders: new Set(own.map(({ order }) => order)).size, spent: own.reduce((sum, { quantity, price }) => sum + quantity * price, 0), last: Math.max(...own.map(({ time }) => time)) };
  }),
  teas: TEAS,
  orderLines: () => ({ customer: column("customer"), order: column("order"), item: column("item"), time: column("time"), quantity: column("quantity"), price: column("price"), itemNames: TEAS }),
  baskets: () => customers.map(({ id }) => [...new Set(lines.filter((line) => line.customer === id).map(({ item }) => item))]),
};
