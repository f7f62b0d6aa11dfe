/** A failure that a client is told of, with the number and the name that mongod 7 gives it. */
export class EngineError extends Error {
  constructor(
    readonly code: number,
    readonly codeName: string,
    message: string,
    /** Further fields of the error document, such as `keyPattern`. Values are BSON values. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'EngineError';
  }
}

export const badValue = (message: string): EngineError => new EngineError(2, 'BadValue', message);
export const failedToParse = (message: string): EngineError => new EngineError(9, 'FailedToParse', message);
export const unauthorized = (message: string): EngineError => new EngineError(13, 'Unauthorized', message);
export const typeMismatch = (message: string): EngineError => new EngineError(14, 'TypeMismatch', message);
export const overflow = (message: string): EngineError => new EngineError(15, 'Overflow', message);
export const invalidLength = (message: string): EngineError => new EngineError(16, 'InvalidLength', message);
export const illegalOperation = (message: string): EngineError => new EngineError(20, 'IllegalOperation', message);
export const namespaceNotFound = (message: string): EngineError => new EngineError(26, 'NamespaceNotFound', message);
export const indexNotFound = (message: string): EngineError => new EngineError(27, 'IndexNotFound', message);
export const pathNotViable = (message: string): EngineError => new EngineError(28, 'PathNotViable', message);
export const conflictingUpdateOperators = (message: string): EngineError =>
  new EngineError(40, 'ConflictingUpdateOperators', message);
export const cursorNotFound = (message: string): EngineError => new EngineError(43, 'CursorNotFound', message);
export const namespaceExists = (message: string): EngineError => new EngineError(48, 'NamespaceExists', message);
export const maxTimeExpired = (message = 'operation exceeded time limit'): EngineError =>
  new EngineError(50, 'MaxTimeMSExpired', message);
export const dollarPrefixedFieldName = (message: string): EngineError =>
  new EngineError(52, 'DollarPrefixedFieldName', message);
export const invalidIdField = (message: string): EngineError => new EngineError(53, 'InvalidIdField', message);
export const notSingleValueField = (message: string): EngineError =>
  new EngineError(54, 'NotSingleValueField', message);
export const emptyFieldName = (message: string): EngineError => new EngineError(56, 'EmptyFieldName', message);
export const commandNotFound = (message: string): EngineError => new EngineError(59, 'CommandNotFound', message);
export const immutableField = (message: string): EngineError => new EngineError(66, 'ImmutableField', message);
export const cannotCreateIndex = (message: string): EngineError => new EngineError(67, 'CannotCreateIndex', message);
export const invalidOptions = (message: string): EngineError => new EngineError(72, 'InvalidOptions', message);
export const invalidNamespace = (message: string): EngineError => new EngineError(73, 'InvalidNamespace', message);
export const indexOptionsConflict = (message: string): EngineError =>
  new EngineError(85, 'IndexOptionsConflict', message);
export const indexKeySpecsConflict = (message: string): EngineError =>
  new EngineError(86, 'IndexKeySpecsConflict', message);
export const documentValidationFailure = (message: string): EngineError =>
  new EngineError(121, 'DocumentValidationFailure', message);
export const exceededMemoryLimit = (message: string): EngineError =>
  new EngineError(146, 'ExceededMemoryLimit', message);
export const invalidPipelineOperator = (message: string): EngineError =>
  new EngineError(168, 'InvalidPipelineOperator', message);
export const cannotIndexParallelArrays = (message: string): EngineError =>
  new EngineError(171, 'CannotIndexParallelArrays', message);
export const queryFeatureNotAllowed = (message: string): EngineError =>
  new EngineError(224, 'QueryFeatureNotAllowed', message);
export const notImplemented = (message: string): EngineError => new EngineError(238, 'NotImplemented', message);
export const conversionFailure = (message: string): EngineError => new EngineError(241, 'ConversionFailure', message);
export const documentTooLarge = (message: string): EngineError => new EngineError(10334, 'BSONObjectTooLarge', message);

/** For the failures that mongod knows by a number alone, such as 40324 for an unknown stage. */
export const located = (code: number, message: string): EngineError =>
  new EngineError(code, `Location${code}`, message);
