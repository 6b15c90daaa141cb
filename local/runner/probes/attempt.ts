// One attempt of a probe: http, tcp, grpc or exec. Resolves when it succeeded, rejects with what was wrong.
import { execFile } from 'node:child_process'
import type { RequestOptions } from 'node:http'
import * as https from 'node:https'
import { connect } from 'node:net'
import type { Probe } from '../../api/core/pod-spec.ts'
import { http } from '../../kernel/builtin-http.ts'
import type { InstanceAddress } from '../../seams/instances.ts'
import { checkGrpcHealth } from './grpc.ts'

export interface ProbeTarget {
  /** Where a port of the probe is reached; undefined and 0 mean the container's own. */
  addressOf(port: number | string | undefined): InstanceAddress
  /** Environment and folder of exec probes. */
  env: Readonly<Record<string, string>>
  cwd: string
}

/** Tries once, for at most `timeoutMs` milliseconds. */
export function attempt(probe: Probe, target: ProbeTarget, timeoutMs: number): Promise<void> {
  if (probe.httpGet) return probeHttp(probe.httpGet, target, timeoutMs)
  if (probe.exec) return probeExec(probe.exec.command, target, timeoutMs)
  if (probe.grpc) return checkGrpcHealth(target.addressOf(probe.grpc.port), probe.grpc.service ?? '', timeoutMs)
  return probeTcp(target.addressOf(probe.tcpSocket?.port), timeoutMs)
}

/** Success is any status from 200 to 399, as for Kubernetes; redirects are not followed. */
function probeHttp(action: NonNullable<Probe['httpGet']>, target: ProbeTarget, timeoutMs: number): Promise<void> {
  const given = (action.httpHeaders ?? []).map(({ name, value }) => [name, value] as const)
  const client = action.scheme === 'HTTPS' ? https : http
  const options: https.RequestOptions = {
    ...requestTarget(target.addressOf(action.port)),
    path: action.path ?? '/',
    headers: { 'user-agent': 'kube-probe/1.34', accept: '*/*', ...Object.fromEntries(given) },
    agent: false,
    rejectUnauthorized: false,
    timeout: timeoutMs,
  }
  return new Promise((resolve, reject) => {
    const request = client.get(options, response => {
      response.resume()
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 400) resolve()
      else reject(new Error(`HTTP probe failed with statuscode: ${status}`))
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    request.on('error', reject)
  })
}

function requestTarget(address: InstanceAddress): RequestOptions {
  return 'path' in address ? { socketPath: address.path } : address
}

function probeTcp(address: InstanceAddress, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect('path' in address ? { path: address.path } : address)
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)))
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}

function probeExec([command = '', ...args]: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd: target.cwd, env: { ...target.env }, timeout: timeoutMs, killSignal: 'SIGKILL' as const }
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) return resolve()
      reject(
        new Error(error.killed ? `command timed out after ${timeoutMs} ms` : `${stdout}${stderr}` || error.message),
      )
    })
    child.stdin?.end()
  })
}
