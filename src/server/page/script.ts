/** What the page does: lists jobs, follows the one that is open, takes reviews. Text gets into it as text only. */
export const script = String.raw`
'use strict'
const listed = document.querySelector('#list')
const detail = document.querySelector('#detail')
const summary = document.querySelector('#summary')
const over = ['completed', 'failed', 'canceled']
const words = { pending: 'held', queued: 'queued', running: 'running', awaiting_input: 'for review', completed: 'done', failed: 'failed', canceled: 'canceled' }
const rows = new Map()
let filter = ''
let open = null // id of the job that is shown
let events = null // its EventSource
let shownReview = null // key of the review that stands in the page: what is typed there must not be lost

function element(name, { text, ...properties } = {}, children = []) {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  for (const [key, value] of Object.entries(properties)) key.includes('-') ? made.setAttribute(key, value) : (made[key] = value)
  made.append(...children)
  return made
}

async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, headers: { accept: 'application/json', ...options.headers } })
  const body = await response.json()
  if (!response.ok) throw new Error(response.status === 401 ? 'Open the address that "replm serve" printed.' : body.detail)
  return body
}

function send(path, body) {
  return ask(path, { method: 'POST', ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) })
}

const time = (ms) => (ms === null ? '–' : new Date(ms).toLocaleTimeString([], { hour12: false }))
const json = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))

function took({ startedMs, endedMs }) {
  if (startedMs === null) return '–'
  const seconds = Math.max(0, ((endedMs ?? Date.now()) - startedMs) / 1000)
  return seconds < 60 ? seconds.toFixed(1) + ' s' : Math.floor(seconds / 60) + ' min ' + Math.round(seconds % 60) + ' s'
}

function fractionOf({ progress: { fraction, done, total } }) {
  return fraction ?? (total ? done / total : null)
}

function stepOf({ progress: { step, done, total }, requestCounts: { succeeded, errored }, error, inputRequest, status }) {
  if (status === 'failed' && error) return error.code + ': ' + error.message
  if (inputRequest) return inputRequest.title
  const counted = total ? done + ' of ' + total : succeeded + errored > 0 ? succeeded + ' answered' + (errored ? ', ' + errored + ' failed' : '') : ''
  return [step, counted].filter(Boolean).join(' · ')
}

function meter(job) {
  const fraction = fractionOf(job)
  const bar = element('progress', { max: 1, 'aria-label': 'Progress' })
  if (fraction !== null) bar.value = fraction
  else if (job.status !== 'running') bar.value = 0
  return bar
}

function row(job) {
  const step = stepOf(job)
  const made = element('button', { type: 'button', className: 'job', 'aria-current': String(job.id === open) }, [
    element('span', { className: 'line' }, [
      element('span', { className: 'kind', text: job.kind }),
      element('span', { className: 'id', text: job.id, title: job.id }),
      element('span', { className: 'pill ' + job.status, text: words[job.status] ?? job.status }),
    ]),
    ...(job.status === 'running' || job.status === 'awaiting_input' ? [meter(job)] : []),
    element('span', { className: 'line' }, [element('span', { className: 'step', text: step || ' ' }), element('span', { className: 'time', text: time(job.createdMs) })]),
  ])
  made.addEventListener('click', () => show(job.id))
  return made
}

async function refresh() {
  const query = filter === '' || filter === 'open' ? '' : '&status=' + filter
  const { jobs, cursor } = await ask('/jobs?limit=100' + query)
  const wanted = filter === 'open' ? jobs.filter(({ status }) => !over.includes(status)) : jobs
  const had = document.activeElement?.dataset?.id
  listed.replaceChildren(...(wanted.length > 0 ? wanted.map((job) => {
    const made = row(job)
    made.dataset.id = job.id
    rows.set(job.id, made)
    return made
  }) : [element('p', { className: 'empty', text: 'No jobs here yet. POST /jobs, /queries or /batches begins one.' })]))
  if (had) listed.querySelector('[data-id="' + CSS.escape(had) + '"]')?.focus()
  const running = jobs.filter(({ status }) => status === 'running').length
  const waiting = jobs.filter(({ status }) => status === 'awaiting_input').length
  summary.textContent = jobs.length + (cursor === null ? '' : '+') + ' jobs, ' + running + ' running' + (waiting ? ', ' + waiting + ' for review' : '')
  return jobs
}

function review(job) {
  const { key, title, description, data, actions } = job.inputRequest
  const area = element('textarea', { value: json(data ?? null), spellcheck: false, 'aria-label': 'What is to be reviewed' })
  const trouble = element('p', { className: 'trouble' })
  const isText = typeof data === 'string'
  const answer = async (action) => {
    try {
      const edited = isText ? area.value : JSON.parse(area.value)
      await send('/jobs/' + encodeURIComponent(job.id) + '/input', { action, data: edited, key })
      shownReview = null
    } catch (error) {
      trouble.textContent = error instanceof SyntaxError ? 'This is no JSON: ' + error.message : error.message
    }
  }
  const buttons = actions.map((action, index) => {
    const button = element('button', { type: 'button', text: action, className: index === 0 ? 'first' : action === 'cancel' ? 'danger' : '' })
    button.addEventListener('click', () => answer(action))
    return button
  })
  return element('div', { className: 'review' }, [element('h2', { text: title }), ...(description ? [element('p', { text: description })] : []), area, element('div', { className: 'buttons' }, buttons), trouble])
}

const parts = { head: element('div'), review: element('div'), result: element('div'), log: element('ol', { 'aria-label': 'Events' }) }

function part(title, content) {
  return element('div', {}, [element('h3', { text: title }), content])
}

function paint(job) {
  const end = element('button', { type: 'button', text: 'Cancel', className: 'danger', disabled: job.cancelRequestedMs !== null })
  end.addEventListener('click', () => send('/jobs/' + encodeURIComponent(job.id) + '/cancel').then(paint, complain))
  const facts = { Begun: time(job.startedMs), Took: took(job), Answered: String(job.requestCounts.succeeded), Failed: String(job.requestCounts.errored), Session: job.session ?? '–' }
  parts.head.replaceChildren(
    element('div', { className: 'line' }, [element('h2', { text: job.kind }), element('span', { className: 'id', text: job.id }), element('span', { className: 'pill ' + job.status, text: words[job.status] ?? job.status }), ...(over.includes(job.status) ? [] : [end])]),
    ...(over.includes(job.status) ? [] : [meter(job)]),
    element('p', { className: 'step', text: stepOf(job) }),
    element('dl', {}, Object.entries(facts).map(([name, fact]) => element('div', {}, [element('dt', { text: name }), element('dd', { text: fact })]))),
  )
  const key = job.inputRequest ? job.inputRequest.key : null
  if (key !== shownReview) {
    shownReview = key
    parts.review.replaceChildren(...(job.inputRequest ? [review(job)] : []))
  }
  const result = 'result' in job ? json(job.result) : job.error ? [job.error.code + ': ' + job.error.message, job.error.stack].filter(Boolean).join('\n') : undefined
  parts.result.replaceChildren(...(result === undefined ? [] : [part('result' in job ? 'Result' : 'Error', element('pre', { text: result.length > 200_000 ? result.slice(0, 200_000) + '…' : result }))]))
}

// What an event says, in short: the rest stands above.
function gist({ text, fraction, step, requestCounts, status, durationMs, ...facts }) {
  if (typeof text === 'string') return text
  const parts = [fraction === undefined || fraction === null ? '' : Math.round(fraction * 100) + ' %', step ?? '', durationMs === undefined ? '' : Math.round(durationMs) + ' ms']
  for (const [name, value] of Object.entries(facts)) if (value !== null) parts.push(name + ' ' + (typeof value === 'string' ? value : JSON.stringify(value)))
  return parts.filter(Boolean).join(', ')
}

function told({ type, data, atMs }) {
  const what = gist(data)
  const isAtEnd = parts.log.scrollHeight - parts.log.scrollTop - parts.log.clientHeight < 40
  parts.log.append(element('li', {}, [element('time', { text: time(atMs) }), element('span', { className: 'type', text: type }), element('span', { className: 'what', text: what.slice(0, 2_000) })]))
  while (parts.log.childElementCount > 500) parts.log.firstChild.remove()
  if (isAtEnd) parts.log.scrollTop = parts.log.scrollHeight
}

async function reload(id) {
  const job = await ask('/jobs/' + encodeURIComponent(id))
  if (id === open) paint(job)
  return job
}

async function show(id) {
  events?.close()
  open = id
  shownReview = null
  for (const made of listed.querySelectorAll('.job')) made.setAttribute('aria-current', String(made.dataset.id === id))
  parts.log.replaceChildren()
  parts.review.replaceChildren()
  detail.hidden = false
  detail.replaceChildren(parts.head, parts.review, parts.result, part('Events', parts.log))
  const source = (events = new EventSource('/jobs/' + encodeURIComponent(id) + '/events'))
  let isDue = false
  source.addEventListener('message', ({ data }) => {
    const event = JSON.parse(data)
    told(event)
    if (over.some((status) => event.type === 'job.' + status)) source.close()
    // Many events in short order are one look at the job.
    if (isDue) return
    isDue = true
    setTimeout(() => ((isDue = false), reload(id).catch(complain)), 150)
  })
  await reload(id).catch(complain)
}

function complain(error) {
  summary.textContent = error.message
}

for (const button of document.querySelectorAll('nav button')) {
  button.addEventListener('click', () => {
    filter = button.dataset.filter
    for (const other of document.querySelectorAll('nav button')) other.setAttribute('aria-pressed', String(other === button))
    refresh().catch(complain)
  })
}

async function keep() {
  try {
    const jobs = await refresh()
    if (open === null) {
      const first = jobs.find(({ status }) => status === 'awaiting_input') ?? jobs.find(({ status }) => status === 'running') ?? jobs[0]
      if (first) await show(first.id)
    }
  } catch (error) {
    complain(error)
  }
  setTimeout(keep, document.hidden ? 10_000 : 2_000)
}
keep()
`
