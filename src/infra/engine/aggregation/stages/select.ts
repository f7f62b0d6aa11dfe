import { located } from '../../errors.js';
import { compileFilter } from '../../query/filter.js';
import { intOrLong, toDouble } from '../../values/numbers.js';
import { show } from '../../values/show.js';
import { isDocument, isNumber } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { PipelineEnv, Stage } from '../env.js';

export function matchStage(argument: Value, env: PipelineEnv): Stage {
  if (!isDocument(argument)) throw located(15959, 'the match filter must be an expression in an object');
  const matches = compileFilter(argument, env);
  return function* matching(source: Iterable<Document>) {
    for (const document of source) {
      env.checkTime();
      if (matches(document)) yield document;
    }
  };
}

export function limitStage(argument: Value): Stage {
  const limit = countOf(argument, 'the limit must be specified as a number', 2107201);
  if (limit === 0) throw located(15958, 'the limit must be positive');
  return function* limited(source: Iterable<Document>) {
    let left = limit;
    for (const document of source) {
      yield document;
      left -= 1;
      if (left === 0) return;
    }
  };
}

export function skipStage(argument: Value, env: PipelineEnv): Stage {
  const skipped = countOf(argument, 'invalid argument to $skip stage', 2107200);
  return function* rest(source: Iterable<Document>) {
    let left = skipped;
    for (const document of source) {
      env.checkTime();
      if (left === 0) yield document;
      else left -= 1;
    }
  };
}

function countOf(argument: Value, problem: string, code: number): number {
  const number = isNumber(argument) ? toDouble(argument) : Number.NaN;
  if (!Number.isInteger(number)) throw located(code, `${problem}: Expected an integer, but found ${show(argument)}`);
  if (number < 0) throw located(code, `${problem}: Expected a non-negative number, but found ${show(argument)}`);
  return number;
}

export function countStage(argument: Value, env: PipelineEnv): Stage {
  if (typeof argument !== 'string' || argument === '') {
    throw located(40156, 'the count field must be a non-empty string');
  }
  if (argument.startsWith('$')) throw located(40158, 'the count field cannot be a $-prefixed path');
  if (argument.includes('.')) throw located(40160, "the count field cannot contain '.'");
  return function* counted(source: Iterable<Document>) {
    let count = 0;
    for (const _ of source) {
      env.checkTime();
      count += 1;
    }
    if (count > 0) yield { [argument]: intOrLong(count) };
  };
}

/** Each document has the same chance; which are chosen is not told in advance. */
export function sampleStage(argument: Value, env: PipelineEnv): Stage {
  if (!isDocument(argument)) throw located(28745, 'the $sample stage specification must be an object');
  const unknown = Object.keys(argument).find((name) => name !== 'size');
  if (unknown !== undefined) throw located(28748, `unrecognized option to $sample: ${unknown}`);
  if (!isNumber(argument.size)) throw located(28746, 'size argument to $sample must be a number');
  const size = Math.trunc(toDouble(argument.size));
  if (!(size > 0)) throw located(28747, 'size argument to $sample must be a positive integer');
  return function* sampled(source: Iterable<Document>) {
    const chosen: Document[] = [];
    let seen = 0;
    for (const document of source) {
      env.checkTime();
      seen += 1;
      if (chosen.length < size) chosen.push(document);
      else {
        const at = Math.floor(Math.random() * seen);
        if (at < size) chosen[at] = document;
      }
    }
    for (let left = chosen.length; left > 0; left -= 1) {
      const [document] = chosen.splice(Math.floor(Math.random() * left), 1);
      if (document !== undefined) yield document;
    }
  };
}
