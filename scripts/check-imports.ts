// Imports point one way: rooms → seams → api → kernel. Rooms never import each other, and functions only what is theirs.
import { posix } from 'node:path'
import type { Finding } from './finding.ts'
import type { SourceFile } from './source-files.ts'

/** An import as it stands in a file. */
export interface Import {
  specifier: string
  line: number
  /** True for `import type` and `export type`. */
  typeOnly: boolean
}

/** The only places that may plug rooms together, beside `local/composition/`, which they share. */
const compositionRoots = [/^local\/main\.ts$/, /^local\/cli\//, /^local\/testing\//, /^local\/mesh\/explain\//]

/** What every room may import. */
const belowRooms = ['local/seams', 'local/api', 'local/cesql', 'local/kernel']

interface Rule {
  /** The files it is for; the first rule that fits a file holds. */
  files: RegExp
  /** May `from` import `target` (both paths of the repository)? */
  allows(from: string, target: string, one: Import): boolean
  /** What would be right. */
  says: string
}

const rules: Rule[] = [
  {
    files: /^local\/kernel\//,
    allows: (_, target) => isBelow(target, 'local/kernel'),
    says: 'the kernel imports the kernel alone',
  },
  {
    files: /^local\/cesql\//,
    allows: (_, target) => isBelow(target, 'local/cesql'),
    says: 'the expression language imports itself alone',
  },
  {
    files: /^local\/api\//,
    allows: (_, target) => isBelow(target, 'local/api', 'local/cesql', 'local/kernel'),
    says: 'the api imports the api, the expression language and the kernel alone',
  },
  {
    files: /^local\/seams\//,
    allows: (_, target) => isBelow(target, 'local/seams', 'local/api', 'local/kernel'),
    says: 'what rooms say to each other is said in their own words, those of the api and of the kernel',
  },
  {
    files: /^local\/composition\//,
    allows: (_, target) => isBelow(target, 'local') && !compositionRoots.some(root => root.test(target)),
    says: 'the composition plugs rooms together and knows nothing of what starts it: main.ts, cli/, testing/, mesh/explain/',
  },
  {
    files: new RegExp(compositionRoots.map(root => root.source).join('|')),
    allows: (_, target) => isBelow(target, 'local'),
    says: 'nothing in local/ imports code from outside it',
  },
  {
    files: /^local\//,
    allows: (from, target) => isBelow(target, roomOf(from), ...belowRooms),
    says: 'a room imports itself, seams/, the api, the expression language and the kernel: declare what it needs there, and let local/composition/ plug it',
  },
  {
    files: /^functions\/lib\//,
    allows: (_, target) => isBelow(target, 'functions/lib'),
    says: 'functions/lib imports functions/lib and packages alone',
  },
  {
    files: /^functions\//,
    allows: (from, target) => isBelow(target, 'functions/lib', 'proto') || isOfSuite(from, target),
    says: 'a function imports its own suite, functions/lib, proto/ and packages alone',
  },
  {
    files: /^dashboard\//,
    allows: (_, target, one) =>
      isBelow(target, 'dashboard') || (target === 'local/telemetry/contract.ts' && one.typeOnly),
    says: 'the dashboard imports itself, and of local/ the types of local/telemetry/contract.ts alone',
  },
]

/** Every import that points the wrong way. Files that no rule names (test/, load/, scripts/) may import anything. */
export function importFindings(files: readonly SourceFile[]): Finding[] {
  return files.flatMap(file => {
    const rule = rules.find(one => one.files.test(file.path))
    if (!rule) return []
    return importsOf(file.text).flatMap(one => {
      const target = targetOf(file.path, one.specifier)
      if (target === undefined || rule.allows(file.path, target, one)) return []
      return [{ file: file.path, line: one.line, message: `imports ${target}: ${rule.says}` }]
    })
  })
}

const statement =
  /^[ \t]*(?:import|export)(\s+type)?\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"\n]+)['"]|\b(?:import|vi\.mock)\(\s*['"]([^'"\n]+)['"]/gm

/** Static and dynamic imports and re-exports, in order. */
export function importsOf(text: string): Import[] {
  return [...text.matchAll(statement)].map(match => ({
    specifier: match[2] ?? match[3] ?? '',
    line: text.slice(0, match.index + match[0].length).split('\n').length,
    typeOnly: match[1] !== undefined,
  }))
}

/** The file of the repository a relative import names; undefined for packages and Node's own modules. */
function targetOf(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined
}

function isBelow(target: string, ...folders: string[]): boolean {
  return folders.some(folder => target.startsWith(`${folder}/`))
}

function roomOf(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

/** A file of the same service, or one that all services of the suite share; a test of the suite sees all of it. */
function isOfSuite(from: string, target: string): boolean {
  const suite = roomOf(from)
  if (posix.dirname(from) === suite && /[.-](under-)?test\.ts$/.test(from)) return isBelow(target, suite)
  const service = from.split('/').slice(0, 3).join('/')
  return isBelow(target, service) || posix.dirname(target) === suite
}
