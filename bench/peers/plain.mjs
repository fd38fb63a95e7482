// What a careful programmer writes in plain JavaScript over typed arrays, without a library.
import { host } from "../page.mjs";
import { columns, numbers, target } from "./data.mjs";

/** Lloyd's passes from the first `k` rows. */
function lloyd(all, k, iterations) {
  const [n, width] = [all[0].length, all.length];
  const centres = Float64Array.from({ length: k * width }, (_, place) => all[place % width][Math.floor(place / width)]);
  const labels = new Uint32Array(n);
  const [sums, counts, row] = [new Float64Array(k * width), new Float64Array(k), new Float64Array(width)];
  for (let pass = 0; pass <= iterations; pass += 1) {
    sums.fill(0);
    counts.fill(0);
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < width; j += 1) row[j] = all[j][i];
      let [nearest, least] = [0, Infinity];
      for (let c = 0, at = 0; c < k; c += 1) {
        let distance = 0;
        for (let j = 0; j < width; j += 1, at += 1) distance += (row[j] - centres[at]) ** 2;
        if (distance < least) [nearest, least] = [c, distance];
      }
      labels[i] = nearest;
      counts[nearest] += 1;
      for (let j = 0; j < width; j += 1) sums[nearest * width + j] += row[j];
    }
    if (pass < iterations) sums.forEach((sum, at) => counts[Math.floor(at / width)] && (centres[at] = sum / counts[Math.floor(at / width)]));
  }
  return labels;
}

/** Means, and sums of products of what is left without them. */
function crossProducts(all) {
  const n = all[0].length;
  const means = all.map((column) => column.reduce((sum, value) => sum + value, 0) / n);
  const products = all.map(() => new Float64Array(all.length));
  for (let i = 0; i < all.length; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const [one, other, meanOne, meanOther] = [all[i], all[j], means[i], means[j]];
      let sum = 0;
      for (let row = 0; row < n; row += 1) sum += (one[row] - meanOne) * (other[row] - meanOther);
      products[i][j] = products[j][i] = sum;
    }
  return { means, products };
}

/** Eigenvalues of a symmetric matrix by Jacobi's rotations. */
function eigenvalues(matrix) {
  const a = matrix.map((row) => Float64Array.from(row));
  for (let sweep = 0; sweep < 60; sweep += 1)
    for (let p = 0; p < a.length; p += 1)
      for (let q = p + 1; q < a.length; q += 1) {
        if (Math.abs(a[p][q]) < 1e-300) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const [c, s] = [1 / Math.hypot(t, 1), t / Math.hypot(t, 1)];
        for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
        for (let i = 0; i < a.length; i += 1) [a[p][i], a[q][i]] = [c * a[p][i] - s * a[q][i], s * a[p][i] + c * a[q][i]];
      }
  return a.map((row, place) => row[place]).sort((one, other) => other - one);
}

/** Solves a symmetric positive definite system by Cholesky's factor. */
function solve(matrix, right) {
  const n = right.length;
  const lower = matrix.map(() => new Float64Array(n));
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let sum = matrix[i][j];
      for (let k = 0; k < j; k += 1) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(sum) : sum / lower[j][j];
    }
  const found = Float64Array.from(right);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < i; k += 1) found[i] -= lower[i][k] * found[k];
    found[i] /= lower[i][i];
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < n; k += 1) found[i] -= lower[k][i] * found[k];
    found[i] /= lower[i][i];
  }
  return found;
}

/** Newton's steps on the penalized log-likelihood until they are short. */
function newton(all, y, l2) {
  const [n, width] = [y.length, all.length + 1];
  let found = new Float64Array(width);
  for (let step = 0; step < 30; step += 1) {
    const gradient = new Float64Array(width);
    const hessian = Array.from({ length: width }, () => new Float64Array(width));
    const row = new Float64Array(width).fill(1);
    for (let i = 0; i < n; i += 1) {
      let score = found[width - 1];
      for (let j = 0; j < width - 1; j += 1) score += found[j] * (row[j] = all[j][i]);
      const chance = 1 / (1 + Math.exp(-score));
      const [error, weight] = [chance - y[i], chance * (1 - chance)];
      for (let j = 0; j < width; j += 1) {
        gradient[j] += error * row[j];
        const [line, scaled] = [hessian[j], weight * row[j]];
        for (let k = 0; k <= j; k += 1) line[k] += scaled * row[k];
      }
    }
    for (let j = 0; j < width - 1; j += 1) {
      gradient[j] += l2 * found[j];
      hessian[j][j] += l2;
    }
    const way = solve(hessian, gradient);
    found = found.map((value, place) => value - way[place]);
    if (Math.max(...way.map(Math.abs)) < 1e-9) break;
  }
  return found;
}

/** The ten best items for every user from the fifty nearest of each item, by cosine over users. */
function neighbours(users, items, n_users, n_items) {
  const owned = Array.from({ length: n_users }, () => []);
  const takers = Array.from({ length: n_items }, () => []);
  users.forEach((user, row) => {
    owned[user].push(items[row]);
    takers[items[row]].push(user);
  });
  const counts = new Float64Array(n_items);
  const near = takers.map((who, item) => {
    counts.fill(0);
    const met = [];
    for (const user of who) for (const other of owned[user]) if ((counts[other] += 1) === 1) met.push(other);
    const found = met.filter((other) => other !== item).map((other) => [other, counts[other] / Math.sqrt(who.length * takers[other].length)]);
    return found.sort((one, other) => other[1] - one[1] || one[0] - other[0]).slice(0, 50);
  });
  const scores = new Float64Array(n_items);
  return owned.map((basket) => {
    const met = [];
    for (const item of basket)
      for (const [other, similarity] of near[item]) {
        if (scores[other] === 0) met.push(other);
        scores[other] += similarity;
      }
    const has = new Set(basket);
    const best = met.filter((item) => !has.has(item)).sort((one, other) => scores[other] - scores[one] || one - other).slice(0, 10);
    for (const item of met) scores[item] = 0;
    return best;
  });
}

/** Last time, orders and money of each customer; a customer's lines of one order may stand anywhere. */
function rfm({ customer, order, time, quantity, price }, n_customers) {
  const last = new Float64Array(n_customers).fill(-Infinity);
  const [orders, money] = [new Uint32Array(n_customers), new Float64Array(n_customers)];
  const isSeen = new Uint8Array(order.reduce((most, code) => Math.max(most, code), 0) + 1);
  for (let row = 0; row < customer.length; row += 1) {
    const who = customer[row];
    if (time[row] > last[who]) last[who] = time[row];
    if (!isSeen[order[row]]) {
      isSeen[order[row]] = 1;
      orders[who] += 1;
    }
    money[who] += quantity[row] * price[row];
  }
  return { last, orders, money };
}

/** The sums that all peers' answers are compared by. */
export function rfmSums({ last, orders, money }) {
  const newest = last.reduce((most, time) => Math.max(most, time), -Infinity);
  const sums = [0, 0, 0, 0];
  orders.forEach((count, who) => {
    if (count === 0) return;
    sums[0] += 1;
    sums[1] += (newest - last[who]) / 86_400_000;
    sums[2] += count;
    sums[3] += money[who];
  });
  return sums;
}

const same = (found) => found;

export const tasks = {
  async kmeans(task) {
    const all = await columns(task);
    return { run: () => lloyd(all, task.k, task.iterations), answer: same };
  },

  async pca(task) {
    const all = await columns(task);
    const run = () => {
      const { products } = crossProducts(all);
      const scaled = products.map((line, i) => line.map((value, j) => value / Math.sqrt(products[i][i] * products[j][j])));
      return eigenvalues(scaled).slice(0, 2).map((value) => value / all.length);
    };
    return { run, answer: same };
  },

  async ols(task) {
    const all = [...(await columns(task)), await target(task)];
    const width = task.n_columns;
    const run = () => {
      const { means, products } = crossProducts(all);
      const found = solve(products.slice(0, width).map((line) => line.slice(0, width)), products[width].slice(0, width));
      return [...found, means[width] - found.reduce((sum, slope, place) => sum + slope * means[place], 0)];
    };
    return { run, answer: same };
  },

  async logistic(task) {
    const [all, y] = [await columns(task), await target(task)];
    return { run: () => newton(all, y, task.l2), answer: same };
  },

  async neighbours(task) {
    const [users, items] = [await numbers(`${task.set}/user`, task.n_rows, "u32"), await numbers(`${task.set}/item`, task.n_rows, "u32")];
    const run = () => neighbours(users, items, task.n_users, task.n_items);
    return { run, answer: (lists) => lists.flatMap((list) => Array.from({ length: 10 }, (_, rank) => list[rank] ?? -1)) };
  },

  async rfm(task) {
    const column = (name, kind) => numbers(`${task.set}/${name}`, task.n_rows, kind);
    const lines = { customer: await column("customer", "u32"), order: await column("order", "u32"), time: await column("time"), quantity: await column("quantity"), price: await column("price") };
    return { run: () => rfm(lines, task.n_customers), answer: rfmSums };
  },
};

await host({ tasks });
