// Replays of dead letters through outbox, broker and consumer: how close they come to the chosen rate.
import { run, sleep, until } from '../lib/process.js'
import { get, send, tenant } from '../lib/stage.js'

const letters = 10_000, rates = [500, 1000, 2000, 5000]

export async function deadLetters(stage, report) {
  for (const rate of rates) {
    const database = await stage.freshDatabase()
    await run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', `tenant=${tenant}`, '-v', `letters=${letters}`,
      '-f', `${stage.source}/bench/sql/dead_letters.sql`, stage.url(database)])
    const server = await stage.startMusterd(database, { messaging: true })
    const headers = { Authorization: `Bearer ${stage.token()}`, 'Content-Type': 'application/json' }
    const began = performance.now()
    const asked = await send(server.port, 'POST', '/api/ops/dead-letters/retry', headers, JSON.stringify({ filter: {}, ratePerSecond: rate }))
    if (asked.status !== 202) throw new Error(`replay: ${asked.status} ${asked.text}`)
    const chosenMs = performance.now() - began
    let replay = JSON.parse(asked.text)
    while (replay.state !== 'DONE') {
      await sleep(100)
      replay = JSON.parse((await get(server.port, `/api/ops/dead-letter-replays/${replay.replayId}`, headers)).body)
    }
    if (replay.done !== letters) throw new Error(`only ${replay.done} of ${letters} were retried`)
    const one = async (text) => Number(Object.values((await stage.sql(database, text)).rows[0])[0])
    const handled = () => one("SELECT count(*) FROM messaging.inbox WHERE consumer = 'on_the_clock'")
    await until('all handled', 60_000, async () => (await handled()) === letters, 100)
    // What follows the first batch, per second since it.
    const reached = await one(`SELECT count(*) FILTER (WHERE acted_at > first) / extract(epoch FROM max(acted_at) - min(first))
      FROM messaging.dead_letter_action, (SELECT min(acted_at) AS first FROM messaging.dead_letter_action) f`)
    if (await one('SELECT count(*) FROM messaging.dead_letter WHERE state <> $$RETRIED$$')) throw new Error('letters are left')
    report.add(`Dead letters, ${letters.toLocaleString('en-US')} replayed`, `${rate.toLocaleString('en-US')}/s asked for`,
      { rate: reached, 'deviation, %': (100 * (reached - rate)) / rate, 'to choose them, ms': chosenMs })
    await stage.stopServer(server)
  }
}
