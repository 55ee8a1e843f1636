// Requests over kept-alive connections, timed.
import http from 'node:http'
import { sleep } from './process.js'

export class Client {
  constructor(port, token, connections) {
    this.port = port
    this.headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  }

  // Returns the parsed body; throws on any but the expected status.
  async ask(method, path, body, expected = 200) {
    const { status, text } = await this.send(method, path, body)
    if (status !== expected) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }

  send(method, path, body, more = {}) {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers: { ...this.headers, ...more } }
      const request = http.request(options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => (text += part)).on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode, text }))
      })
      request.on('error', reject).end(body && JSON.stringify(body))
    })
  }

  close = () => this.agent.destroy()
}

const microseconds = (since) => (performance.now() - since) * 1000

// Runs `width` at a time; returns how long each took, in microseconds.
export async function closedLoop(width, items, action) {
  const took = [], left = items.values()
  await Promise.all(Array.from({ length: width }, async () => {
    for (const item of left) {
      const began = performance.now()
      await action(item)
      took.push(microseconds(began))
    }
  }))
  return took
}

// So many per second, whatever the answers; each is timed from when it was due.
export async function constantRate(rate, items, action) {
  const took = [], waiting = [], began = performance.now()
  for (let next = 0; next < items.length; await sleep(1))
    for (; next < items.length && performance.now() >= began + (next * 1000) / rate; next++) {
      const due = began + (next * 1000) / rate
      waiting.push(action(items[next]).then(() => took.push(microseconds(due))))
      waiting.at(-1).catch(() => {}) // reported by the last line, not before
    }
  await Promise.all(waiting)
  return took
}

export function percentiles(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)]
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: sorted.at(-1) }
}
