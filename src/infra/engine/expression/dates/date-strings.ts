import { EngineError, conversionFailure, located } from '../../errors.js';
import { isNullish, typeName } from '../../values/types.js';
import type { Operator, Operators } from '../operator.js';
import { compileParts, toDate, toInstant, zoneOf } from './arguments.js';
import { ISO_FORMAT, checkFormat, formatDate } from './date-format.js';
import { parseFormattedDate, parseIsoDate } from './date-parse.js';
import { UTC } from './time-zone.js';

const dateToString: Operator = (argument, compiler, name) => {
  const parts = compileParts(argument, compiler, name, {
    needed: ['date'],
    optional: ['format', 'timezone', 'onNull'],
    code: 18534,
    shape: 18629,
    missing: 18628,
  });
  return (root, bindings) => {
    const date = parts.get('date', root, bindings);
    if (isNullish(date)) return parts.has('onNull') ? parts.get('onNull', root, bindings) : null;
    const zone = zoneOf(parts, root, bindings);
    const format = parts.has('format') ? parts.get('format', root, bindings) : undefined;
    if (zone === undefined || format === null || (format === undefined && parts.has('format'))) return null;
    if (format !== undefined && typeof format !== 'string') {
      throw located(18533, `$dateToString requires that 'format' be a string, found: ${typeName(format)}`);
    }
    const instant = toInstant(date);
    const offset = zone(instant);
    return formatDate(instant, offset, checkFormat(format ?? `${ISO_FORMAT}${zone === UTC ? 'Z' : ''}`));
  };
};

const dateFromString: Operator = (argument, compiler, name) => {
  const parts = compileParts(argument, compiler, name, {
    needed: ['dateString'],
    optional: ['format', 'timezone', 'onError', 'onNull'],
    code: 40541,
    shape: 40540,
    missing: 40542,
  });
  return (root, bindings) => {
    const text = parts.get('dateString', root, bindings);
    const zone = zoneOf(parts, root, bindings);
    const format = parts.get('format', root, bindings);
    if (isNullish(text)) return parts.has('onNull') ? parts.get('onNull', root, bindings) : null;
    if (!isNullish(format) && typeof format !== 'string') {
      throw located(40684, `$dateFromString requires that 'format' be a string, found: ${typeName(format)}`);
    }
    try {
      if (typeof text !== 'string') {
        throw conversionFailure(`$dateFromString requires that 'dateString' be a string, found: ${typeName(text)}`);
      }
      if (zone === undefined || (parts.has('format') && isNullish(format))) return null;
      return toDate(
        isNullish(format)
          ? parseIsoDate(text, zone, parts.has('timezone'))
          : parseFormattedDate(text, checkFormat(format), zone, parts.has('timezone')),
      );
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 241 || !parts.has('onError')) throw error;
      return parts.get('onError', root, bindings);
    }
  };
};

export const DATE_STRINGS: Operators = { $dateToString: dateToString, $dateFromString: dateFromString };
