// The image map: which local program stands for an image that is not built from the project.
import { readFileSync, statSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml'
import { failed } from '../types.ts'
import { repositoryOf, sha256 } from './reference.ts'
import type { ImageStore, ProgramImage } from './store.ts'

export interface ImageMapEntry {
  /** A reference, with or without a tag, or a prefix that ends with `*`. */
  image: string
  command: string[]
  /** Absolute. */
  cwd: string
  env: Record<string, string>
  /** What `USER` of the image would be: a number. */
  user?: number
}

/** Reads an image map; rejects what is no list of entries with `file:line` and what would be right. */
export function parseImageMap(text: string, file: string): ImageMapEntry[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [flaw] = document.errors
  if (flaw) throw failed('ImageNotFound', `${file}:${flaw.linePos?.[0].line ?? 1}: ${flaw.message.split('\n')[0]}`)
  if (document.contents === null) return []
  if (!isSeq(document.contents))
    throw failed('ImageNotFound', `${file}:1: an image map is a list of entries "- image: …"`)
  return document.contents.items.map(item => {
    const offset = (item as { range?: [number, number, number] }).range?.[0] ?? 0
    const where = `${file}:${lines.linePos(offset).line}`
    return entryOf(isMap(item) ? item.toJSON() : undefined, where, dirname(file))
  })
}

function entryOf(value: Record<string, unknown> | undefined, where: string, base: string): ImageMapEntry {
  const { image, command, cwd = '.', env = {}, user } = value ?? {}
  if (typeof image !== 'string')
    throw failed('ImageNotFound', `${where}: an entry needs "image: <reference, or a prefix that ends with *>"`)
  const words = typeof command === 'string' ? [command] : command
  if (!Array.isArray(words) || words.length === 0 || !words.every(word => typeof word === 'string')) {
    throw failed('ImageNotFound', `${where}: the entry of ${image} needs "command: [program, argument, …]"`)
  }
  if (typeof cwd !== 'string') throw failed('ImageNotFound', `${where}: cwd of ${image} must be a folder`)
  if (user !== undefined && !(Number.isInteger(user) && Number(user) >= 0))
    throw failed('ImageNotFound', `${where}: user of ${image} must be a number, such as 65532`)
  const variables = Object.entries(env as Record<string, unknown>).map(([name, text]) => [name, String(text)])
  const program = { image, command: words, cwd: resolve(base, cwd), env: Object.fromEntries(variables) }
  return user === undefined ? program : { ...program, user: Number(user) }
}

/** The entry of an image: an exact one before a prefix, a longer prefix before a shorter. */
export function findEntry(entries: readonly ImageMapEntry[], image: string): ImageMapEntry | undefined {
  const names = new Set([image, repositoryOf(image)])
  const exact = entries.find(entry => names.has(entry.image))
  if (exact) return exact
  return entries
    .filter(entry => entry.image.endsWith('*') && image.startsWith(entry.image.slice(0, -1)))
    .sort((a, b) => b.image.length - a.image.length)[0]
}

/** The digest of a mapped image. Rejects with `ImageNotFound`, naming the image and the file to edit. */
export function resolveMapped(image: string, imagesFile: string | undefined, store: ImageStore): string {
  const entry = imagesFile === undefined ? undefined : findEntry(readMap(imagesFile), image)
  if (!entry) throw failed('ImageNotFound', missing(image, imagesFile))
  const { image: _, ...rest } = entry
  const program: ProgramImage = { kind: 'program', ...rest }
  const digest = sha256(JSON.stringify(program), programContent(entry))
  store.write(digest, program)
  return digest
}

function readMap(file: string): ImageMapEntry[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  return parseImageMap(text, file)
}

function missing(image: string, imagesFile: string | undefined): string {
  const entry = `an entry "- image: ${repositoryOf(image)}" with a command`
  return imagesFile === undefined
    ? `image ${image} is not built from this project and no image map is given: write ${entry} into a YAML file and name it with --images`
    : `image ${image} has no entry in the image map: add ${entry} to ${imagesFile}`
}

/** The content of the program's own file, so that a newly built program is a new image; empty when it is not found. */
function programContent({ command, cwd, env }: ImageMapEntry): Uint8Array {
  const path = findProgram(command[0] ?? '', cwd, env.PATH ?? process.env.PATH)
  return path === undefined ? new Uint8Array() : readFileSync(path)
}

/** Where a program lies, found as a shell finds it: by path relative to `cwd`, else along `searchPath`. */
export function findProgram(name: string, cwd: string, searchPath = ''): string | undefined {
  if (name.includes('/') || isAbsolute(name)) return existing(resolve(cwd, name))
  for (const folder of searchPath.split(delimiter)) {
    const found = folder === '' ? undefined : existing(join(folder, name))
    if (found) return found
  }
  return undefined
}

function existing(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() && (stat.mode & 0o111) !== 0 ? path : undefined
}
