// Where the services of Bookinfo find each other, in the variables the workshop uses.
import type { Env } from '../lib/env.ts'

/**
 * The base URL of a service, such as `http://ratings-mesh.bookinfo`: RATINGS_HOSTNAME, RATINGS_SERVICE_PORT and
 * SERVICES_DOMAIN override its parts. The name is that of the facade, where rules can stand between caller and callee.
 */
export function addressOf(env: Env, service: 'details' | 'reviews' | 'ratings'): string {
  const name = service.toUpperCase()
  const host = env[`${name}_HOSTNAME`] || `${service}-mesh.bookinfo`
  const domain = env.SERVICES_DOMAIN ? `.${env.SERVICES_DOMAIN}` : ''
  const port = env[`${name}_SERVICE_PORT`] || '80'
  return `http://${host}${domain}${port === '80' ? '' : `:${port}`}`
}
