import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ruleSetFile } from './rule-sets.ts'

let project: string
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'rule-sets-'))
  for (const file of ['shop/rules/prod.yaml', 'shop/rules/canary.yaml', 'shop/rules/notes.md', 'plain/routes.yaml']) {
    mkdirSync(join(project, 'istio', file, '..'), { recursive: true })
    writeFileSync(join(project, 'istio', file), '')
  }
})
afterAll(() => rmSync(project, { recursive: true }))

describe('the file of a rule set', () => {
  it('is named by suite and rule set', async () => {
    expect(await ruleSetFile(project, 'shop', 'canary')).toBe(join(project, 'istio/shop/rules/canary.yaml'))
  })

  it.each([
    ['no suite', [], 'which suite? shop'],
    ['a suite that is not there', ['toys'], 'there is no "toys": which suite? shop'],
    ['a suite without rules', ['plain'], 'there is no "plain": which suite? shop'],
    ['no name', ['shop'], 'which rule set of shop? canary, prod'],
    ['a name that is not there', ['shop', 'stress'], 'there is no "stress": which rule set of shop? canary, prod'],
    [
      'a file that is no rule set',
      ['shop', 'notes.md'],
      'there is no "notes.md": which rule set of shop? canary, prod',
    ],
    ['a path that leaves the folder', ['shop', '../../plain/routes'], 'which rule set of shop? canary, prod'],
    ['a suite that leaves the folder', ['../istio/shop', 'prod'], 'which suite? shop'],
  ])('%s: wrong usage, and what there is', async (_what, [suite, name], sentence) => {
    await expect(ruleSetFile(project, suite, name)).rejects.toMatchObject({
      message: expect.stringContaining(sentence),
      exitCode: 2,
    })
  })

  it('of a project without istio/: says where they would be', async () => {
    await expect(ruleSetFile(tmpdir(), 'shop', 'prod')).rejects.toThrow('no folder istio/SUITE/rules is here')
  })
})
