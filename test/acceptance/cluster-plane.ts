// A cluster as a plane: kubectl, the scripts of this project, and HTTP to the ingress; nothing else is known of it.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDir } from '../../load/world.ts'
import { runProgram } from '../../scripts/program.ts'
import { callerOn } from './cluster-caller.ts'
import type { Ground, Suite } from './plane.ts'
import { startProgram } from './start-program.ts'
import type { Cluster } from './target.ts'

/** Brings the suites to the cluster as their manifests describe them, whatever an earlier run left there. */
export async function clusterGround({ kubeconfig, ingress }: Cluster, suites: readonly Suite[]): Promise<Ground> {
  const env = { KUBECONFIG: kubeconfig }
  const run: Ground['run'] = (words, stdin) => {
    // As with `skiff delete`, what is gone already is deleted.
    const more = words[0] === 'delete' ? ['--ignore-not-found'] : []
    return runProgram('kubectl', [...words, ...more], projectDir, stdin === undefined ? { env } : { env, stdin })
  }
  const succeed = async (program: string, words: readonly string[]) => {
    const { code, out, err } = await runProgram(program, words, projectDir, { env })
    if (code !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${code}: ${err || out}`)
  }
  const deploy = async (...some: readonly Suite[]) => {
    const left = some.flatMap(leftovers).flatMap(folder => ['-f', folder])
    // A kind the cluster does not know (Flagger's) ends this with 1 too; what matters is what comes of the next command.
    if (left.length > 0) await run(['delete', ...left])
    if (some.length > 0) await succeed(join(projectDir, 'scripts/deploy'), some)
  }
  await deploy(...suites)
  const folder = mkdtempSync(join(tmpdir(), 'skiff-cluster-'))
  const apiSocket = join(folder, 'api.sock')
  const proxy = await startProgram('kubectl', ['proxy', `--unix-socket=${apiSocket}`], env)
  const { caller, removeCallers } = callerOn(run, ingress)
  return {
    ...{ ingress, apiSocket, run, caller, deploy },
    async logs(service, namespace) {
      const ofService = `serving.knative.dev/service=${service}`
      return (await run(['logs', '-n', namespace, '-l', ofService, '-c', 'user-container', '--tail=-1'])).out
    },
    async stop() {
      await removeCallers()
      proxy.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Folders with objects that tests bring, and that are not part of a suite as it is deployed. */
const leftovers = (suite: Suite): string[] =>
  [`istio/${suite}/rules`, `knative/${suite}/exercises`, `eventing/${suite}/exercises`].filter(folder =>
    existsSync(join(projectDir, folder)),
  )
