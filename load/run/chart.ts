// Line charts as SVG, without a library: axes with round numbers, a legend, and the figures as tooltips.

export interface Series {
  name: string
  /** A CSS class that gives the colour. */
  style: string
  /** Points from left to right; where y is null the line has a gap. */
  points: readonly { x: number; y: number | null }[]
}

export interface Chart {
  title: string
  /** Of the values: `ms`. */
  unit: string
  series: readonly Series[]
  /** Where the x axis is labelled, and how; any scale the caller likes. */
  marks: readonly { x: number; text: string }[]
}

const width = 720
const height = 240
const frame = { left: 64, right: 16, top: 36, bottom: 28 }

/** A self-contained `<svg>` element. */
export function chart({ title, unit, series, marks }: Chart): string {
  const points = series.flatMap(one => one.points)
  const xs = [...points, ...marks].map(({ x }) => x)
  const [first, last] = [least(xs, 0), most(xs, 1)]
  const top = ticks(
    most(
      points.map(({ y }) => y ?? 0),
      0,
    ),
  )
  const highest = top.at(-1) ?? 1
  const scale = {
    x: (x: number) => frame.left + ((x - first) / (last - first || 1)) * (width - frame.left - frame.right),
    y: (y: number) => height - frame.bottom - (y / highest) * (height - frame.top - frame.bottom),
  }
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<text class="title" x="${frame.left}" y="18">${escaped(title)}</text>`,
    ...top.map(y => gridLine(scale.y(y), `${y} ${unit}`.trim())),
    ...marks.map(({ x, text }) => label(scale.x(x), height - 8, 'middle', text)),
    ...series.map(one => `<path class="${one.style}" d="${path(one, scale)}"/>`),
    ...series.map((one, index) => legend(one, width - frame.right - 110 * (series.length - index) + 10)),
    '</svg>',
  ].join('\n')
}

interface Scale {
  x(value: number): number
  y(value: number): number
}

/** A line through the points; a point with gaps on both sides is a dot. */
function path({ points }: Series, scale: Scale): string {
  let drawing = false
  const steps = points.map(({ x, y }) => {
    const command = drawing ? 'L' : 'M'
    drawing = y !== null
    if (y === null) return ''
    const at = `${scale.x(x).toFixed(1)} ${scale.y(y).toFixed(1)}`
    // A line of no length shows as a dot where caps are round.
    return command === 'M' ? `M${at}h0` : `L${at}`
  })
  return steps.join('')
}

function gridLine(y: number, text: string): string {
  const line = `<line class="grid" x1="${frame.left}" x2="${width - frame.right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>`
  return line + label(frame.left - 8, y + 4, 'end', text)
}

function legend({ name, style }: Series, x: number): string {
  return `<path class="${style}" d="M${x} 14h14"/>${label(x + 20, 18, 'start', name)}`
}

function label(x: number, y: number, anchor: string, text: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(text)}</text>`
}

/** Three to six round numbers from 0 to one that is not below `highest`. */
export function ticks(highest: number): number[] {
  if (!(highest > 0)) return [0, 1]
  const rough = highest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5, 10].find(factor => factor * power >= rough) ?? 10)
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}

const least = (values: readonly number[], otherwise: number) =>
  values.reduce((a, b) => Math.min(a, b), values[0] ?? otherwise)
const most = (values: readonly number[], otherwise: number) =>
  values.reduce((a, b) => Math.max(a, b), values[0] ?? otherwise)

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in an element or an attribute of HTML and SVG. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? '')
}
