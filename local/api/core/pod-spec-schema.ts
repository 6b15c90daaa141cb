// The schema of the pod spec a Knative revision carries: the fields its CRD lists, and no others.
import { anything, array, boolean, described, integer, map, object, type Schema, string } from '../schema.ts'

const intOrString: Schema = { type: 'int-or-string' }
const quantity: Schema = { type: 'int-or-string', description: 'A quantity: 400m, 1Gi' }
const keyRef = object({ name: string, key: string, optional: boolean })
const keyToPath = object({ key: string, path: string, mode: integer })
const nameValue = object({ name: string, value: string })

const envVar = object({
  name: string,
  value: string,
  valueFrom: object({
    configMapKeyRef: keyRef,
    secretKeyRef: keyRef,
    fieldRef: object({ apiVersion: string, fieldPath: string }),
    resourceFieldRef: object({ containerName: string, resource: string, divisor: quantity }),
  }),
})

const envFromSource = object({
  prefix: string,
  configMapRef: object({ name: string, optional: boolean }),
  secretRef: object({ name: string, optional: boolean }),
})

const probe = object({
  exec: object({ command: array(string) }),
  grpc: object({ port: integer, service: string }),
  httpGet: object({ path: string, port: intOrString, host: string, scheme: string, httpHeaders: array(nameValue) }),
  tcpSocket: object({ host: string, port: intOrString }),
  initialDelaySeconds: integer,
  timeoutSeconds: integer,
  periodSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
})

const securityContext = object({
  allowPrivilegeEscalation: boolean,
  capabilities: object({ add: array(string), drop: array(string) }),
  privileged: boolean,
  readOnlyRootFilesystem: boolean,
  runAsGroup: integer,
  runAsNonRoot: boolean,
  runAsUser: integer,
  seccompProfile: object({ type: string, localhostProfile: string }),
})

const containerPort = object({
  containerPort: described('The port the program listens on; 8080 unless set, and always in PORT', integer),
  name: described('`h2c` for HTTP/2 in clear text, else empty or `http1`', string),
  protocol: string,
})

const volumeMount = object({
  name: string,
  mountPath: string,
  subPath: string,
  readOnly: boolean,
  mountPropagation: string,
})

const container = object({
  name: string,
  image: string,
  command: array(string),
  args: array(string),
  workingDir: string,
  env: array(envVar),
  envFrom: array(envFromSource),
  ports: array(containerPort),
  resources: object({ claims: anything, limits: map(quantity), requests: map(quantity) }),
  readinessProbe: probe,
  livenessProbe: probe,
  startupProbe: probe,
  volumeMounts: array(volumeMount),
  securityContext,
  imagePullPolicy: string,
  terminationMessagePath: string,
  terminationMessagePolicy: string,
})

const projectedSource = object({
  configMap: object({ name: string, optional: boolean, items: array(keyToPath) }),
  secret: object({ name: string, optional: boolean, items: array(keyToPath) }),
  downwardAPI: anything,
  serviceAccountToken: object({ audience: string, expirationSeconds: integer, path: string }),
})

const volume = object({
  name: string,
  configMap: object({ name: string, optional: boolean, defaultMode: integer, items: array(keyToPath) }),
  secret: object({ secretName: string, optional: boolean, defaultMode: integer, items: array(keyToPath) }),
  projected: object({ defaultMode: integer, sources: array(projectedSource) }),
  emptyDir: object({ medium: string, sizeLimit: quantity }),
  // These need a feature flag; what they hold is then Kubernetes' business.
  csi: anything,
  ephemeral: anything,
  hostPath: anything,
  image: anything,
  persistentVolumeClaim: anything,
})

/** The fields of a revision's pod spec; those typed `any` are refused unless a feature flag allows them. */
export const podSpecFields: Record<string, Schema> = {
  containers: array(container),
  initContainers: array(container),
  volumes: array(volume),
  serviceAccountName: string,
  automountServiceAccountToken: boolean,
  enableServiceLinks: boolean,
  imagePullSecrets: array(object({ name: string })),
  affinity: anything,
  dnsConfig: anything,
  dnsPolicy: anything,
  hostAliases: anything,
  hostIPC: anything,
  hostNetwork: anything,
  hostPID: anything,
  nodeSelector: anything,
  priorityClassName: anything,
  runtimeClassName: anything,
  schedulerName: anything,
  securityContext: anything,
  shareProcessNamespace: anything,
  tolerations: anything,
  topologySpreadConstraints: anything,
}
