// Messages of the core kinds, by their numbers on the wire (k8s.io/api core/v1 generated.proto).

/** One message a paragraph; `table.ts` says how fields are written. */
export const coreMessages = `
Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus
ConfigMap: 1 metadata ObjectMeta, 4 immutable bool?, 2 data string{}, 3 binaryData bytes{}
Secret: 1 metadata ObjectMeta, 5 immutable bool?, 2 data bytes{}, 4 stringData string{}, 3 type
ServiceAccount: 1 metadata ObjectMeta, 2 secrets ObjectReference[], 3 imagePullSecrets LocalObjectReference[], 4
  automountServiceAccountToken bool?
Service: 1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status ServiceStatus
Endpoints: 1 metadata ObjectMeta, 2 subsets EndpointSubset[]
Event: 1 metadata ObjectMeta, 2 involvedObject ObjectReference, 3 reason, 4 message, 5 source EventSource, 6
  firstTimestamp time, 7 lastTimestamp time, 8 count int, 9 type, 10 eventTime microTime, 11 series EventSeries,
  12 action, 13 related ObjectReference, 14 reportingComponent, 15 reportingInstance
NamespaceSpec: 1 finalizers string[]
NamespaceStatus: 1 phase, 2 conditions NamespaceCondition[]
ObjectReference: 1 kind, 2 namespace, 3 name, 4 uid, 5 apiVersion, 6 resourceVersion, 7 fieldPath
LocalObjectReference: 1 name
ServiceSpec: 1 ports ServicePort[], 2 selector string{}, 3 clusterIP, 18 clusterIPs string[], 4 type, 5
  externalIPs string[], 7 sessionAffinity, 8 loadBalancerIP, 9 loadBalancerSourceRanges string[], 10
  externalName, 11 externalTrafficPolicy, 12 healthCheckNodePort int, 13 publishNotReadyAddresses bool, 14
  sessionAffinityConfig SessionAffinityConfig, 19 ipFamilies string[], 17 ipFamilyPolicy string?, 20
  allocateLoadBalancerNodePorts bool?, 21 loadBalancerClass string?, 22 internalTrafficPolicy string?, 23
  trafficDistribution string?
ServiceStatus: 1 loadBalancer LoadBalancerStatus, 2 conditions Condition[]
EndpointSubset: 1 addresses EndpointAddress[], 2 notReadyAddresses EndpointAddress[], 3 ports EndpointPort[]
EventSource: 1 component, 2 host
EventSeries: 1 count int, 2 lastObservedTime microTime
NamespaceCondition: 1 type, 2 status, 4 lastTransitionTime time, 5 reason, 6 message
ServicePort: 1 name, 2 protocol, 6 appProtocol string?, 3 port int, 4 targetPort intOrString, 5 nodePort int
SessionAffinityConfig: 1 clientIP ClientIPConfig
LoadBalancerStatus: 1 ingress LoadBalancerIngress[]
EndpointAddress: 1 ip, 3 hostname, 4 nodeName string?, 2 targetRef ObjectReference
EndpointPort: 1 name, 2 port int, 3 protocol, 4 appProtocol string?
ClientIPConfig: 1 timeoutSeconds int?
LoadBalancerIngress: 1 ip, 2 hostname, 3 ipMode string?, 4 ports PortStatus[]
PortStatus: 1 port int, 2 protocol, 3 error string?
`
