// Opens a long list in a fresh browser and server for every repetition, edits in it, prints a table.
// Usage: measure.mjs REPETITIONS TASKS
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { chromium, Peer, Server, titleOf } from './room.mjs'

const kEdits = 5
const kScrollFrames = 300
const kLateMs = 34 // two pictures of a screen that shows sixty a second
/** How long after an edit the page still works on it: a title is written 300 ms after the last key. */
const kRestMs = 1200

const probe = readFileSync(new URL('./probe.js', import.meta.url), 'utf8')
const path = process.env.RIGHTTASK_CHROMIUM ?? '/usr/bin/chromium'
const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']

class Page {
  static async open(browser, url) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 760 } })
    await context.addInitScript(probe)
    await context.addInitScript(() => {
      const identity = { userId: 'mia', name: 'Mia', color: '#a3480f', named: true }
      localStorage.setItem('righttask.identity', JSON.stringify(identity))
    })
    const page = new Page()
    page.context = context
    page.page = await context.newPage()
    page.devtools = await context.newCDPSession(page.page)
    await page.devtools.send('Performance.enable')
    await page.page.goto(url)
    return page
  }

  /** Since the navigation began. */
  async opening() {
    const times = await this.page.evaluate(async () => [await probe.firstRows, await probe.saved])
    return { rows: times[0], saved: times[1] }
  }

  longest() {
    return this.page.evaluate(() => probe.longestFrame())
  }

  /** What the page's own thread has done so far, in ms. */
  async busy() {
    const { metrics } = await this.devtools.send('Performance.getMetrics')
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value
  }

  row(i) {
    return this.page.locator(`[data-task="task-${i}"]`)
  }

  title(i) {
    return this.row(i).getByRole('textbox', { name: /^Title of / })
  }

  /** All work of the page's thread with an edit, until it rests; and until the edit is shown. */
  async edit(watch, act) {
    const before = await this.busy()
    await this.page.evaluate(([kind, ...of]) => void (probe.watched = probe[kind](...of)), watch)
    const acted = await act()
    const time = await this.page.evaluate(() => probe.watched)
    await this.page.waitForTimeout(kRestMs)
    return { shown: time === null ? null : time - (acted ?? 0), work: (await this.busy()) - before }
  }
}

const wallClock = () => performance.timeOrigin + performance.now()

/** Edits where a person would: in the middle of the list, scrolled there. `open` counts what is not done. */
async function edits(page, peer, middle, open) {
  const { keyboard } = page.page
  const out = {}
  const repeat = async (name, edit) => {
    out[name] = []
    for (let k = 0; k < kEdits; ++k) out[name].push(await edit(k))
  }
  // Every task whose number ends in 9 is done already: a moved one and those above it, and five to tick off.
  const moved = middle - (middle % 10) + 6
  const ticked = (k) => moved + 4 + k
  await page.page.getByRole('main').evaluate(
    (main, [i, count]) => main.scrollTo(0, (main.scrollHeight * i) / count),
    [middle, middle * 2],
  )
  await page.row(moved).waitFor()

  await repeat('nothing, for comparison', () => page.edit(['nothing'], async () => {}))
  await page.title(moved).focus()
  await keyboard.press('End')
  await page.page.waitForTimeout(kRestMs)
  await repeat('type a letter in a title', (k) =>
    page.edit(['reaction', 'keydown', 'titled', `task-${moved}`, `${titleOf(moved)}${'x'.repeat(k + 1)}`], () =>
      keyboard.press('x'),
    ),
  )
  await repeat('move a task by a key', (k) =>
    page.edit(['reaction', 'keydown', 'before', `task-${moved}`, `task-${moved - 1 - k}`], () =>
      keyboard.press('Alt+ArrowUp'),
    ),
  )
  await repeat('tick a task off', (k) =>
    page.edit(['reaction', 'click', 'gone', `task-${ticked(k)}`], () =>
      page.row(ticked(k)).locator('label').first().click(),
    ),
  )
  await repeat('see a title that another person changes', async (k) => {
    const changed = `Changed elsewhere ${k}`
    return page.edit(
      ['arrival', 'titled', `task-${moved}`, changed],
      async () => {
        const began = wallClock()
        await peer.change((tasks) => tasks.get(`task-${moved}`).set('title', changed))
        return began
      },
    )
  })
  await repeat('unfold the completed tasks', async () => {
    const fold = page.page.getByRole('button', { name: /^Completed/ })
    const edit = await page.edit(['reaction', 'click', 'unfolded'], () => fold.click())
    await fold.click()
    await page.page.waitForTimeout(kRestMs)
    return edit
  })
  await page.page.getByRole('textbox', { name: 'New task' }).focus()
  await repeat('add a task', async (k) => {
    await keyboard.type('A new task')
    return page.edit(['reaction', 'keydown', 'counted', `${open - kEdits + k + 1} open`], () =>
      keyboard.press('Enter'),
    )
  })
  return out
}

async function repetition(tasks) {
  const server = await Server.start()
  const browser = await chromium.launch({ executablePath: path, args: flags })
  try {
    const peer = await Peer.join(server, 'long')
    await peer.fill(tasks)
    const page = await Page.open(browser, `${server.url}/list/long`)
    const first = await page.opening()
    await page.page.waitForTimeout(kRestMs)
    await page.page.reload()
    const again = await page.opening()
    await page.page.waitForTimeout(kRestMs)
    await page.longest()
    const edited = await edits(page, peer, Math.floor(tasks / 2), tasks - Math.floor(tasks / 10))
    const slowest = await page.longest()
    const scroll = await page.page.evaluate((frames) => probe.scroll(frames), kScrollFrames)
    peer.leave()
    return { first, again, edited, slowest, scroll, version: browser.version() }
  } finally {
    await browser.close()
    await server.stop()
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
}

/** Median and range, as "31 (29-34)". */
function spread(values, digits = 0) {
  const form = (value) => value.toFixed(digits)
  return `${form(median(values))} (${form(Math.min(...values))}-${form(Math.max(...values))})`
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function report(runs, tasks) {
  const all = (of) => runs.flatMap(of)
  console.log(`A room of ${tasks.toLocaleString('en')} tasks, ${runs.length} runs, ms, median (lowest-highest):\n`)
  console.log('| opening | rows are shown | all changes saved |')
  console.log('| --- | ---: | ---: |')
  for (const [name, of] of [['first visit', 'first'], ['again, from the copy on the device', 'again']]) {
    console.log(`| ${name} | ${spread(all((run) => run[of].rows))} | ${spread(all((run) => run[of].saved))} |`)
  }
  console.log('\n| edit | until it is shown | work of the page\'s thread |')
  console.log('| --- | ---: | ---: |')
  for (const name of Object.keys(runs[0].edited)) {
    const of = (key) => all((run) => run.edited[name].map((edit) => edit[key])).filter((value) => value !== null)
    const shown = of('shown')
    console.log(`| ${name} | ${shown.length > 0 ? spread(shown) : ''} | ${spread(of('work'))} |`)
  }
  const frames = all((run) => run.scroll.times)
  const late = frames.filter((time) => time > kLateMs).length
  console.log(
    `\nLongest frame while editing: ${spread(all((run) => run.slowest))} (0: none above 50). Scrolling through the ` +
      `whole list in ${kScrollFrames} frames: ${mean(frames).toFixed(1)} a frame, ` +
      `${((100 * late) / frames.length).toFixed(1)}% of them above ${kLateMs}, ` +
      `none of the list's rows in the middle of the picture in ${all((run) => run.scroll.blank).reduce((a, b) => a + b)}.\n`,
  )
}

function machine(load, browser) {
  const [processor] = cpus()
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${processor?.model}, Linux ${release().split('-')[0]}, ` +
      `Chromium ${browser}, headless, drawing in software, release build, load average ${load.toFixed(1)} at the start.\n`,
  )
}

const [repetitions, tasks] = process.argv.slice(2).map(Number)
if (!(repetitions >= 1) || !(tasks >= 100)) throw new Error('usage: measure.mjs REPETITIONS TASKS')
const load = loadavg()[0]
const runs = []
let version = ''
for (let i = 0; i < repetitions; ++i) {
  const run = await repetition(tasks)
  version = run.version
  runs.push(run)
}
machine(load, version)
report(runs, tasks)
