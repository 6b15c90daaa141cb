// Before anything is asked of a cluster: does it answer, is Knative there, and is the ingress where it is said to be?
import { projectDir } from '../../load/world.ts'
import { runProgram } from '../../scripts/program.ts'
import { ask } from './http.ts'
import type { Cluster } from './target.ts'

/** Rejects in one sentence that names the variable to mend. */
export async function checkCluster({ kubeconfig, ingress }: Cluster): Promise<void> {
  const kubectl = (...words: string[]) =>
    runProgram('kubectl', [...words, '--request-timeout=10s'], projectDir, { env: { KUBECONFIG: kubeconfig } })
  const named = `SKIFF_TEST_KUBECONFIG=${kubeconfig}`
  const version = await kubectl('version')
  if (version.code !== 0)
    throw new Error(`${named}: no cluster answers (${lastLine(version.err)}); name another kubeconfig`)
  const knative = await kubectl('get', 'crd', 'services.serving.knative.dev')
  if (knative.code !== 0)
    throw new Error(`${named}: a cluster without Knative (${lastLine(knative.err)}); scripts/install-knative brings it`)
  await ask(ingress, 'nobody.example.com', '/').catch((error: Error) => {
    const address = `SKIFF_TEST_INGRESS=${ingress.host}:${ingress.port}`
    throw new Error(`${address}: nobody answers there (${error.message}); name the ingress of this cluster`)
  })
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''
