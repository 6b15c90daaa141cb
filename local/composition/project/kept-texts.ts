// The parsed YAML of a project between runs, in the cache folder of this package.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { join } from 'node:path'
import { resultCache } from '../../kernel/result-cache.ts'
import type { KeptDocument, KeptTexts } from '../../manifests/kept-documents.ts'

type Texts = Record<string, readonly KeptDocument[]>

/** Counted up when the same text is to become other documents. */
const format = 1
/** As many projects, each for what boots it and for what explains it. */
const most = 32

const root = join(import.meta.dirname, '../../..')

/** What is known of a project's texts. `save` keeps those asked for since, and forgets the rest. */
export function keptTexts(
  projectDir: string,
  {
    folder = join(root, 'node_modules', '.cache', 'skiff', 'yaml'),
    paths,
  }: { folder?: string; paths?: KeptTexts['paths'] } = {},
): KeptTexts & { save(): void } {
  const cache = resultCache<Texts>(folder, most)
  const key = sha256(JSON.stringify([format, yamlVersion(), projectDir, paths ? 'places' : '']))
  const known = new Map(Object.entries(cache.read(key) ?? {}))
  const used: Texts = {}
  let isNew = false
  return {
    get(text) {
      const name = sha256(text)
      const found = known.get(name)
      if (found) used[name] = found
      return found
    },
    set(text, documents) {
      used[sha256(text)] = documents
      isNew = true
    },
    save() {
      if (isNew) cache.write(key, used)
    },
    ...(paths ? { paths } : {}),
  }
}

/** Another parser may read a text otherwise. */
function yamlVersion(): string {
  const manifest = findPackageJSON('yaml', import.meta.url)
  return manifest ? JSON.parse(readFileSync(manifest, 'utf8')).version : ''
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
