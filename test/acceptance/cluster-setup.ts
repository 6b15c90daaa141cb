// What vitest does before the suite is run against a cluster.
import { checkCluster } from './check-cluster.ts'
import { cluster } from './target.ts'

export default async (): Promise<void> => {
  if (cluster) await checkCluster(cluster)
}
