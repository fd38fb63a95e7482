// Draws the app's charts with ECharts. One file, loaded with the first chart; the page hands over what to show, never how.
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { optionOf } from "./option.js";
import { themeOf } from "./theme.js";

use([
  BarChart,
  CanvasRenderer,
  CustomChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  ScatterChart,
  SVGRenderer,
  TooltipComponent,
]);

// More points than this are drawn on a canvas: as many elements would make the page slow.
const MOST_SVG_POINTS = 400;
const PICTURE = { width: 960, height: 540 };

const nPoints = (spec) => spec.series.reduce((sum, series) => sum + series.points.length, 0);

/**
 * Draws a chart and keeps it as wide as its element.
 *
 * @param {HTMLElement} element to draw into
 * @param {object} spec what to show; the Rust side's `ChartSpec`
 * @param {(key: number) => void} onSelect called with the key of a point that was pressed
 * @returns {{update(spec: object): void, dispose(): void}}
 */
export function draw(element, spec, onSelect) {
  const renderer = nPoints(spec) > MOST_SVG_POINTS ? "canvas" : "svg";
  const chart = init(element, null, { renderer });
  const show = (next, isFirst) => {
    const calm = !isFirst || nPoints(next) > MOST_SVG_POINTS || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const theme = themeOf(element);
    chart.setOption({ ...optionOf(next, theme, element.clientWidth), animation: !calm }, { notMerge: true });
  };
  let latest = spec;
  let width = element.clientWidth;
  show(spec, true);
  chart.on("click", ({ data }) => {
    if (data?.key !== undefined) onSelect(data.key);
  });
  const observer = new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    chart.resize();
    show(latest, false);
  });
  observer.observe(element);
  return {
    update(next) {
      latest = next;
      show(next, false);
    },
    dispose() {
      observer.disconnect();
      chart.dispose();
    },
  };
}

/**
 * The chart as a file.
 *
 * @param {HTMLElement} element whose colours the picture takes
 * @param {object} spec what to show
 * @param {"svg" | "png"} kind of file
 * @returns {Uint8Array} the file's bytes
 */
export function picture(element, spec, kind) {
  const theme = themeOf(element);
  const option = { ...optionOf(spec, theme, PICTURE.width), animation: false, backgroundColor: theme.surface };
  if (kind === "svg") {
    const chart = init(null, null, { renderer: "svg", ssr: true, ...PICTURE });
    chart.setOption(option);
    const text = chart.renderToSVGString();
    chart.dispose();
    return new TextEncoder().encode(text);
  }
  const chart = init(document.createElement("div"), null, { renderer: "canvas", devicePixelRatio: 2, ...PICTURE });
  chart.setOption(option);
  const [, encoded] = chart.getDataURL({ type: "png", pixelRatio: 2 }).split(",");
  chart.dispose();
  return Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
}
