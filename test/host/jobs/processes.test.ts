import { describeProcesses } from './processes.ts'
import { sqliteInFile } from './engines/sqliteInFile.ts'

describeProcesses(sqliteInFile, { kills: 10, seed: Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 1e6)) })
