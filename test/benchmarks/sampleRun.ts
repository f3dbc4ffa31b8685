/** Nothing in; a run of benchmarks with charts of every kind, as long and as wide as they get, out. */
import type { Run } from '../../benchmarks/run.ts'

export const suiteNames = ['bars', 'dots', 'dense']
export const singleNames = ['one-plus-one', 'sequential-queries']

const labels = ['undici Pool.dispatch, raw', 'replm, lean client', '@anthropic-ai/sdk alone', 'N=1000 C=512 L=0, 200 KB, streamed, busy host']

export const sampleRun: Run = {
  when: '2026-11-21T10:00:00.000Z',
  machine: { cpu: 'AMD EPYC 9754 128-Core Processor', cores: 2, memoryGb: 24, system: 'linux 6.18.44-fc-v595 x64', node: 'v26.10.0', load: 3.4 },
  results: [
    {
      name: 'bars',
      about: 'How long are bars?',
      when: '2026-11-21T10:00:00.000Z',
      extent: 'quick' as const,
      stopped: true as const,
      load: 0.4,
      seconds: 12,
      report: {
        verdicts: [
          { what: 'lean client, CPU per query against raw undici Pool.dispatch, 64 at once, answered immediately', figure: 0.9, unit: '×', atMost: 1.15 },
          { what: 'missed by far', figure: 1_234_567.8, unit: 'ms', atMost: 10, note: 'N=1000 C=512 L=0, 200 KB, streamed, busy host' },
          { what: 'nothing wanted', figure: 7, unit: '%' },
          { what: 'not measured', figure: null, unit: 'KB', atMost: 40, note: 'this machine has no openssl' },
          { what: 'none at all wanted, and some there', figure: 3, unit: '', atMost: 0 },
        ],
        charts: [
          {
            type: 'bars',
            title: 'CPU per question, 64 at once, answered immediately',
            unit: 'µs',
            series: ['median'],
            groups: labels.map((label, index) => ({ label, values: [10 ** (index + 1) * 1.234] })),
            goal: { value: 1_150, label: 'goal of the lean client' },
          },
          {
            type: 'bars',
            title: 'Two beside each other',
            unit: 'ms',
            series: ['p99.9', 'worst'],
            groups: labels.map((label, index) => ({ label, values: [index * 3.3, index === 2 ? null : index * 5] })),
            goal: { value: 15, label: 'a goal at the end: 15 ms' },
          },
        ],
        tables: [
          { title: 'A wide one', columns: ['batch', ...labels], rows: labels.map((label) => [label, 1, 2_000, 0.003, null]) },
          {
            title: 'One of many columns',
            columns: ['path', 'journal in', 'prompts', 'their size and that of the answers, MB', 'memory before, MB', 'most, MB', 'above, MB', 'wall s', 'per query, µs'],
            rows: ['memory', 'a file'].map((journal) => ['async', journal, 100_000, 123.4, 234.5, 345.6, 185.2, 12.3, 123.4]),
          },
        ],
        notes: ['A note.'],
      },
    },
    {
      name: 'dots',
      about: 'How far apart are dots?',
      when: '2026-11-21T10:00:00.000Z',
      extent: 'full' as const,
      load: 0.4,
      seconds: 3,
      report: {
        verdicts: [],
        charts: [
          { type: 'bars', title: 'Orders apart', unit: 'ms', scale: 'log', series: ['p50'], groups: labels.map((label, index) => ({ label, values: [0.004 * 40 ** index] })) },
          { type: 'bars', title: 'Close together', unit: '×', scale: 'log', series: ['one', 'other'], groups: labels.map((label, index) => ({ label, values: [1 + index / 9, 1.1] })), goal: { value: 1, label: 'the ideal' } },
        ],
        tables: [],
        notes: [],
      },
    },
    {
      name: 'dense',
      about: 'Do hundreds fit?',
      when: '2026-11-21T10:00:00.000Z',
      extent: 'full' as const,
      load: 0.4,
      seconds: 3,
      report: {
        verdicts: [],
        charts: [
          {
            type: 'bars',
            title: 'Wall time against the ideal',
            unit: '×',
            scale: 'log',
            series: ['fresh thread', 'pool', 'async', 'auto'],
            groups: Array.from({ length: 60 }, (_, index) => ({ label: `N=${index} C=512 L=50, 200 KB`, values: [9 + index, 1.1, 1.05, index % 3 === 0 ? null : 1.07] })),
            goal: { value: 1, label: 'the ideal' },
          },
        ],
        tables: [],
        notes: [],
      },
    },
    ...singleNames.map((name) => ({
      name,
      about: '',
      when: '2026-11-21T10:00:00.000Z',
      extent: 'full' as const,
      load: 0.4,
      seconds: 1,
      report: {
        verdicts: [{ what: 'a value, median', figure: 5, unit: 'ms' as const, atMost: 10, note: 'beside a plain process: 2.3×' }],
        charts: [],
        tables: [{ title: name, columns: ['what', 'median ms', 'p95', 'p99', 'least', 'most', 'samples'], rows: [['a value', 5, 6, 7, 4, 8, 30]] }],
        notes: [],
      },
    })),
  ],
}
