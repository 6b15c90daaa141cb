import { describe, expect, it } from 'vitest'
import { digestOf, repositoryOf, sha256, sourceOf } from './reference.ts'

const hex = 'a'.repeat(64)

describe('an image reference', () => {
  it.each([
    ['dev.local/greeting/a', 'dev.local/greeting/a'],
    ['dev.local/greeting/a:v1', 'dev.local/greeting/a'],
    [`dev.local/greeting/a:v1@sha256:${hex}`, 'dev.local/greeting/a'],
    ['registry.example:5000/team/app', 'registry.example:5000/team/app'],
    ['registry.example:5000/team/app:2', 'registry.example:5000/team/app'],
  ])('%s has the repository %s', (image, repository) => {
    expect(repositoryOf(image)).toBe(repository)
  })

  it('gives its digest, or none', () => {
    expect(digestOf(`dev.local/greeting/a@sha256:${hex}`)).toBe(hex)
    expect(digestOf('dev.local/greeting/a:latest')).toBeUndefined()
    expect(digestOf('dev.local/greeting/a@sha256:abc')).toBeUndefined()
  })

  it('names a source of the project only below dev.local, and never outside functions/', () => {
    expect(sourceOf('dev.local/greeting/a:v2')).toBe('greeting/a')
    expect(sourceOf('docker.io/greeting/a')).toBeUndefined()
    expect(sourceOf('dev.local/greeting')).toBeUndefined()
    expect(sourceOf('dev.local/../etc')).toBeUndefined()
    expect(sourceOf('dev.local/a/b/c')).toBeUndefined()
  })

  it('hashes parts apart from each other', () => {
    expect(sha256('ab', 'c')).not.toBe(sha256('a', 'bc'))
    expect(sha256('a')).toMatch(/^[0-9a-f]{64}$/)
  })
})
