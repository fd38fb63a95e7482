// Colours and shapes of charts. The colours stand in the style sheet, so that charts follow the page's theme.

/** Shapes beside colours: no two series differ by colour alone. */
export const SHAPES = ["circle", "triangle", "rect", "diamond", "emptyCircle", "emptyTriangle", "emptyRect", "emptyDiamond"];

const N_COLOURS = 8;

/** Reads the colours as the browser resolves them at an element. */
export function themeOf(element) {
  const probe = document.createElement("span");
  element.append(probe);
  const read = (name) => {
    probe.style.setProperty("color", `var(${name})`);
    return getComputedStyle(probe).color;
  };
  const theme = {
    ink: read("--chart-ink"),
    muted: read("--chart-muted"),
    line: read("--chart-line"),
    surface: read("--chart-surface"),
    colours: Array.from({ length: N_COLOURS }, (_, at) => read(`--chart-${at + 1}`)),
    font: getComputedStyle(element).fontFamily,
  };
  probe.remove();
  return theme;
}
