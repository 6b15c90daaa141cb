// ServiceEntry: a host the mesh knows beside the Services of the cluster.
import { networkingKind, text } from '../istio-kind.ts'
import { serviceEntryMessage } from './message.ts'
import { serviceEntryFindings } from './validate.ts'

export const serviceEntryKind = networkingKind({
  kind: 'ServiceEntry',
  plural: 'serviceentries',
  shortNames: ['se'],
  columns: [
    text('Hosts', '.spec.hosts', 'The hosts of the entry'),
    text('Location', '.spec.location', 'Whether the hosts are inside the mesh'),
    text('Resolution', '.spec.resolution', 'How addresses of the hosts are found'),
  ],
  message: serviceEntryMessage,
  findings: serviceEntryFindings,
})
