import { failedToParse, located } from '../errors.js';
import { compileExpression } from '../expression/expression.js';
import type { QueryEnv } from '../values/env.js';
import { show } from '../values/show.js';
import { asDocument, isDocument, typeName } from '../values/types.js';
import type { Value } from '../values/types.js';
import { compileAddFields, compileProjectStage, compileUnset } from './projection.js';
import type { Projection } from './projection.js';

/** The stages that make one document of one document: what pipelines and pipeline updates have in common. */
export type TransformStage = '$project' | '$addFields' | '$set' | '$unset' | '$replaceRoot' | '$replaceWith';

const STAGES = new Set<string>(['$project', '$addFields', '$set', '$unset', '$replaceRoot', '$replaceWith']);

export const isTransformStage = (name: string): name is TransformStage => STAGES.has(name);

/** @throws {EngineError} with mongod's code for what is no valid argument of the stage. */
export function compileTransform(name: TransformStage, argument: Value, env: QueryEnv): Projection {
  switch (name) {
    case '$project':
      if (!isDocument(argument)) throw located(15969, '$project specification must be an object');
      return compileProjectStage(argument, env);
    case '$addFields':
    case '$set':
      if (!isDocument(argument)) {
        throw located(40272, `${name} specification stage must be an object, got ${typeName(argument)}`);
      }
      return compileAddFields(argument, env);
    case '$unset':
      return compileUnset(unsetFields(argument));
    case '$replaceWith':
      return compileReplaceRoot(argument, env);
    case '$replaceRoot':
      return compileReplaceRoot(newRootOf(argument), env);
  }
}

function unsetFields(argument: Value): string[] {
  const fields: readonly Value[] = Array.isArray(argument) ? argument : [argument];
  if (fields.length === 0) {
    throw located(31119, '$unset specification must be a string or an array with at least one field');
  }
  return fields.map((field) => {
    if (typeof field !== 'string') {
      throw located(31120, '$unset specification must be a string or an array containing only string values');
    }
    return field;
  });
}

function newRootOf(argument: Value): Value {
  if (!isDocument(argument)) {
    throw located(40229, `expected an object as specification for $replaceRoot stage, got ${typeName(argument)}`);
  }
  const unknown = Object.keys(argument).find((name) => name !== 'newRoot');
  if (unknown !== undefined) throw failedToParse(`BSON field '$replaceRoot.${unknown}' is an unknown field.`);
  if (!('newRoot' in argument)) {
    throw located(40414, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  }
  return argument.newRoot;
}

function compileReplaceRoot(expression: Value, env: QueryEnv): Projection {
  const evaluate = compileExpression(expression, env);
  return (document) => {
    const root = evaluate(document);
    const replacement = asDocument(root);
    if (replacement === undefined) {
      throw located(
        40228,
        `'newRoot' expression must evaluate to an object, but resulting value was: ${show(root)}. Type of resulting value: '${typeName(root)}'. Input document: ${show(document)}`,
      );
    }
    return replacement;
  };
}
