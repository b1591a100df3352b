import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ComposeService, projectFolder, readCompose } from './compose-file.ts'

const compose = readCompose()
const services = Object.entries(compose.services)
/** Those of our own image. */
const own = services.filter(([, { image }]) => image.startsWith('mcp-switchboard:'))

/** The names of those that `isWrong`. */
function wrong(isWrong: (service: ComposeService) => boolean, among = services): string[] {
  return among.filter(([, service]) => isWrong(service)).map(([name]) => name)
}

describe('compose.yaml', () => {
  test('has the services that two workers need', () => {
    expect(services.map(([name]) => name)).toEqual([
      ...['loopback', 'livekit', 'postgres', 'registry', 'proxy', 'worker-1', 'worker-2'],
    ])
    expect(own.map(([name]) => name)).toEqual(['registry', 'proxy', 'worker-1', 'worker-2'])
  })

  test('gives every service a version, limits, a restart, no rights, and files that it cannot change', () => {
    expect(wrong(({ image }) => !/:[^:]*\d[^:]*$/.test(image))).toEqual([])
    expect(wrong(({ restart }) => restart !== 'unless-stopped')).toEqual([])
    expect(wrong(({ cap_drop: dropped }) => dropped.join() !== 'ALL')).toEqual([])
    expect(wrong(({ security_opt: options }) => options.join() !== 'no-new-privileges:true')).toEqual([])
    expect(wrong(({ read_only: isReadOnly }) => !isReadOnly)).toEqual([])
    // The first is an image of one program that does nothing, and has a user of its own.
    expect(wrong(({ user }) => user === undefined || /^(0|root)\b/.test(user))).toEqual(['loopback'])
    expect(wrong(({ healthcheck }) => healthcheck === undefined)).toEqual(['loopback'])
    expect(wrong(({ init }) => !init, own)).toEqual([])
  })

  test('waits longer for our services than the ten seconds that they take at most', () => {
    expect(wrong(({ stop_grace_period: grace = '10s' }) => Number.parseInt(grace, 10) <= 10, own)).toEqual([])
  })

  test('lets nobody from outside reach anything but the media of calls', () => {
    const published = services.flatMap(([name, { ports }]) => ports.map((port) => `${name} ${port}`))
    expect(published.filter((port) => !port.includes(' 127.0.0.1:'))).toEqual([
      'livekit 7881:7881/tcp',
      'livekit 7882:7882/udp',
    ])
    expect(compose.services.postgres?.network_mode).toBe('none')
    expect(
      services.flatMap(([name, { networks }]) => networks.map((network) => `${name} ${network}`)),
    ).toEqual(['loopback media', 'livekit media'])
    expect(wrong(({ network_mode: mode }) => mode !== 'service:loopback', own)).toEqual([])
  })

  test('has secrets in files only, each of which its service is given, and waits for services that have a health', () => {
    const secretNames = /(SECRET|PASSWORD|KEYS?|TOKEN)$/
    const inTheOpen = services.flatMap(([name, { environment }]) =>
      Object.keys(environment)
        .filter((variable) => secretNames.test(variable) && variable !== 'LIVEKIT_API_KEY')
        .map((variable) => `${name} ${variable}`),
    )
    expect(inTheOpen).toEqual([])
    for (const [name, { environment, secrets, command, depends_on: needs }] of services) {
      const named = [...Object.values(environment), ...command].flatMap((text) => {
        const [, secret] = /^\/run\/secrets\/(.+)$/.exec(text) ?? []
        return secret ?? []
      })
      expect([name, named.toSorted()]).toEqual([name, secrets.toSorted()])
      expect(secrets.filter((secret) => compose.secrets[secret] === undefined)).toEqual([])
      for (const [other, { condition }] of Object.entries(needs)) {
        const hasHealth = compose.services[other]?.healthcheck !== undefined
        expect([other, condition]).toEqual([other, hasHealth ? 'service_healthy' : 'service_started'])
      }
    }
  })
})

describe('the Dockerfile', () => {
  const steps = readFileSync(join(projectFolder, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))

  test('copies only what is there and what .dockerignore lets through', () => {
    const copied = steps.flatMap((step) => {
      const [, sources] = /^COPY (?!--from)(.+) \S+$/.exec(step) ?? []
      return sources?.split(' ') ?? []
    })
    expect(copied.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([])
    const ignored = readFileSync(join(projectFolder, '.dockerignore'), 'utf8').split('\n')
    expect(ignored.filter((line) => /^[^#!]/.test(line))).toEqual(['*'])
    expect(copied.filter((path) => !ignored.includes(`!${path}`))).toEqual([])
  })

  test('runs the program itself as a user without rights, on one version of Node', () => {
    const last = steps.slice(steps.findLastIndex((step) => step.startsWith('FROM ')))
    expect(last.find((step) => step.startsWith('USER '))).toBe('USER 1000:1000')
    expect(last.find((step) => step.startsWith('ENTRYPOINT '))).toBe(
      'ENTRYPOINT ["node", "/app/dist/cli/main.js"]',
    )
    expect(new Set(steps.flatMap((step) => /^FROM (\S+)/.exec(step)?.[1] ?? [])).size).toBe(1)
  })
})

describe('deploy/make-secrets.sh', () => {
  const script = join(projectFolder, 'deploy/make-secrets.sh')

  test('makes what is missing, changes nothing, and keeps others out', () => {
    const folder = join(temporary(), 'secrets')
    const make = () => spawnSync('sh', [script, folder], { encoding: 'utf8' })
    const contents = () =>
      readdirSync(folder)
        .sort()
        .map((name) => [name, readFileSync(join(folder, name), 'utf8')])
    expect(make().status).toBe(0)
    const first = contents()
    expect(make()).toMatchObject({ status: 0, stdout: '' })
    expect(contents()).toEqual(first)
    const files = Object.values(compose.secrets).map(({ file }) => basename(file))
    expect(first.map(([name]) => name)).toEqual(files.sort())
    expect(first.flatMap(([name, text]) => (text === '' ? name : []))).toEqual([
      'openai-api-key',
      'registry-agent-key',
    ])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  test('makes none where it has nothing to make them with', () => {
    const [tools, folder] = [temporary(), join(temporary(), 'secrets')]
    for (const name of ['sh', 'dirname', 'mkdir', 'chmod', 'cat', 'mv']) {
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(tools, name))
    }
    const made = spawnSync('sh', [script, folder], { encoding: 'utf8', env: { PATH: tools } })
    expect(made).toMatchObject({ status: 1, stdout: '', stderr: 'openssl is needed, and not found\n' })
    expect(existsSync(folder)).toBe(false)
  })
})

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('with Docker: the image is made, and says what it can do without a disk to write to', ({ skip }) => {
  const { status } = spawnSync('docker', ['info'], { stdio: 'ignore' })
  if (status !== 0) {
    console.log('skipped: no Docker daemon answers here (docker info)')
    return skip()
  }
  const docker = (...args: string[]) =>
    execFileSync('docker', args, {
      cwd: projectFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  docker('build', '--quiet', '--tag', 'mcp-switchboard:test', '.')
  const alone = ['--rm', '--read-only', '--tmpfs', '/tmp', '--network', 'none', '--cap-drop', 'ALL']
  expect(docker('run', ...alone, 'mcp-switchboard:test', 'worker', '--help')).toContain('LIVEKIT_URL')
  docker('compose', '--env-file', 'deploy/example.env', 'config', '--quiet')
}, 900_000)
