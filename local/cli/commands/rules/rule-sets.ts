// The rule sets of a project: files of `istio/SUITE/rules/`, of which one at a time is in force.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, SkiffError } from '../../../kernel/errors.ts'

const ending = '.yaml'

/**
 * The file of a rule set. Only names that are there count, so no path leads elsewhere. Throws a usage error that lists
 * what there is when the suite or the name is missing or unknown.
 */
export async function ruleSetFile(project: string, suite = '', name = ''): Promise<string> {
  const suites = await suitesWithRules(project)
  const names = suites.get(suite)
  if (!names) {
    throw usage(`which suite? ${listed([...suites.keys()], 'no folder istio/SUITE/rules is here')}`, suite)
  }
  if (!names.includes(name)) {
    throw usage(`which rule set of ${suite}? ${listed(names, `istio/${suite}/rules has no *.yaml file`)}`, name)
  }
  return join(project, 'istio', suite, 'rules', name + ending)
}

/** Names of rule sets by suite, both sorted. */
async function suitesWithRules(project: string): Promise<Map<string, string[]>> {
  const suites = new Map<string, string[]>()
  for (const suite of (await entriesOf(join(project, 'istio'))).toSorted()) {
    const files = await entriesOf(join(project, 'istio', suite, 'rules'))
    const names = files.filter(file => file.endsWith(ending)).map(file => file.slice(0, -ending.length))
    if (names.length > 0) suites.set(suite, names.toSorted())
  }
  return suites
}

const entriesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

const listed = (names: readonly string[], none: string) => names.join(', ') || none

function usage(question: string, given: string): SkiffError {
  return new SkiffError(given ? `there is no "${given}": ${question}` : question, exitCodes.usage)
}
