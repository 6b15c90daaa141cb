// The project's own source files, read once for all checks.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface SourceFile {
  /** Relative to the repository, with slashes. */
  path: string
  text: string
}

const skipped = new Set(['node_modules', '.git', '.skiff', 'dist', 'golden', 'recordings'])

/** Every file below `folders` of `root` whose name ends with one of `endings`; missing folders hold none. */
export async function sourceFiles(root: string, folders: string[], endings: string[]): Promise<SourceFile[]> {
  const paths = (await Promise.all(folders.map(folder => pathsBelow(root, folder)))).flat()
  const wanted = paths.filter(path => endings.some(ending => path.endsWith(ending))).sort()
  return Promise.all(wanted.map(async path => ({ path, text: await readFile(join(root, path), 'utf8') })))
}

async function pathsBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
  const nested = entries.map(entry => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return skipped.has(entry.name) ? [] : pathsBelow(root, path)
  })
  return (await Promise.all(nested)).flat()
}
