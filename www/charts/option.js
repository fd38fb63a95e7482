// Turns what to show into ECharts' options: axes, series, guides, tooltips. Nothing here knows what the numbers mean.
import { SHAPES } from "./theme.js";

const NARROW = 460;
const MANY_POINTS = 400;
const BAR = { barMaxWidth: 34, barGap: "15%", barCategoryGap: "35%" };
// One series a row: each bar takes the whole row.
const ROW_BAR = { barMaxWidth: 30, barGap: "-100%", barCategoryGap: "40%" };

const writers = new Map();

/** Writes numbers the way the page's language does. */
function writerOf(format) {
  const locale = document.documentElement.lang || "en";
  const key = `${locale}/${format}`;
  if (!writers.has(key)) {
    const options = {
      percent: { style: "percent", maximumFractionDigits: 1 },
      integer: { maximumFractionDigits: 0 },
      number: { maximumSignificantDigits: 4 },
    }[format];
    const writer = new Intl.NumberFormat(locale, options);
    writers.set(key, (value) => writer.format(value));
  }
  return writers.get(key);
}

const shortened = (words, length) => (words.length > length ? `${words.slice(0, length - 1)}…` : words);

function axisOf(axis, theme, isX, width) {
  const isCategory = axis.kind === "category";
  const isNamed = axis.kind === "named";
  const isNarrow = width < NARROW;
  const isWhole = axis.format === "percent" && axis.min === 0 && axis.max === 1;
  const write = writerOf(axis.format);
  const name = (words) => shortened(words, isX ? 16 : Math.max(12, Math.floor(width / 22)));
  const formatter = isCategory ? name : isNamed ? (value) => name(axis.categories[value] ?? "") : write;
  return {
    type: isNamed ? "value" : axis.kind,
    name: axis.name,
    nameLocation: "middle",
    nameGap: isX ? 30 : undefined,
    nameTextStyle: { color: theme.muted, fontSize: 12 },
    data: isCategory ? axis.categories : undefined,
    inverse: (isCategory || isNamed) && !isX,
    min: axis.min ?? undefined,
    max: axis.max ?? undefined,
    scale: !isCategory && axis.min == null,
    interval: isNamed ? 1 : isWhole ? (isNarrow ? 0.25 : 0.2) : undefined,
    splitNumber: isNarrow && isX ? 3 : 5,
    axisLine: { show: isX || isCategory, lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: {
      color: theme.muted,
      fontSize: 12,
      hideOverlap: true,
      interval: isCategory && !isX ? 0 : undefined,
      formatter,
    },
    splitLine: { show: !isCategory && !isNamed, lineStyle: { color: theme.line, opacity: 0.6 } },
  };
}

const rows = (points, keys) =>
  points.map((value, at) => (keys.length > at ? { value, key: keys[at] } : { value }));

function markedBy(lines, theme) {
  if (lines.length === 0) return undefined;
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: theme.muted, type: "dashed", width: 1.2 },
    data: lines.map(({ name, x, y }) => {
      const label = { show: name !== "", color: theme.muted, fontSize: 11, formatter: name };
      return x == null
        ? { yAxis: y, label: { ...label, position: "insideEndTop" } }
        : { xAxis: x, label: { ...label, position: "end" } };
    }),
  };
}

/** A whisker from `low` to `high`, with a dot at the estimate unless a bar shows it. */
function whisker(series, colour, isAcross, bars) {
  return {
    type: "custom",
    name: series.name,
    z: 5,
    silent: Boolean(bars),
    encode: isAcross ? { x: [0, 2, 3], y: 1 } : { x: 0, y: [1, 2, 3] },
    data: rows(series.points, series.keys),
    itemStyle: { color: colour },
    renderItem(_, api) {
      const [x, y, low, high] = [0, 1, 2, 3].map((at) => api.value(at));
      const shift = bars ? api.barLayout({ count: bars.count, ...BAR })[bars.at].offsetCenter : 0;
      const place = (value) => {
        const [left, top] = isAcross ? api.coord([value, y]) : api.coord([x, value]);
        return isAcross ? [left, top + shift] : [left + shift, top];
      };
      const [start, end, middle] = [place(low), place(high), place(isAcross ? x : y)];
      const cap = ([left, top]) =>
        isAcross ? { x1: left, x2: left, y1: top - 4, y2: top + 4 } : { x1: left - 4, x2: left + 4, y1: top, y2: top };
      const style = { stroke: colour, lineWidth: 1.6, fill: colour };
      const children = [
        { type: "line", shape: { x1: start[0], y1: start[1], x2: end[0], y2: end[1] }, style },
        { type: "line", shape: cap(start), style },
        { type: "line", shape: cap(end), style },
      ];
      if (!bars) children.push({ type: "circle", shape: { cx: middle[0], cy: middle[1], r: 4 }, style });
      return { type: "group", children };
    },
  };
}

function seriesOf(spec, theme) {
  const isAcross = spec.y.kind === "category";
  const isMany = spec.series.reduce((sum, { points }) => sum + points.length, 0) > MANY_POINTS;
  const bars = spec.series.filter(({ kind }) => kind === "bar");
  return spec.series.flatMap((series, at) => {
    const colour = series.slot == null ? theme.muted : theme.colours[series.slot % theme.colours.length];
    const symbol = SHAPES[(series.slot ?? 0) % SHAPES.length];
    const shared = {
      name: series.name,
      data: rows(series.points, series.keys),
      color: colour,
      markLine: at === 0 ? markedBy(spec.lines, theme) : undefined,
    };
    switch (series.kind) {
      case "line":
        return [
          {
            ...shared,
            type: "line",
            showSymbol: series.points.length <= 24 && !series.dashed,
            symbol: series.dashed ? "none" : symbol,
            symbolSize: 7,
            lineStyle: { width: 2.2, type: series.dashed ? "dashed" : "solid" },
          },
        ];
      case "faint":
        return [{ ...shared, type: "line", silent: true, symbol: "none", lineStyle: { width: 1, opacity: 0.4 } }];
      case "bar": {
        const bar = { ...shared, type: "bar", ...(isAcross ? ROW_BAR : BAR), itemStyle: { borderRadius: 3 } };
        const hasInterval = series.points.some((point) => point.length === 4);
        const place = { count: bars.length, at: bars.indexOf(series) };
        return hasInterval && !isAcross ? [bar, whisker(series, theme.ink, isAcross, place)] : [bar];
      }
      case "interval":
        return [{ ...whisker(series, colour, isAcross), markLine: shared.markLine }];
      default:
        return [
          {
            ...shared,
            type: "scatter",
            symbol,
            symbolSize: isMany ? 6 : 8,
            itemStyle: { opacity: isMany ? 0.65 : 0.85 },
            // One path a series instead of one a point: a tenth of the time.
            large: isMany,
            largeThreshold: 0,
          },
        ];
    }
  });
}

function tooltipOf(spec, theme) {
  const [writeX, writeY] = [writerOf(spec.x.format), writerOf(spec.y.format)];
  const isAcross = spec.y.kind === "category";
  const named = (axis, write, value) =>
    axis.categories.length > 0 ? (axis.categories[Math.round(value)] ?? "") : write(value);
  const line = (name, words) => (name ? `${name}: ${words}` : words);
  const describe = ({ seriesName, value }) => {
    const [x, y, low, high] = value;
    const interval = low == null ? "" : ` (${(isAcross ? writeX : writeY)(low)} – ${(isAcross ? writeX : writeY)(high)})`;
    return [
      seriesName,
      line(spec.x.name, named(spec.x, writeX, x) + (isAcross ? interval : "")),
      line(spec.y.name, named(spec.y, writeY, y) + (isAcross ? "" : interval)),
    ]
      .filter(Boolean)
      .join("\n");
  };
  return {
    renderMode: "richText",
    trigger: "item",
    confine: true,
    backgroundColor: theme.surface,
    borderColor: theme.line,
    textStyle: { color: theme.ink, fontSize: 12, fontFamily: theme.font },
    formatter: describe,
  };
}

/**
 * ECharts' options for what to show.
 *
 * @param {object} spec the Rust side's `ChartSpec`
 * @param {object} theme of `themeOf`
 * @param {number} width of the drawing in pixels
 */
export function optionOf(spec, theme, width) {
  const hasUprightName = spec.lines.some(({ name, x }) => name && x != null);
  const hasLegend = spec.legend && spec.series.length > 1;
  return {
    textStyle: { fontFamily: theme.font, color: theme.ink },
    grid: {
      left: 8,
      right: 20,
      top: (hasLegend ? 40 : 16) + (hasUprightName ? 14 : 0),
      bottom: 8,
      outerBoundsMode: "same",
      outerBoundsContain: "all",
    },
    legend: hasLegend
      ? { type: "scroll", top: 0, left: 0, itemGap: 16, itemWidth: 16, itemHeight: 10, textStyle: { color: theme.ink }, pageTextStyle: { color: theme.muted } }
      : undefined,
    tooltip: tooltipOf(spec, theme),
    xAxis: axisOf(spec.x, theme, true, width),
    yAxis: axisOf(spec.y, theme, false, width),
    series: seriesOf(spec, theme),
  };
}
