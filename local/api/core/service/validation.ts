// What Kubernetes refuses in a Service, as far as it can matter to a mesh: type, names and ports.
import type { FieldError } from '../../../kernel/errors.ts'
import { dnsLabelFlaw, dnsSubdomainFlaw } from '../../names.ts'
import type { CoreService, ServicePort } from '../types.ts'

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
const quoted = (values: string[]) => values.map(one => `"${one}"`).join(', ')

/** All flaws of a defaulted Service, in the order of its fields. */
export function serviceFlaws(service: CoreService): FieldError[] {
  const spec = service.spec ?? {}
  const type = spec.type ?? 'ClusterIP'
  if (!types.includes(type)) {
    return [{ path: 'spec.type', message: `Unsupported value: "${type}": supported values: ${quoted(types)}` }]
  }
  const ports = spec.ports ?? []
  const headless = spec.clusterIP === 'None'
  return [
    ...(ports.length === 0 && type !== 'ExternalName' && !headless ? [required('spec.ports')] : []),
    ...(type === 'ExternalName' ? externalNameFlaws(spec.externalName) : []),
    ...ports.flatMap((port, index) => portFlaws(port, `spec.ports[${index}]`, ports.length > 1)),
    ...duplicates(ports),
  ]
}

function externalNameFlaws(name: string | undefined): FieldError[] {
  const path = 'spec.externalName'
  if (!name) return [required(path)]
  const flaw = dnsSubdomainFlaw(name.replace(/\.$/, ''))
  return flaw ? [{ path, message: `Invalid value: "${name}": ${flaw}` }] : []
}

function portFlaws(port: ServicePort, path: string, several: boolean): FieldError[] {
  const flaws: FieldError[] = []
  if (!port.name && several) flaws.push(required(`${path}.name`))
  const nameFlaw = port.name && dnsLabelFlaw(port.name)
  if (nameFlaw) flaws.push({ path: `${path}.name`, message: `Invalid value: "${port.name}": ${nameFlaw}` })
  if (port.port === undefined) flaws.push(required(`${path}.port`))
  else if (!isPort(port.port)) flaws.push(outside(`${path}.port`, port.port))
  if (typeof port.targetPort === 'number' && port.targetPort !== port.port && !isPort(port.targetPort)) {
    flaws.push(outside(`${path}.targetPort`, port.targetPort))
  }
  if (port.protocol && !protocols.includes(port.protocol)) {
    const message = `Unsupported value: "${port.protocol}": supported values: ${quoted(protocols)}`
    flaws.push({ path: `${path}.protocol`, message })
  }
  return flaws
}

function duplicates(ports: ServicePort[]): FieldError[] {
  return ports.flatMap((port, index) => {
    const earlier = ports.slice(0, index)
    const sameName = port.name && earlier.some(one => one.name === port.name)
    const samePort = earlier.some(one => one.port === port.port && one.protocol === port.protocol)
    return [
      ...(sameName ? [{ path: `spec.ports[${index}].name`, message: `Duplicate value: "${port.name}"` }] : []),
      ...(samePort
        ? [{ path: `spec.ports[${index}]`, message: `Duplicate value: ${port.port}/${port.protocol}` }]
        : []),
    ]
  })
}

const isPort = (port: number) => port >= 1 && port <= 65_535
const required = (path: string): FieldError => ({ path, message: 'Required value' })

function outside(path: string, port: number): FieldError {
  return { path, message: `Invalid value: ${port}: must be between 1 and 65535, inclusive` }
}
