// Medians with their spread, as a table, as markdown and as JSON.
import { mkdirSync, writeFileSync } from 'node:fs'

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const spread = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) })

const shown = (value) => value >= 1000 ? Math.round(value).toLocaleString('en-US') : value >= 10 ? value.toFixed(1) : value.toFixed(2)
const cell = (found, scale = 1) => {
  if (!found) return ''
  const [at, min, max] = [found.median, found.min, found.max].map((value) => shown(value / scale))
  return min === max ? at : `${at} (${min}–${max})`
}

export class Report {
  constructor(about) {
    this.about = about
    this.rows = new Map()
  }

  // Adds one run of a row. `numbers` are flat; `cpuUs` is by party.
  add(group, name, { cpuUs = {}, ...numbers }, note = '') {
    const key = `${group}|${name}`
    if (!this.rows.has(key)) this.rows.set(key, { group, name, note, runs: [] })
    const run = { ...numbers }
    for (const [party, value] of Object.entries(cpuUs)) run[`cpu_${party}`] = value
    this.rows.get(key).runs.push(run)
    console.log(`  ${group}: ${name}: ${Object.entries(run).map(([k, v]) => `${k}=${typeof v === 'number' ? shown(v) : v}`).join(' ')}`)
  }

  summary() {
    return [...this.rows.values()].map(({ group, name, note, runs }) => {
      const numbers = {}
      for (const field of Object.keys(runs[0]))
        if (typeof runs[0][field] === 'number') numbers[field] = spread(runs.map((run) => run[field]))
      return { group, name, note, numbers, runs }
    })
  }

  best(group, prefix) {
    const rates = this.summary().filter((row) => row.group === group && row.name.startsWith(prefix)).map((row) => row.numbers.rate.median)
    return rates.length ? Math.max(...rates) : undefined
  }

  markdown() {
    const { about } = this, groups = new Map()
    for (const row of this.summary()) groups.set(row.group, [...(groups.get(row.group) ?? []), row])
    let text = `Measured ${about.date} at ${about.commit}: ${about.machine.cores} cores (${about.machine.cpu}), ` +
      `${about.machine.memoryGiB} GiB, ${about.machine.system}, Linux ${about.machine.kernel}; ` +
      `client, servers, database and broker on the same machine. Medians of ${about.rounds} runs of ${about.seconds} s (least–most).\n`
    for (const [group, rows] of groups) {
      text += `\n### ${group}\n\n`
      const latency = rows.some((row) => row.numbers.p50), rate = rows.some((row) => row.numbers.rate)
      if (!latency && !rate) {
        text += '| | |\n| --- | --- |\n'
        for (const row of rows)
          for (const [field, found] of Object.entries(row.numbers)) text += `| ${row.name}, ${field} | ${cell(found)} |\n`
        continue
      }
      text += `| | per second | ${latency ? 'p50 ms | p99 ms | p99.9 ms | max ms | ' : ''}CPU µs per operation: server, database, broker, client |\n`
      text += `| --- | --- | ${latency ? '--- | --- | --- | --- | ' : ''}--- |\n`
      for (const { name, note, numbers } of rows) {
        const cpu = ['server', 'database', 'broker', 'client'].map((party) => numbers[`cpu_${party}`] ? shown(numbers[`cpu_${party}`].median) : '–')
        text += `| ${name}${note ? ` (${note})` : ''} | ${cell(numbers.rate)} | ` +
          (latency ? ['p50', 'p99', 'p999', 'max'].map((field) => `${cell(numbers[field], 1000)} | `).join('') : '') + `${cpu.join(', ')} |\n`
      }
    }
    return text
  }

  write(folder) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/latest.json`, JSON.stringify({ ...this.about, results: this.summary() }, null, 1) + '\n')
    writeFileSync(`${folder}/latest.md`, this.markdown())
    console.log(`\n${this.markdown()}`)
  }
}
