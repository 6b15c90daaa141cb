// Every VirtualService of a mesh: users' own, and those that stand for Knative's Ingresses.
import { ingressVirtualServices } from '../knative/virtual-services.ts'
import type { MeshObjects } from '../mesh-objects.ts'
import type { BoundVirtualService } from './bound-service.ts'
import { bindVirtualServices } from './delegates.ts'

// Gateways and callers are compiled from the same objects one after the other.
const bound = new WeakMap<MeshObjects, readonly BoundVirtualService[]>()

/** In the order in which they count, the oldest first. */
export function boundServicesOf(objects: MeshObjects): readonly BoundVirtualService[] {
  let services = bound.get(objects)
  if (!services) {
    services = bindVirtualServices([...objects.virtualServices, ...ingressVirtualServices(objects.ingresses)])
    bound.set(objects, services)
  }
  return services
}
