import { badValue, invalidOptions, notImplemented } from '../errors.js';
import { isExpiry } from '../indexes/index-spec.js';
import type { StoredDocument } from '../store/bson.js';
import { type Collection, isTimeSeries } from '../store/collection.js';
import { fieldOf } from '../values/path.js';
import { asDocument } from '../values/types.js';
import { documentArgument } from './arguments.js';
import type { CommandContext } from './context.js';

/*
 * A time series is kept as any other collection, without an index on `_id`, and with an expiry by its time field. Buckets and
 * granularity are remembered and change nothing.
 */

/** @throws {EngineError} for options of `create` that contradict each other. */
export function checkTimeSeries(context: CommandContext): void {
  const timeSeries = documentArgument(context, 'timeseries');
  const { expireAfterSeconds } = context.body;
  if (timeSeries !== undefined) {
    if (typeof timeSeries.timeField !== 'string') throw badValue("BSON field 'timeseries.timeField' is missing");
  } else if (expireAfterSeconds !== undefined) {
    throw context.body.clusteredIndex === undefined
      ? invalidOptions("'expireAfterSeconds' is only supported on time-series collections or with a clustered index")
      : notImplemented('expireAfterSeconds of a clustered collection is not supported by the embedded engine');
  }
  if (expireAfterSeconds !== undefined && !isExpiry(expireAfterSeconds)) {
    throw invalidOptions("'expireAfterSeconds' must be a number from 0 on, within an acceptable range");
  }
}

/** The field that a time series is ordered and expires by; undefined for any other collection. */
export function timeFieldOf({ options }: Collection): string | undefined {
  const timeField = asDocument(options.timeseries)?.timeField;
  return typeof timeField === 'string' ? timeField : undefined;
}

/** @throws {EngineError} 2 for a measurement without its time. */
export function checkMeasurement(collection: Collection, stored: StoredDocument): void {
  const timeField = timeFieldOf(collection);
  if (timeField === undefined || fieldOf(stored.document, timeField) instanceof Date) return;
  throw badValue(`'${timeField}' must be present and contain a valid BSON UTC datetime value`);
}

/** @throws {EngineError} 72: measurements are written once. */
export function refuseTimeSeries(collection: Collection): void {
  if (!isTimeSeries(collection)) return;
  throw invalidOptions(`Cannot perform an update on the time-series collection ${collection.namespace}`);
}
