// A revision's conditions as a decision over what its autoscaler and its instances say.
import { describe, expect, it } from 'vitest'
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import { settleConditions } from '../../kernel/conditions.ts'
import { scaledTo } from '../harness.ts'
import type { WorkloadStatus } from '../workloads.ts'
import { revisionConditions, revisionFindings } from './conditions.ts'

const idle: WorkloadStatus = { ready: 0, running: 0, failure: undefined }
const exited = { reason: 'ExitCode1', message: 'bad', exitCode: 1 }

function autoscaler(status: PodAutoscaler['status']): PodAutoscaler {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'r-deployment' }
  const object = {
    apiVersion: 'autoscaling.internal.knative.dev/v1alpha1',
    kind: 'PodAutoscaler',
    metadata: { name: 'r' },
  }
  return { ...object, spec: { protocolType: 'http1', scaleTargetRef }, ...(status ? { status } : {}) }
}

const up = autoscaler(scaledTo(1, 0))
const queued = autoscaler({ conditions: [{ type: 'Ready', status: 'Unknown', reason: 'Queued' }] })

/** `Ready`, then the three it is made of. */
function said(views: Partial<Parameters<typeof revisionFindings>[0]>[]): string {
  let conditions: ReturnType<typeof settleConditions> = []
  for (const view of views) {
    const whole = { autoscaler: up, workload: idle, late: false, ...view, conditions }
    conditions = settleConditions(revisionConditions, conditions, revisionFindings(whole), 0)
  }
  const of = (type: string) => conditions.find(one => one.type === type)
  return ['Ready', 'ResourcesAvailable', 'ContainerHealthy', 'Active']
    .map(type => [of(type)?.status, of(type)?.reason].filter(Boolean).join(':'))
    .join(' ')
}

describe('a revision', () => {
  const rows: [sentence: string, views: Parameters<typeof said>[0], wanted: string][] = [
    [
      'that was just made is deploying',
      [{ autoscaler: undefined }],
      'Unknown:Deploying Unknown:Deploying Unknown:Deploying Unknown:Deploying',
    ],
    [
      'whose autoscaler waits is deploying',
      [{ autoscaler: queued }],
      'Unknown:Deploying Unknown:Deploying Unknown:Deploying Unknown:Queued',
    ],
    ['whose first instances came up is ready', [{}], 'True True True True'],
    [
      'at zero is ready but not active',
      [{}, { autoscaler: autoscaler(scaledTo(0, 0)) }],
      'True True True False:NoTraffic',
    ],
    [
      'that takes too long is late',
      [{ autoscaler: queued, late: true }],
      'False:ProgressDeadlineExceeded False:ProgressDeadlineExceeded Unknown:Deploying Unknown:Queued',
    ],
    [
      'whose container exits says so',
      [{ workload: { ...idle, failure: exited } }],
      'False:ExitCode1 Unknown:Deploying False:ExitCode1 True',
    ],
    [
      'whose probe does not pass is not blamed yet',
      [{ autoscaler: queued, workload: { ...idle, failure: { reason: 'ProbeFailed', message: '' } } }],
      'Unknown:Deploying Unknown:Deploying Unknown:Deploying Unknown:Queued',
    ],
    [
      'that failed stays so at zero',
      [{ workload: { ...idle, failure: exited } }, { autoscaler: autoscaler(scaledTo(0, 0)) }],
      'False:ExitCode1 Unknown:Deploying False:ExitCode1 False:NoTraffic',
    ],
    [
      'that failed is well again with a ready instance',
      [{ workload: { ...idle, failure: exited } }, { workload: { ...idle, ready: 1 } }],
      'True True True True',
    ],
    [
      'that was late is well again with a ready instance',
      [{ autoscaler: queued, late: true }, { workload: { ...idle, ready: 1 } }],
      'True True True True',
    ],
    [
      'whose program cannot be started says why',
      [{ workload: { ...idle, failure: { reason: 'SpawnFailed', message: 'no such file' } } }],
      'False:SpawnFailed Unknown:Deploying False:SpawnFailed True',
    ],
  ]
  it.for(rows)('%s', ([, views, wanted]) => {
    expect(said(views)).toBe(wanted)
  })
})
