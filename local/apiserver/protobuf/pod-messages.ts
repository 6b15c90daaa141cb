// Messages of pods and of what makes them, by their numbers on the wire (k8s.io/api core/v1 and apps/v1 generated.proto).

/** One message a paragraph; `table.ts` says how fields are written. */
export const podMessages = `
Pod: 1 metadata ObjectMeta, 2 spec PodSpec, 3 status ignored
Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status DeploymentStatus
PodSpec: 1 volumes Volume[], 20 initContainers Container[], 2 containers Container[], 3 restartPolicy, 4
  terminationGracePeriodSeconds int?, 5 activeDeadlineSeconds int?, 6 dnsPolicy, 7 nodeSelector string{}, 8
  serviceAccountName, 9 serviceAccount, 21 automountServiceAccountToken bool?, 10 nodeName, 11 hostNetwork bool,
  12 hostPID bool, 13 hostIPC bool, 27 shareProcessNamespace bool?, 14 securityContext PodSecurityContext, 15
  imagePullSecrets LocalObjectReference[], 16 hostname, 17 subdomain, 19 schedulerName, 22 tolerations
  Toleration[], 23 hostAliases HostAlias[], 24 priorityClassName, 25 priority int?, 26 dnsConfig PodDNSConfig,
  28 readinessGates PodReadinessGate[], 29 runtimeClassName string?, 30 enableServiceLinks bool?, 31
  preemptionPolicy string?, 32 overhead quantity{}, 33 topologySpreadConstraints TopologySpreadConstraint[], 35
  setHostnameAsFQDN bool?, 36 os PodOS, 37 hostUsers bool?, 40 resources ResourceRequirements, 41
  hostnameOverride string?
DeploymentSpec: 1 replicas int?, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy
  DeploymentStrategy, 5 minReadySeconds int, 6 revisionHistoryLimit int?, 7 paused bool, 9
  progressDeadlineSeconds int?
DeploymentStatus: 1 observedGeneration int, 2 replicas int, 3 updatedReplicas int, 7 readyReplicas int, 4
  availableReplicas int, 5 unavailableReplicas int, 9 terminatingReplicas int?, 6 conditions
  DeploymentCondition[], 8 collisionCount int?
Volume: 1 name, 2 ... VolumeSource
Container: 1 name, 2 image, 3 command string[], 4 args string[], 5 workingDir, 6 ports ContainerPort[], 19
  envFrom EnvFromSource[], 7 env EnvVar[], 8 resources ResourceRequirements, 24 restartPolicy string?, 9
  volumeMounts VolumeMount[], 10 livenessProbe Probe, 11 readinessProbe Probe, 22 startupProbe Probe, 12
  lifecycle Lifecycle, 13 terminationMessagePath, 20 terminationMessagePolicy, 14 imagePullPolicy, 15
  securityContext SecurityContext, 16 stdin bool, 17 stdinOnce bool, 18 tty bool
PodSecurityContext: 2 runAsUser int?, 6 runAsGroup int?, 3 runAsNonRoot bool?, 4 supplementalGroups int[], 12
  supplementalGroupsPolicy string?, 5 fsGroup int?, 9 fsGroupChangePolicy string?, 10 seccompProfile
  SeccompProfile, 13 seLinuxChangePolicy string?
Toleration: 1 key, 2 operator, 3 value, 4 effect, 5 tolerationSeconds int?
HostAlias: 1 ip, 2 hostnames string[]
PodDNSConfig: 1 nameservers string[], 2 searches string[], 3 options PodDNSConfigOption[]
PodReadinessGate: 1 conditionType
TopologySpreadConstraint: 1 maxSkew int, 2 topologyKey, 3 whenUnsatisfiable, 4 labelSelector LabelSelector, 5
  minDomains int?, 6 nodeAffinityPolicy string?, 7 nodeTaintsPolicy string?, 8 matchLabelKeys string[]
PodOS: 1 name
ResourceRequirements: 1 limits quantity{}, 2 requests quantity{}
PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
DeploymentStrategy: 1 type, 2 rollingUpdate RollingUpdateDeployment
DeploymentCondition: 1 type, 2 status, 6 lastUpdateTime time, 7 lastTransitionTime time, 4 reason, 5 message
VolumeSource: 1 hostPath HostPathVolumeSource, 2 emptyDir EmptyDirVolumeSource, 6 secret SecretVolumeSource, 10
  persistentVolumeClaim PersistentVolumeClaimVolumeSource, 16 downwardAPI DownwardAPIVolumeSource, 19 configMap
  ConfigMapVolumeSource, 26 projected ProjectedVolumeSource
ContainerPort: 1 name, 2 hostPort int, 3 containerPort int, 4 protocol, 5 hostIP
EnvFromSource: 1 prefix, 2 configMapRef ConfigMapEnvSource, 3 secretRef SecretEnvSource
EnvVar: 1 name, 2 value, 3 valueFrom EnvVarSource
VolumeMount: 1 name, 2 readOnly bool, 7 recursiveReadOnly string?, 3 mountPath, 4 subPath, 5 mountPropagation
  string?, 6 subPathExpr
Probe: 1 ... ProbeHandler, 2 initialDelaySeconds int, 3 timeoutSeconds int, 4 periodSeconds int, 5
  successThreshold int, 6 failureThreshold int, 7 terminationGracePeriodSeconds int?
Lifecycle: 1 postStart LifecycleHandler, 2 preStop LifecycleHandler, 3 stopSignal string?
SecurityContext: 1 capabilities Capabilities, 2 privileged bool?, 4 runAsUser int?, 8 runAsGroup int?, 5
  runAsNonRoot bool?, 6 readOnlyRootFilesystem bool?, 7 allowPrivilegeEscalation bool?, 9 procMount string?, 11
  seccompProfile SeccompProfile
SeccompProfile: 1 type, 2 localhostProfile string?
PodDNSConfigOption: 1 name, 2 value string?
RollingUpdateDeployment: 1 maxUnavailable intOrString, 2 maxSurge intOrString
HostPathVolumeSource: 1 path, 2 type string?
EmptyDirVolumeSource: 1 medium, 2 sizeLimit quantity
SecretVolumeSource: 1 secretName, 2 items KeyToPath[], 3 defaultMode int?, 4 optional bool?
PersistentVolumeClaimVolumeSource: 1 claimName, 2 readOnly bool
DownwardAPIVolumeSource: 1 items DownwardAPIVolumeFile[], 2 defaultMode int?
ConfigMapVolumeSource: 1 ... LocalObjectReference, 2 items KeyToPath[], 3 defaultMode int?, 4 optional bool?
ProjectedVolumeSource: 1 sources VolumeProjection[], 2 defaultMode int?
ConfigMapEnvSource: 1 ... LocalObjectReference, 2 optional bool?
SecretEnvSource: 1 ... LocalObjectReference, 2 optional bool?
EnvVarSource: 1 fieldRef ObjectFieldSelector, 2 resourceFieldRef ResourceFieldSelector, 3 configMapKeyRef
  ConfigMapKeySelector, 4 secretKeyRef SecretKeySelector
ProbeHandler: 1 exec ExecAction, 2 httpGet HTTPGetAction, 3 tcpSocket TCPSocketAction, 4 grpc GRPCAction
LifecycleHandler: 1 exec ExecAction, 2 httpGet HTTPGetAction, 3 tcpSocket TCPSocketAction, 4 sleep SleepAction
Capabilities: 1 add string[], 2 drop string[]
KeyToPath: 1 key, 2 path, 3 mode int?
DownwardAPIVolumeFile: 1 path, 2 fieldRef ObjectFieldSelector, 3 resourceFieldRef ResourceFieldSelector, 4 mode
  int?
VolumeProjection: 1 secret SecretProjection, 2 downwardAPI DownwardAPIProjection, 3 configMap
  ConfigMapProjection, 4 serviceAccountToken ServiceAccountTokenProjection
ObjectFieldSelector: 1 apiVersion, 2 fieldPath
ResourceFieldSelector: 1 containerName, 2 resource, 3 divisor quantity
ConfigMapKeySelector: 1 ... LocalObjectReference, 2 key, 3 optional bool?
SecretKeySelector: 1 ... LocalObjectReference, 2 key, 3 optional bool?
ExecAction: 1 command string[]
HTTPGetAction: 1 path, 2 port intOrString, 3 host, 4 scheme, 5 httpHeaders HTTPHeader[]
TCPSocketAction: 1 port intOrString, 2 host
GRPCAction: 1 port int, 2 service string?
SleepAction: 1 seconds int
SecretProjection: 1 ... LocalObjectReference, 2 items KeyToPath[], 4 optional bool?
DownwardAPIProjection: 1 items DownwardAPIVolumeFile[]
ConfigMapProjection: 1 ... LocalObjectReference, 2 items KeyToPath[], 4 optional bool?
ServiceAccountTokenProjection: 1 audience, 2 expirationSeconds int?, 3 path
HTTPHeader: 1 name, 2 value
`
