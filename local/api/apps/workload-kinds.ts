// Kinds of workloads that a cluster has and nothing here runs: clients look for them, and are told what to make instead.
import { ageColumn } from '../core/core-kind.ts'
import type { Kind } from '../kind.ts'
import { anything, objectSchema } from '../schema.ts'

const workload = (group: string, kind: string, shortName?: string): Kind => ({
  ...{ group, versions: ['v1'], kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase() },
  ...(shortName ? { shortNames: [shortName] } : {}),
  categories: ['all'],
  namespaced: true,
  status: true,
  strategic: {},
  schema: objectSchema({ spec: anything, status: anything }),
  columns: [ageColumn],
})

export const workloadKinds: readonly Kind[] = [
  workload('apps', 'DaemonSet', 'ds'),
  workload('apps', 'ReplicaSet', 'rs'),
  workload('apps', 'StatefulSet', 'sts'),
  workload('batch', 'CronJob', 'cj'),
  workload('batch', 'Job'),
  workload('', 'ReplicationController', 'rc'),
]
