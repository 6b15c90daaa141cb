// What lies in istio/observability for clusters and for Grafana: whole, and made for the labels that are there.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const folder = join(import.meta.dirname, '../istio/observability')
const production = join(folder, 'overlays/production')
const boards = readdirSync(join(folder, 'grafana')).filter(file => file.endsWith('.json'))

interface Kustomization {
  resources?: string[]
  configMapGenerator?: { files: string[] }[]
}

interface Panel {
  id: number
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  targets: { expr: string; refId: string }[]
}

const kustomization = (path: string) => parse(readFileSync(join(path, 'kustomization.yaml'), 'utf8')) as Kustomization
const board = (file: string) =>
  JSON.parse(readFileSync(join(folder, 'grafana', file), 'utf8')) as { uid: string; title: string; panels: Panel[] }

describe('the dashboards', () => {
  it.each(boards)('%s: panels with distinct ids that do not overlap, each with a query', file => {
    const { panels } = board(file)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x},${y}`)).size).toBe(panels.length)
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
    expect(panels.flatMap(({ targets }) => targets.filter(({ expr }) => expr.trim() === ''))).toEqual([])
    expect(panels.filter(({ targets }) => targets.length === 0)).toEqual([])
  })

  it('have ids of their own, and all of them go to the cluster', () => {
    expect(new Set(boards.map(file => board(file).uid)).size).toBe(boards.length)
    const [generator] = kustomization(join(folder, 'grafana')).configMapGenerator ?? []
    expect([...(generator?.files ?? [])].sort()).toEqual([...boards].sort())
  })
})

describe('the overlay for production', () => {
  const files = readdirSync(production).filter(file => file !== 'kustomization.yaml')

  it('lists each of its files', () => {
    expect(
      kustomization(production)
        .resources?.filter(one => one !== '../../grafana')
        .sort(),
    ).toEqual(files.sort())
  })

  it.each(files)('%s: objects of the Prometheus operator and of Istio, each with a name and a namespace', file => {
    for (const document of parseAllDocuments(readFileSync(join(production, file), 'utf8'))) {
      expect(document.errors).toEqual([])
      const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string; namespace: string } }
      expect(['PodMonitor', 'ServiceMonitor', 'Telemetry']).toContain(kind)
      expect(metadata).toEqual({ name: expect.any(String), namespace: expect.any(String) })
    }
  })
})
