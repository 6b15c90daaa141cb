// The local runtime as a plane: a `skiff up` of its own on free ports and a throw-away state folder.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { meshClient } from '../../load/mesh-client.ts'
import { projectDir, startWorld, type WorldOptions } from '../../load/world.ts'
import type { Ground } from './plane.ts'
import { skiff } from './skiff.ts'

/** Starts the runtime, with the whole project unless another one is named. */
export async function localGround(options: WorldOptions = {}): Promise<Ground> {
  const { port, stateDir, stop } = await startWorld(options)
  const apiSocket = join(stateDir, 'api.sock')
  const run: Ground['run'] = (words, stdin) => skiff(stateDir, [...words], stdin === undefined ? {} : { stdin })
  return {
    ...{ ingress: { host: '127.0.0.1', port }, apiSocket, run, stop },
    logs: async (service, namespace) => (await run(['logs', `svc/${service}`, '-n', namespace])).out,
    caller: (namespace, labels) => meshClient(apiSocket, namespace, labels),
    async deploy(suite) {
      const folders = ['istio', 'eventing', 'knative'].map(area => join(projectDir, area, suite)).filter(existsSync)
      const { code, err } = await run(['apply', ...folders.flatMap(folder => ['-f', folder])])
      if (code !== 0) throw new Error(err)
    },
  }
}
