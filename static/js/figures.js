// Draws the charts of a page of figures. What they show comes with the page; the tables beneath say the same.
import { chart, colour, short, whole } from "./chart.js";

const SAID = { percent: (value) => `${whole(value)}%`, money: (value) => `¥${whole(value)}`, number: whole };
const SHORT = { percent: (value) => `${value}%`, money: short, number: short };
// What is counted has no halves: an axis of one or two things says 0, 1, 2.
const STEP = { number: 1 };
const ROW = 26;

/** Short enough for an axis; a Chinese character is as wide as two others. */
function clip(name, most) {
  let width = 0;
  const kept = [...name].filter((sign) => (width += sign > "\u2e80" ? 2 : 1) <= most);
  return kept.length < [...name].length ? `${kept.slice(0, -1).join("")}…` : name;
}

/** What both kinds share: words, colours, a legend where there is more than one series, a tooltip that is no HTML. */
function frame(asked) {
  const ink = colour("--ink"), soft = colour("--ink-soft");
  return {
    ink, soft, grid: colour("--line"),
    option: {
      animationDuration: 200,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      legend: asked.series.length > 1 ? { type: "scroll", top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: soft, fontSize: 12 }, pageTextStyle: { color: soft } } : undefined,
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", confine: true, formatter: (points) => told(asked, points) },
    },
  };
}

const told = (asked, points) =>
  [points[0].name, ...points.filter((point) => point.value !== null && point.value !== undefined).map((point) => `${point.seriesName}: ${SAID[asked.unit](point.value)}`)].join("\n");

function bars(asked) {
  const { ink, soft, grid, option } = frame(asked);
  const names = { type: "category", data: asked.names, axisTick: { show: false }, axisLine: { lineStyle: { color: grid } } };
  const values = { type: "value", splitNumber: 4, minInterval: STEP[asked.unit], axisLabel: { color: soft, fontSize: 12, formatter: SHORT[asked.unit], hideOverlap: true }, splitLine: { lineStyle: { color: grid } }, max: asked.stacked && asked.unit === "percent" ? 100 : undefined };
  const top = asked.series.length > 1 ? 34 : 12;
  const series = asked.series.map((one) => ({ name: one.name, type: "bar", stack: asked.stacked ? "all" : undefined, barMaxWidth: 22, itemStyle: { color: colour(one.colour) }, data: one.values }));
  if (!asked.flat) {
    const label = { color: ink, fontSize: 12, hideOverlap: true, formatter: (name) => clip(name, 16) };
    return { ...option, grid: { left: 56, right: 16, top, bottom: 30 }, xAxis: { ...names, axisLabel: label }, yAxis: values, series };
  }
  const label = { color: ink, fontSize: 12, interval: 0, formatter: (name) => clip(name, 30) };
  return { ...option, grid: { left: 200, right: 32, top, bottom: 28 }, xAxis: values, yAxis: { ...names, inverse: true, axisLabel: label }, series };
}

function curves(asked) {
  const { ink, soft, grid, option } = frame(asked);
  return {
    ...option,
    tooltip: { ...option.tooltip, axisPointer: { type: "line" } },
    grid: { left: 56, right: 20, top: asked.series.length > 1 ? 34 : 12, bottom: 30 },
    xAxis: { type: "category", data: asked.names, axisLabel: { color: ink, fontSize: 12, hideOverlap: true }, axisLine: { lineStyle: { color: grid } }, axisTick: { show: false } },
    yAxis: { type: "value", splitNumber: 4, minInterval: STEP[asked.unit], axisLabel: { color: soft, fontSize: 12, formatter: SHORT[asked.unit] }, splitLine: { lineStyle: { color: grid } } },
    series: asked.series.map((one) => ({
      name: one.name, type: "line", data: one.values, symbol: "circle", symbolSize: 5, connectNulls: false,
      lineStyle: { color: colour(one.colour), width: 2 }, itemStyle: { color: colour(one.colour) },
    })),
  };
}

const KINDS = { bars, curves };

/** Lying bars need a row each; upright ones and curves have one height. */
function heighten(place, asked) {
  if (!asked.flat) return;
  const rows = asked.names.length * (asked.stacked ? 1 : Math.max(1, asked.series.length * 0.6));
  place.style.height = `${Math.min(640, Math.max(120, rows * ROW + 76))}px`;
}

const told_of = document.getElementById("figures-charts");
for (const [id, asked] of Object.entries(told_of ? JSON.parse(told_of.textContent) : {})) {
  const place = document.getElementById(id);
  if (!place || !window.echarts) continue;
  heighten(place, asked);
  chart(place, () => KINDS[asked.type](asked));
}
