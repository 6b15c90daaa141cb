// URLs in the environment of functions: names and ports that mean nothing on a cluster.
import type { Rule } from '../finding.ts'
import { clusterHost, fullHost, type ManifestSet, namespaceOf } from '../manifest-set.ts'

/** `http://usvc/` is in no VirtualService of Knative: 404, from the same namespace too. */
export const bareUrl: Rule = {
  id: 'SK105',
  name: 'bare-url',
  severity: 'error',
  *find(set) {
    for (const about of set.knativeServices) {
      const namespace = namespaceOf(about.object)
      for (const { name, value, path } of variables(about.object)) {
        const called = /^https?:\/\/([^./:]+)(?=[/:]|$)/.exec(value)?.[1]
        if (!called || set.owner(fullHost(called, namespace))?.kind !== 'knative') continue
        yield {
          about,
          path,
          message: `${name} names the Knative Service "${called}" by its bare name: that is in no route, the answer is 404`,
          instead: `http://${called}.${namespace}`,
        }
      }
    }
  },
}

/** The Service of a Knative Service has port 80, whatever its container listens on. */
export const knativePort: Rule = {
  id: 'SK108',
  name: 'knative-port',
  severity: 'error',
  *find(set) {
    for (const about of set.knativeServices) {
      for (const { name, value, path } of variables(about.object)) {
        const [, host = '', port] = /^http:\/\/([^/:]+\.[^/:]+):(\d+)/.exec(value) ?? []
        if (port === undefined || port === '80' || set.owner(clusterHost(host))?.kind !== 'knative') continue
        yield {
          about,
          path,
          message: `${name} asks for port ${port} of a Knative Service, which listens on 80 alone`,
          instead: `http://${host}`,
        }
      }
    }
  },
}

/** Environment variables with a value, of all containers. */
export function variables(service: ManifestSet['knativeServices'][number]['object']) {
  const containers = service.spec?.template?.spec?.containers ?? []
  return containers.flatMap(({ env = [] }, container) =>
    env.map(({ name, value = '' }, index) => ({
      name,
      value,
      path: `spec.template.spec.containers[${container}].env[${index}].value`,
    })),
  )
}
