// Telemetry: what proxies measure, trace and log.
import { telemetryGroupKind } from '../istio-kind.ts'
import { telemetryMessage } from './message.ts'
import { telemetryFindings } from './validate.ts'

export const telemetryKind = telemetryGroupKind({
  kind: 'Telemetry',
  plural: 'telemetries',
  shortNames: ['telemetry'],
  message: telemetryMessage,
  findings: telemetryFindings,
})
