// Charts of the desk: ECharts in the page's own colours, words and language. The figures come from a table, which says the same to who can't see a chart.
import { gettext } from "./kit.js";

const LOCALE = document.documentElement.lang.toLowerCase().startsWith("zh") ? "ZH" : "EN";

/** A colour of the style sheet as the browser resolves it, light or dark: colour("--accent"). */
export function colour(token) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/**
 * Draw into `frame`, again whenever its size or the appearance changes. `option` answers the ECharts option; it is asked anew each time.
 * Returns { redraw, dispose }.
 */
export function chart(frame, option) {
  const drawn = window.echarts.init(frame, null, { locale: LOCALE });
  const redraw = () => drawn.setOption(option(), true);
  const size = new ResizeObserver(() => drawn.resize());
  const look = new MutationObserver(redraw);
  redraw();
  size.observe(frame);
  look.observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  return {
    redraw,
    dispose() {
      size.disconnect();
      look.disconnect();
      drawn.dispose();
    },
  };
}

/** 12,345 or 12.3万 / 12.3k: short enough for an axis. */
export function short(number) {
  if (LOCALE === "ZH" && Math.abs(number) >= 10_000) return `${trim(number / 10_000)}万`;
  if (LOCALE === "EN" && Math.abs(number) >= 1_000_000) return `${trim(number / 1_000_000)}M`;
  if (LOCALE === "EN" && Math.abs(number) >= 10_000) return `${trim(number / 1000)}k`;
  return number.toLocaleString("en-US");
}

const trim = (number) => (Math.abs(number) >= 100 ? Math.round(number).toLocaleString("en-US") : String(Math.round(number * 10) / 10));

export const whole = (number) => number.toLocaleString("en-US", { maximumFractionDigits: 2 });

const clip = (name, most) => ([...name].length > most ? `${[...name].slice(0, most - 1).join("")}…` : name);

/**
 * Before and after, one pair of bars for each line: { name, before: {count, amount}, added: {count, amount} }. The mean of those who count is
 * drawn where all should come near it.
 */
export function loadsOption(lines, { withMean }) {
  const ink = colour("--ink"), soft = colour("--ink-soft"), grid = colour("--line");
  const names = lines.map((line) => line.name);
  const panes = [
    { key: "count", title: gettext("Cases"), say: whole },
    { key: "amount", title: gettext("Amount"), say: (value) => `¥${whole(value)}` },
  ];
  const axisText = { color: soft, fontSize: 12 };
  return {
    animationDuration: 200,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
    title: panes.map((pane, place) => ({ text: pane.title, left: place ? "55%" : 104, top: 0, textStyle: { fontSize: 12, fontWeight: 500, color: soft } })),
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", confine: true, formatter: (bars) => told(lines[bars[0].dataIndex], panes) },
    grid: [
      { left: 104, right: "51%", top: 40, bottom: 26 },
      { left: "55%", right: 64, top: 40, bottom: 26 },
    ],
    xAxis: panes.map((pane, place) => ({ gridIndex: place, type: "value", splitNumber: 4, axisLabel: { ...axisText, formatter: short, hideOverlap: true }, splitLine: { lineStyle: { color: grid } } })),
    yAxis: panes.map((pane, place) => ({
      gridIndex: place, type: "category", inverse: true, data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: grid } },
      axisLabel: { ...axisText, color: ink, show: place === 0, interval: 0, formatter: (name) => clip(name, 8) },
    })),
    series: panes.flatMap((pane, place) => seriesOf(pane, place, lines, { ink, soft, withMean })),
  };
}

function seriesOf(pane, place, lines, { ink, soft, withMean }) {
  const shared = { type: "bar", xAxisIndex: place, yAxisIndex: place, stack: pane.key, barMaxWidth: 14, barMinWidth: 4 };
  const after = lines.map((line) => line.before[pane.key] + line.added[pane.key]);
  const takers = lines.filter((line) => line.counts).map((line) => line.before[pane.key] + line.added[pane.key]);
  const mean = withMean && takers.length ? takers.reduce((sum, value) => sum + value, 0) / takers.length : 0;
  return [
    { ...shared, name: gettext("held now"), itemStyle: { color: colour("--bar-before") }, data: lines.map((line) => line.before[pane.key]) },
    {
      ...shared,
      name: gettext("by this plan"),
      itemStyle: { color: colour("--accent") },
      data: lines.map((line) => line.added[pane.key]),
      label: { show: true, position: "right", color: ink, fontSize: 12, formatter: ({ dataIndex }) => short(Math.round(after[dataIndex])) },
      markLine: mean
        ? {
            silent: true, symbol: "none", lineStyle: { color: soft, type: "dashed" }, data: [{ xAxis: mean }],
            label: { color: soft, fontSize: 11, position: "start", distance: 4, formatter: () => gettext("mean") },
          }
        : undefined,
    },
  ];
}

function told(line, panes) {
  const parts = panes.map(({ key, title, say }) => `${title}: ${say(line.before[key])} + ${say(line.added[key])} = ${say(line.before[key] + line.added[key])}`);
  return [line.name, ...parts].join("\n");
}
