// The kinds of networking.internal.knative.dev.
import type { Kind } from '../kind.ts'
import { clusterDomainClaim } from './cluster-domain-claim/kind.ts'
import { ingress } from './ingress/kind.ts'
import { serverlessService } from './serverless-service/kind.ts'

export const networkingKinds: readonly Kind[] = [ingress, serverlessService, clusterDomainClaim]
