import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InstanceFailed } from '../../seams/instances.ts'
import { findEntry, parseImageMap } from './image-map.ts'
import { createImages } from './images.ts'

let project: string

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'images-'))
  write('serve.ts', 'export const serve = (app: object) => app')
  write('functions/shop/cart/app.ts', "import { price } from './price.ts'\nexport default price")
  write('functions/shop/cart/price.ts', 'export const price: number = 1')
})

afterEach(() => rmSync(project, { recursive: true, force: true }))

function write(path: string, text: string, mode?: number): string {
  const file = join(project, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, mode === undefined ? {} : { mode })
  return file
}

function images(imagesFile?: string) {
  return createImages({
    projectDir: project,
    stateDir: join(project, '.skiff'),
    serveModule: join(project, 'serve.ts'),
    imagesFile,
  })
}

async function failureOf(image: string, imagesFile?: string) {
  const error: unknown = await images(imagesFile)
    .resolve(image)
    .then(
      () => undefined,
      reason => reason,
    )
  return error instanceof InstanceFailed ? error.failure : error
}

const digestOf = (reference: string) => reference.split('sha256:')[1] ?? ''

describe('an image of the project', () => {
  it('is its repository with the digest of the bundle', async () => {
    expect(await images().resolve('dev.local/shop/cart:v1')).toMatch(/^dev\.local\/shop\/cart@sha256:[0-9a-f]{64}$/)
  })

  it('keeps its content when the source is edited, and the edit is another image', async () => {
    const before = digestOf(await images().resolve('dev.local/shop/cart'))
    const bundle = () => readFileSync(join(project, '.skiff/images', before, 'bundle.cjs'), 'utf8')
    const kept = bundle()
    write('functions/shop/cart/price.ts', 'export const price: number = 22')
    const after = digestOf(await images().resolve('dev.local/shop/cart'))
    expect(after).not.toBe(before)
    expect(bundle()).toBe(kept)
    write('functions/shop/cart/price.ts', 'export const price: number = 1')
    expect(digestOf(await images().resolve('dev.local/shop/cart'))).toBe(before)
  })

  it('is found again without a build: a source that is only touched stays the same image', async () => {
    const before = await images().resolve('dev.local/shop/cart')
    // Whatever is built now would have another digest.
    const record = join(project, '.skiff/images/sources/shop.cart.json')
    const marked = readFileSync(record, 'utf8').replace(digestOf(before), 'b'.repeat(64))
    writeFileSync(record, marked)
    mkdirSync(join(project, '.skiff/images', 'b'.repeat(64)))
    write(`.skiff/images/${'b'.repeat(64)}/image.json`, '{"kind":"bundle"}')
    utimesSync(join(project, 'functions/shop/cart/price.ts'), new Date(), new Date())
    expect(digestOf(await images().resolve('dev.local/shop/cart'))).toBe('b'.repeat(64))
  })

  it('is built anew when the record was cut short or the image folder is gone', async () => {
    const before = await images().resolve('dev.local/shop/cart')
    rmSync(join(project, '.skiff/images', digestOf(before)), { recursive: true })
    expect(await images().resolve('dev.local/shop/cart')).toBe(before)
    writeFileSync(join(project, '.skiff/images/sources/shop.cart.json'), '{"format":')
    expect(await images().resolve('dev.local/shop/cart')).toBe(before)
  })

  it('has the versions of what it leaves outside in its digest', async () => {
    write('functions/shop/cart/app.ts', "import { MongoClient } from 'mongodb'\nexport default MongoClient")
    const absent = await images().resolve('dev.local/shop/cart')
    write('node_modules/mongodb/package.json', '{"name":"mongodb","version":"6.0.0"}')
    rmSync(join(project, '.skiff/images/sources'), { recursive: true })
    const six = await images().resolve('dev.local/shop/cart')
    write('node_modules/mongodb/package.json', '{"name":"mongodb","version":"7.0.0"}')
    const seven = await images().resolve('dev.local/shop/cart')
    expect(new Set([absent, six, seven]).size).toBe(3)
  })

  it.each(['app.ts', 'price.js'])('knows the place of %s, whichever language it is written in', async file => {
    rmSync(join(project, 'functions/shop/cart/price.ts'))
    write('functions/shop/cart/app.ts', "export { place } from './price.js'\nexport const own = import.meta.url")
    write('functions/shop/cart/price.js', 'export const place = import.meta.filename')
    const digest = digestOf(await images().resolve('dev.local/shop/cart'))
    const code = readFileSync(join(project, '.skiff/images', digest, 'bundle.cjs'), 'utf8')
    expect(code).toContain(`__source("functions/shop/cart/${file}")`)
  })

  it('is prepared with all others that were never built; a failure is told when it is needed', async () => {
    write('functions/shop/till/app.ts', 'export default 1')
    const { prepare, resolve, store } = images()
    prepare(['dev.local/shop/cart', 'dev.local/shop/till', 'dev.local/shop/none', 'docker.io/else/where:1'])
    const prepared = digestOf(await resolve('dev.local/shop/till'))
    expect(store.has(prepared)).toBe(true)
    await expect(resolve('dev.local/shop/none')).rejects.toThrow('functions/shop/none')
  })

  it('does not depend on where the project lies', async () => {
    const here = await images().resolve('dev.local/shop/cart')
    const copy = mkdtempSync(join(tmpdir(), 'copy-'))
    cpSync(project, copy, { recursive: true, filter: path => !path.includes('.skiff') })
    const link = `${copy}-link`
    symlinkSync(copy, link)
    const options = {
      projectDir: link,
      stateDir: join(link, '.other'),
      serveModule: join(link, 'serve.ts'),
      imagesFile: undefined,
    }
    expect(await createImages(options).resolve('dev.local/shop/cart')).toBe(here)
    rmSync(link)
    rmSync(copy, { recursive: true })
  })

  it('that does not compile fails with file, line and column', async () => {
    write('functions/shop/cart/price.ts', 'export const price = \n  = 1')
    expect(await failureOf('dev.local/shop/cart')).toEqual({
      reason: 'ImageBuildFailed',
      message: expect.stringMatching(/functions\/shop\/cart\/price\.ts:2:3: Unexpected "="/),
    })
  })

  it('without a source fails and says which file is missing', async () => {
    expect(await failureOf('dev.local/shop/till')).toMatchObject({
      reason: 'ImageNotFound',
      message: expect.stringContaining('functions/shop/till'),
    })
  })
})

describe('the image map', () => {
  it('gives a program by its name, and a new image when the program changes', async () => {
    const program = write('bin/echo', '#!/bin/sh\necho 1', 0o755)
    const map = write('images.yaml', `- image: example.com/echo\n  command: [${program}, --loud]\n  env: { A: 1 }`)
    const first = await images(map).resolve('example.com/echo:1')
    expect(first).toMatch(/^example\.com\/echo@sha256:/)
    const stored = JSON.parse(readFileSync(join(project, '.skiff/images', digestOf(first), 'image.json'), 'utf8'))
    expect(stored).toEqual({ kind: 'program', command: [program, '--loud'], cwd: project, env: { A: '1' } })
    write('bin/echo', '#!/bin/sh\necho 2', 0o755)
    expect(await images(map).resolve('example.com/echo:1')).not.toBe(first)
  })

  it('prefers an exact entry to a prefix, and a long prefix to a short one', () => {
    const entries = ['*', 'example.com/*', 'example.com/team/*', 'example.com/team/app'].map(image => ({
      image,
      command: ['x'],
      cwd: '/',
      env: {},
    }))
    expect(findEntry(entries, 'example.com/team/app:1')?.image).toBe('example.com/team/app')
    expect(findEntry(entries, 'example.com/team/other')?.image).toBe('example.com/team/*')
    expect(findEntry(entries, 'example.com/x')?.image).toBe('example.com/*')
    expect(findEntry(entries, 'other/x')?.image).toBe('*')
  })

  it('names the image and the file to edit when there is no entry', async () => {
    const map = write('images.yaml', '- image: example.com/echo\n  command: [echo]')
    expect(await failureOf('example.com/other:1', map)).toEqual({
      reason: 'ImageNotFound',
      message: `image example.com/other:1 has no entry in the image map: add an entry "- image: example.com/other" with a command to ${map}`,
    })
    expect(await failureOf('example.com/other:1')).toMatchObject({ message: expect.stringContaining('--images') })
  })

  it.each([
    ['image: x', ':1: an image map is a list'],
    ['- image: a\n  command: [x]\n- command: [x]', ':3: an entry needs "image:'],
    ['- image: a', ':1: the entry of a needs "command:'],
    ['- image: a\n  command: []', ':1: the entry of a needs "command:'],
    ['- image: [', ':1: '],
  ])('refuses %j with its line', (text, message) => {
    expect(() => parseImageMap(text, '/p/images.yaml')).toThrow(`/p/images.yaml${message}`)
  })
})
