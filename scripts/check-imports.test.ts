import { describe, expect, it } from 'vitest'
import { importFindings, importsOf } from './check-imports.ts'

const importing = (path: string, target: string, type = '') =>
  importFindings([{ path, text: `// x\nimport ${type} { a } from '${target}'\n` }]).length === 0

describe('an import', () => {
  it.each([
    ['of a room by itself', 'local/mesh/route/a.ts', '../proxy/b.ts', true],
    ['of the api by a room', 'local/mesh/a.ts', '../api/kind.ts', true],
    ['of the kernel by the api', 'local/api/kind.ts', '../kernel/object.ts', true],
    ['of a room by the composition root', 'local/main.ts', './mesh/mesh.ts', true],
    ['of a room by the composition', 'local/composition/network/network.ts', '../../mesh/mesh.ts', true],
    ['of the composition by the composition root', 'local/main.ts', './composition/foundation.ts', true],
    ['of the composition by the command line', 'local/cli/command.ts', '../composition/status.ts', true],
    ['of the composition root by the composition', 'local/composition/status.ts', '../main.ts', false],
    ['of the command line by the composition', 'local/composition/status.ts', '../cli/table.ts', false],
    ['of a room by the command line', 'local/cli/commands/get.ts', '../../manifests/read.ts', true],
    ['of a room by explain', 'local/mesh/explain/explain.ts', '../manifests/read.ts', true],
    ['of a seam by a room', 'local/mesh/a.ts', '../seams/send.ts', true],
    ['of a seam by a seam', 'local/seams/send.ts', './identity.ts', true],
    ['of a room by a seam', 'local/seams/send.ts', '../mesh/a.ts', false],
    ['of a seam by the api', 'local/api/kind.ts', '../seams/send.ts', false],
    ['of another room', 'local/mesh/a.ts', '../serving/b.ts', false],
    ['of the composition root by a room', 'local/mesh/a.ts', '../main.ts', false],
    ['of the composition by a room', 'local/mesh/a.ts', '../composition/status.ts', false],
    ['of the composition by the api', 'local/api/kind.ts', '../composition/status.ts', false],
    ['of a room by a file beside the rooms', 'local/a.ts', './mesh/mesh.ts', false],
    ['of a room by the api', 'local/api/kind.ts', '../mesh/a.ts', false],
    ['of the expression language by the api', 'local/api/a.ts', '../cesql/cesql.ts', true],
    ['of the expression language by a room', 'local/eventing/a.ts', '../cesql/cesql.ts', true],
    ['of the kernel by the expression language', 'local/cesql/a.ts', '../kernel/clock.ts', false],
    ['of the api by the kernel', 'local/kernel/object.ts', '../api/kind.ts', false],
    ['of a function by the runtime', 'local/main.ts', '../functions/greeting/a/app.ts', false],
    ['of lib by a function', 'functions/greeting/a/app.ts', '../../lib/call.ts', true],
    ['of a file its suite shares', 'functions/greeting/a/app.ts', '../greeter.ts', true],
    ['of another service', 'functions/greeting/a/app.ts', '../b/app.ts', false],
    ['of a service by a test of its suite', 'functions/greeting/routes.test.ts', './a/app.ts', true],
    ['of a service by code beside it', 'functions/greeting/greeter.ts', './a/app.ts', false],
    ['of another suite', 'functions/greeting/a/app.ts', '../../relay/x.ts', false],
    ['of the runtime by a function', 'functions/lib/serve.ts', '../../local/kernel/log.ts', false],
    ['of a package by a function', 'functions/greeting/a/app.ts', 'hono', true],
    ['of anything by a suite of the whole', 'test/a.test.ts', '../local/mesh/a.ts', true],
  ])('%s', (_, path, target, allowed) => {
    expect(importing(path, target)).toBe(allowed)
  })

  it('of the contract by the dashboard is of types alone', () => {
    expect(importing('dashboard/app.ts', '../local/telemetry/contract.ts', 'type')).toBe(true)
    expect(importing('dashboard/app.ts', '../local/telemetry/contract.ts')).toBe(false)
  })

  it('is found over lines, without bindings, dynamic, and in exports', () => {
    const text =
      "import {\n  a,\n} from './a.ts'\nimport './b.ts'\nexport type { C } from './c.ts'\nconst d = await import('./d.ts')\n"
    expect(importsOf(text)).toEqual([
      { specifier: './a.ts', line: 3, typeOnly: false },
      { specifier: './b.ts', line: 4, typeOnly: false },
      { specifier: './c.ts', line: 5, typeOnly: true },
      { specifier: './d.ts', line: 6, typeOnly: false },
    ])
  })
})
