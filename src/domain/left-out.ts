import { z } from 'zod';

/** Whether a null is meant as left out, as typed clients and many models write it: where the field may be left out, and cannot be null. */
export function isLeftOut({ shape }: z.ZodObject, field: string, value: unknown): boolean {
  const type = Object.hasOwn(shape, field) ? shape[field] : undefined;
  return (
    value === null && type !== undefined && !z.safeParse(type, null).success && z.safeParse(type, undefined).success
  );
}
