// The table of a side-by-side run, and its place in the README.

export interface Comparison {
  what: string
  /** As printed, with its unit. */
  ours: string
  peer: string
  /** Undefined when the peer is not on this machine. */
  theirs: string | undefined
  /** Ours divided by theirs; undefined as `theirs`. */
  ratio: number | undefined
}

/** Compares two figures of one unit. */
export function compare(
  what: string,
  ours: number,
  peer: string,
  theirs: number | undefined,
  format: (value: number) => string,
): Comparison {
  const isKnown = theirs !== undefined
  return {
    ...{ what, ours: format(ours), peer, theirs: isKnown ? format(theirs) : undefined },
    ratio: isKnown ? ours / theirs : undefined,
  }
}

/** Markdown: a line on where and when, and the table. */
export function markdown(comparisons: readonly Comparison[], setting: string): string {
  const rows = comparisons.map(({ what, ours, peer, theirs, ratio }) => {
    const beside = theirs === undefined ? `${peer}: not here` : `${peer}: ${theirs}`
    return `| ${what} | ${ours} | ${beside} | ${ratio === undefined ? '–' : `${ratio.toFixed(2)} ×`} |`
  })
  const head = ['| what | Skiff | beside it | ratio |', '|---|---|---|---|']
  return [`One run of \`npm run bench side-by-side\`: ${setting}.`, '', ...head, ...rows].join('\n')
}

const begin = '<!-- side by side: written by npm run bench side-by-side -- --readme -->'
const end = '<!-- side by side: end -->'

/** The text with the table between its markers. Throws when they are not there. */
export function insert(text: string, table: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from)
    throw new Error(`the text has no lines "${begin}" and "${end}", between which the table goes`)
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`
}
