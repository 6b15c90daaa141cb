// Tables as kubectl prints them: columns three spaces apart, all but the last one padded.

/** Rows of text under headings. A row whose last cell is empty ends in spaces, as kubectl's do. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...lines.map(line => [...(line[column] ?? '')].length)))
  return lines.map(line => `${formatLine(line, widths)}\n`).join('')
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  const last = widths.length - 1
  return widths.map((width, column) => padded(cells[column] ?? '', column === last ? 0 : width)).join('   ')
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}
