// Maps a domain name to a Service or Route: the name claimed, the reference resolved, an Ingress written.
import { type ClusterDomainClaim, type Ingress, networking } from '../../api/networking/types.ts'
import { finalizers } from '../../api/serving/labels.ts'
import { type DomainMapping, serving } from '../../api/serving/types.ts'
import { conditionOf, type Finding, settleConditions } from '../../kernel/conditions.ts'
import { messageOf } from '../../kernel/errors.ts'
import { keyOf } from '../../kernel/object.ts'
import { applyDesired, type ServingContext, setFinalizer, splitKey, writeStatus } from '../context.ts'
import { publicUrl } from '../route/hosts.ts'
import { resolveReference } from './reference.ts'
import { makeDomainClaim, makeMappingIngress } from './resources.ts'

const conditionSet = {
  happy: 'Ready',
  dependents: ['DomainClaimed', 'ReferenceResolved', 'IngressReady', 'CertificateProvisioned'],
}

export function reconcileDomainMapping(context: ServingContext, key: string): undefined {
  const { namespace, name } = splitKey(key)
  const found = context.store.get<DomainMapping>(serving.domainMapping, namespace, name)
  if (!found) return
  if (found.metadata.deletionTimestamp) return finalize(context, found)
  const mapping = setFinalizer(context.store, found, finalizers.domainMapping, true)
  const naming = {
    network: context.configs.network(),
    domain: context.configs.domain(),
    publicPort: context.publicPort,
  }
  const url = publicUrl(naming, name)
  const findings = { ...firstSight(mapping), ...reconcileMapping(context, mapping) }
  const conditions = settleConditions(conditionSet, mapping.status?.conditions, findings, context.clock.now())
  writeStatus(context.store, mapping, { ...mapping.status, url, address: { url }, conditions })
}

/** Gives the name free, unless somebody claimed it by hand. */
function finalize({ store, configs }: ServingContext, mapping: DomainMapping): undefined {
  const claim = store.get<ClusterDomainClaim>(networking.clusterDomainClaim, '', mapping.metadata.name)
  const ours = claim?.spec.namespace === mapping.metadata.namespace
  if (claim && ours && configs.network().autocreateClusterDomainClaims) store.delete(keyOf(claim))
  setFinalizer(store, mapping, finalizers.domainMapping, false)
}

const ingressNotConfigured: Finding = {
  status: 'Unknown',
  reason: 'IngressNotConfigured',
  message: 'Ingress has not yet been reconciled.',
}

function firstSight({ metadata, status }: DomainMapping): Record<string, Finding> {
  return status?.observedGeneration === metadata.generation ? {} : { IngressReady: ingressNotConfigured }
}

function reconcileMapping(context: ServingContext, mapping: DomainMapping): Record<string, Finding> {
  const DomainClaimed = reconcileClaim(context, mapping)
  if (DomainClaimed.status !== 'True') return { DomainClaimed }
  const claimed = {
    DomainClaimed,
    CertificateProvisioned: certificate(mapping),
  }
  const target = resolveReference(context.store, mapping)
  if ('problem' in target) {
    return { ...claimed, ReferenceResolved: { status: 'False', reason: 'ResolveFailed', message: target.problem } }
  }
  const desired = makeMappingIngress(mapping, context.configs.network(), target.host, target.serviceName)
  const { namespace = '', name } = desired.metadata
  const found = context.store.get<Ingress>(networking.ingress, namespace, name)
  const ingress = applyDesired(context.store, found, desired)
  const upToDate = ingress.status?.observedGeneration === ingress.metadata.generation
  const ready = upToDate ? conditionOf(ingress.status?.conditions, 'Ready') : undefined
  return { ...claimed, ReferenceResolved: { status: 'True' }, IngressReady: ready ?? ingressNotConfigured }
}

function certificate({ spec }: DomainMapping): Finding {
  if (!spec.tls) return { status: 'True', reason: 'TLSNotEnabled', message: 'external-domain-tls is not enabled' }
  const message = 'TLS certificate was provided externally'
  return { status: 'True', reason: 'CertificateExternallyProvided', message }
}

function reconcileClaim({ store, configs, log }: ServingContext, mapping: DomainMapping): Finding {
  const { name, namespace } = mapping.metadata
  const claim = store.get<ClusterDomainClaim>(networking.clusterDomainClaim, '', name)
  if (claim?.spec.namespace === namespace) return { status: 'True' }
  if (!claim && configs.network().autocreateClusterDomainClaims) return createClaim(store, mapping)
  if (!claim)
    log(
      'warn',
      `DomainMapping ${namespace}/${name}: no ClusterDomainClaim "${name}", and autocreate-cluster-domain-claims is not true`,
    )
  const message = 'The domain name is already in use by another DomainMapping'
  return { status: 'False', reason: 'DomainAlreadyClaimed', message }
}

function createClaim(store: ServingContext['store'], mapping: DomainMapping): Finding {
  try {
    store.create(makeDomainClaim(mapping))
    return { status: 'True' }
  } catch (error) {
    return { status: 'False', reason: 'DomainClaimFailed', message: messageOf(error) }
  }
}
