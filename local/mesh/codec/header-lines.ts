// Changes a header list where it stands: names out, values replaced, lines added.
import type { HeaderList } from './head.ts'

/** Takes away every line whose name `drops`. */
export function removeLines(headers: HeaderList, drops: (name: string) => boolean): void {
  let kept = 0
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (drops(name)) continue
    if (kept !== index) {
      headers[kept] = name
      headers[kept + 1] = headers[index + 1] ?? ''
    }
    kept += 2
  }
  headers.length = kept
}

/** Takes away every line of one name (lower case). */
export function removeName(headers: HeaderList, name: string): void {
  if (indexOfName(headers, name) >= 0) removeLines(headers, one => one === name)
}

/** One line of that name, at the end, in place of all there were. */
export function setLast(headers: HeaderList, name: string, value: string): void {
  removeName(headers, name)
  headers.push(name, value)
}

/** The first line of that name gets the value where it stands; without one it is added at the end. */
export function setInPlace(headers: HeaderList, name: string, value: string): void {
  const at = indexOfName(headers, name)
  if (at < 0) headers.push(name, value)
  else headers[at + 1] = value
}

/** Where the name of the first such line stands; −1 for none. */
export function indexOfName(headers: readonly string[], name: string): number {
  for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return index
  return -1
}

/** The values of all lines of that name, joined by `,`; undefined when there is none. */
export function joinedValue(headers: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let index = indexOfName(headers, name); index >= 0 && index < headers.length; index += 2) {
    if (headers[index] === name) joined = joined === undefined ? headers[index + 1] : `${joined},${headers[index + 1]}`
  }
  return joined
}
