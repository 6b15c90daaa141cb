// Speaks to the API of a kubeconfig's cluster, real or local, over TLS or plain HTTP.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { SkiffError } from '../../kernel/errors.ts'
import { type ApiClient, refusalOf } from './api-client.ts'
import type { Cluster } from './kubeconfig.ts'

/** A client of the cluster. Its requests throw what the API refuses, and a sentence when it cannot be reached. */
export function clusterClient(cluster: Cluster): Pick<ApiClient, 'request'> {
  return {
    async request<T>(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
      const { status, content } = await send(cluster, method, path, body, contentType)
      if (status >= 400) throw refusalOf({ statusCode: status }, content)
      return JSON.parse(content || 'null') as T
    },
  }
}

function send(
  cluster: Cluster,
  method: string,
  path: string,
  body: unknown,
  contentType: string,
): Promise<{ status: number; content: string }> {
  const { server, ca, insecure, serverName, credential } = cluster
  const url = new URL(server + path)
  const { token, cert, key } = credential
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': contentType }),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  }
  const tls = {
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(serverName ? { servername: serverName } : {}),
    rejectUnauthorized: !insecure,
  }
  const open = url.protocol === 'http:' ? httpRequest : httpsRequest
  return new Promise((resolve, reject) => {
    const request = open(url, { method, headers, ...tls }, response => {
      text(response).then(content => resolve({ status: response.statusCode ?? 0, content }), reject)
    })
    request.on('error', error => reject(new SkiffError(`the API at ${server} was not reached: ${error.message}`)))
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
