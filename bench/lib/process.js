// Child processes that never outlive us.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const running = new Set()

// `onLine` gets every line of its standard output.
export function start(command, args, { env = {}, onLine } = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const errors = []
  running.add(child)
  child.ended = new Promise((resolve) => {
    child.on('error', (error) => errors.push(error.message))
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ code: code ?? -1, signal, errors: errors.join('\n') })
    })
  })
  createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line))
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line)
    if (errors.length > 20) errors.shift()
  })
  return child
}

export async function run(command, args, options = {}) {
  const lines = []
  const result = await start(command, args, { ...options, onLine: (line) => { lines.push(line); options.onLine?.(line) } }).ended
  if (result.code !== 0 && !options.tolerant)
    throw new Error(`${command} ${args.join(' ')} ended with ${result.code ?? result.signal}: ${result.errors}`)
  return { ...result, lines }
}

export async function stop(child, signal = 'SIGTERM') {
  if (!running.has(child)) return
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await child.ended
  clearTimeout(late)
}

export function killAll() {
  for (const child of running) child.kill('SIGKILL')
}
process.on('exit', killAll)

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export async function until(what, limitMs, condition, pauseMs = 20) {
  const end = performance.now() + limitMs
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms`)
    await sleep(pauseMs)
  }
}
