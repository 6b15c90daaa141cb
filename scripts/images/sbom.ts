// The bill of materials of an image, in CycloneDX 1.6.
import type { InstalledPackage } from './package-closure.ts'

/** Without date or serial number: the same packages give the same bytes. */
export function sbomOf(name: string, version: string, packages: readonly InstalledPackage[]): object {
  const unique = new Map(packages.map(one => [`${one.name}@${one.version}`, one]))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name, version } },
    components: [...unique.values()].sort(byName).map(componentOf),
  }
}

function byName(a: InstalledPackage, b: InstalledPackage): number {
  return `${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1
}

function componentOf({ name, version, license }: InstalledPackage): object {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return { type: 'library', name, version, purl, 'bom-ref': purl, licenses: [licenseOf(license)] }
}

/** CycloneDX tells a single licence from an expression of several. */
function licenseOf(text: string): object {
  if (text === 'NOASSERTION') return { license: { name: text } }
  return /[ ()]/.test(text) ? { expression: text } : { license: { id: text } }
}
