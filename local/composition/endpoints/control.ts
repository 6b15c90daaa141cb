// Endpoints of the runtime itself beside the Kubernetes API: status, shutdown, and credentials of the mesh.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { StatusError } from '../../kernel/errors.ts'
import type { Mesh } from '../../mesh/mesh.ts'
import type { Identity } from '../../seams/identity.ts'
import type { Runtime } from '../runtime.ts'
import type { Programs } from '../workloads/programs.ts'
import { answer, answerError, type Handler, queryOf } from './answer.ts'

/** Handlers by path. */
export function controlEndpoints(runtime: Runtime, mesh: Mesh, programs: Programs): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['/skiff/status', (_request, response) => answer(response, 200, runtime.status())],
    [
      '/skiff/shutdown',
      allowing('POST', (_request, response) => {
        answer(response, 202, { stopping: true })
        response.once('close', () => void runtime.stop())
      }),
    ],
    [
      '/skiff/credential',
      allowing('POST', async (request, response) => {
        const identity = identityOf(await json(request).catch(() => undefined))
        if (typeof identity === 'string') answer(response, 400, { error: identity })
        else answer(response, 201, { url: mesh.credential(identity).url })
      }),
    ],
    ['/skiff/stand-in', (request, response) => serveProgram(programs, request, response)],
  ])
}

/** A program stands in for a service as long as its request is open: the answer is its environment, as one line. */
function serveProgram(programs: Programs, request: IncomingMessage, response: ServerResponse): void {
  const searchParams = queryOf(request)
  const [namespace, service, port] = ['namespace', 'service', 'port'].map(name => searchParams.get(name) ?? '')
  try {
    const { env, end } = programs.serve(namespace || 'default', service ?? '', Number(port))
    response.once('close', end)
    response.writeHead(200, { 'content-type': 'application/json' }).write(`${JSON.stringify({ env })}\n`)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    answerError(response, error)
  }
}

/** The identity a body asks for, or what is wrong with it. */
function identityOf(body: unknown): Identity | string {
  if (typeof body !== 'object' || body === null) return 'the body must be a JSON object such as {"namespace":"default"}'
  const { namespace = 'default', serviceAccount = 'default', labels = {}, name = 'program' } = body as Partial<Identity>
  for (const [field, value] of Object.entries({ namespace, serviceAccount, name })) {
    if (typeof value !== 'string' || value === '') return `${field} must be a non-empty string`
  }
  const strings =
    typeof labels === 'object' && labels !== null && Object.values(labels).every(one => typeof one === 'string')
  return strings ? { namespace, serviceAccount, labels, name } : 'labels must map strings to strings'
}

function allowing(method: string, handler: Handler): Handler {
  return (request, response) => {
    if (request.method === method) return handler(request, response)
    response.setHeader('allow', method)
    return answer(response, 405, { error: `${method} only` })
  }
}
