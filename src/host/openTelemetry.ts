/** What of OpenTelemetry was named in; a tracer and a meter, the global provider's where none was named, out. The only importer of @opentelemetry/api. */
import { ReplmError } from '../errors.ts'
import type { TelemetryMeter, TelemetryTracer } from '../types.ts'

export interface TelemetryParts {
  readonly tracer: TelemetryTracer | undefined
  readonly meter: TelemetryMeter | undefined
  readonly content: boolean
}

/** The name by which spans and measurements say who made them. */
const scope = 'replm'

/**
 * Fills in what was not named. Rejects with CONFIG when neither was and the package, which replm does not bring along, is not there;
 * with one of them named, the other signal is then left out.
 */
export async function findTelemetry({ tracer, meter, content }: TelemetryParts): Promise<TelemetryParts> {
  if (tracer !== undefined && meter !== undefined) return { tracer, meter, content }
  try {
    const { metrics, trace } = await import('@opentelemetry/api')
    return { tracer: tracer ?? trace.getTracer(scope), meter: meter ?? metrics.getMeter(scope), content }
  } catch (thrown) {
    if (tracer !== undefined || meter !== undefined) return { tracer, meter, content }
    throw new ReplmError('CONFIG', 'Telemetry needs the package @opentelemetry/api, which is not installed: run `npm install @opentelemetry/api`, or open replm without `telemetry`', { cause: thrown })
  }
}
