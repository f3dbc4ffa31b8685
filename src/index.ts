/** The public surface of replm. */
export { type ContainmentCheck, type ContainmentReport, probeContainment } from './host/containment.ts'
export { type FileMatch, FileSearch, type FileSearchOptions, openFileSearch } from './host/context/fileSearch.ts'
export type { OnInput } from './host/inputs.ts'
export type { EventsOptions, JobPage, JobWorker, ListOptions, WaitOptions } from './host/jobs/engine.ts'
export type {
  BatchJobResult, BatchLine, BatchRequest, BatchWork, CellJobResult, CellWork, JobInput, JobNews, JobOptions, Jobs, JobWork, JobWorkOptions, QueryJobResult, QueryWork, ScriptWork, SessionCellWork,
} from './host/jobs/jobs.ts'
export type { Awake } from './host/awake.ts'
export type { SessionNames, SessionVariable } from './host/looks.ts'
export { openReplm, type Replm } from './host/replm.ts'
export type { Run } from './host/run.ts'
export type { ResumeOptions, RunOptions } from './host/runOptions.ts'
export type { Session, SessionDocument } from './host/session.ts'
export type { Sessions } from './host/sessions.ts'
export type { CellSpending } from './host/journal/journal.ts'
export { defineProvider } from './host/providers/defineProvider.ts'
export type { FoundProvider } from './host/providers/registry.ts'
export { type ErrorCode, exitCodes, ReplmError } from './errors.ts'
export type { ContextSource, EncodedFiles, NamedText } from './options/contextSource.ts'
export type { LongQueryOptions, QueryOptions } from './options/queryOptions.ts'
export type { ReplmOptions } from './options/replmOptions.ts'
export type { SessionOptions } from './options/sessionOptions.ts'
export type { TelemetryOptions } from './options/telemetryOptions.ts'
export type { TraceOptions } from './options/traceOptions.ts'
export type {
  Answer, BudgetAmounts, BudgetLimits, BudgetState, CellRecord, CellResult, DispatchPath, EncodingName, FinishReason, InputAnswer, InputRequest, Job, JobError, JobEvent, JobProgress, JobStatus, ListedJob, LogLine, ModelInfo, Provider, ProviderAnswer, ProviderQuery, QueryUsage, RequestCounts, SessionChange, SessionEvent, SessionInfo,
  SessionLimits, TelemetryAttributes, TelemetryHistogram, TelemetryMeter, TelemetrySpan, TelemetryTracer, Usage,
} from './types.ts'
