// Describes this machine, and what processes have used of it.
import { readFileSync, readdirSync } from 'node:fs'
import os from 'node:os'

const ticksPerSecond = 100 // USER_HZ, on every Linux that Debian runs on

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [own, reaped] = [Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14])]
    return { parent: Number(fields[1]), own, reaped }
  } catch {
    return null
  }
}

export const parentOf = (pid) => stat(pid)?.parent

// CPU seconds of a process and all its descendants, including those that have ended.
export function cpuSeconds(pid) {
  const all = new Map()
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name)) {
      const found = stat(name)
      if (found) all.set(Number(name), found)
    }
  const belongs = (id) => {
    for (let at = id; all.has(at); at = all.get(at).parent) if (at === pid) return true
    return false
  }
  let ticks = 0
  for (const [id, used] of all) if (belongs(id)) ticks += used.own + used.reaped
  return ticks / ticksPerSecond
}

export function residentBytes(pid) {
  const line = readFileSync(`/proc/${pid}/status`, 'latin1').split('\n').find((l) => l.startsWith('VmRSS:'))
  return Number(line.match(/\d+/)[0]) * 1024
}

export function describeMachine() {
  const release = readFileSync('/etc/os-release', 'utf8').match(/PRETTY_NAME="(.*)"/)?.[1]
  return {
    cpu: os.cpus()[0].model.trim(), cores: os.availableParallelism(), memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: release, kernel: os.release(), node: process.version, loadBefore: os.loadavg()[0],
  }
}
